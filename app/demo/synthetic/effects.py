"""What a camera makes of light: exposure, colour, softness, grain, darker corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.compiled import kernel

_GRAIN = 512
_STEPS = 4096


@dataclass(frozen=True, slots=True)
class Look:
    """How one camera's pictures look.

    Args:
        exposure: factor on the light.
        white: factors on red, green, blue.
        noise: standard deviation of the grain in shadows, in 0–255.
        blur: standard deviation of the lens's softness, pixels of a picture 960 wide.
        vignette: how much darker the edge's middle is, 0–1.
        saturation: 1 leaves colours as they are.
        gamma: exponent on the finished picture; below 1 lightens.
    """

    exposure: float
    white: tuple[float, float, float]
    noise: float = 2.0
    blur: float = 0.5
    vignette: float = 0.15
    saturation: float = 1.0
    gamma: float = 1.0


def develop(light: NDArray[np.float32], look: Look, shot: int) -> NDArray[np.uint8]:
    """A picture as the camera would give it.

    Args:
        light: (H, W, 3) float32 linear RGB.
        look: the camera's.
        shot: another number gives other grain.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = light.shape[:2]
    sigma = max(look.blur * width / 960, 1e-3)
    # A fixed kernel size: the one that OpenCV picks by itself depends on its version.
    soft = cv2.GaussianBlur(light, (5, 5), sigma, borderType=cv2.BORDER_REPLICATE)
    out = np.empty((height, width, 3), np.uint8)
    gains = np.array(look.white) * look.exposure
    grain, curve = _tables()
    rng = np.random.default_rng((shot, 5))
    at = rng.integers(0, _GRAIN, 2)
    _develop(
        soft,
        gains,
        look.vignette,
        look.saturation,
        look.gamma,
        look.noise,
        grain,
        int(at[0]),
        int(at[1]),
        curve,
        out,
    )
    return out


@cache
def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Grain (512, 512), and the sRGB curve (4096,) of linear 0–1."""
    rng = np.random.default_rng(0)
    white = rng.normal(0, 1, (_GRAIN, _GRAIN)).astype(np.float32)
    soft = cv2.GaussianBlur(white, (5, 5), 0.8, borderType=cv2.BORDER_REFLECT)
    x = np.linspace(0, 1, _STEPS)
    curve = np.where(x < 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
    return white * 0.75 + soft * 1.2, np.clip(curve, 0, 1).astype(np.float32)


@kernel
def _develop(
    image: Any,
    gains: Any,
    vignette: float,
    saturation: float,
    gamma: float,
    noise: float,
    grain: Any,
    row: int,
    column: int,
    curve: Any,
    out: Any,
) -> None:
    h, w, _ = image.shape
    for y in range(h):
        for x in range(w):
            dx, dy = (x - w / 2) / (w / 2), (y - h / 2) / (w / 2)
            shade = 1.0 - vignette * (dx * dx + dy * dy)
            r = image[y, x, 0] * gains[0] * shade
            g = image[y, x, 1] * gains[1] * shade
            b = image[y, x, 2] * gains[2] * shade
            grey = 0.30 * r + 0.59 * g + 0.11 * b
            for c in range(3):
                a = r if c == 0 else (g if c == 1 else b)
                a = grey + (a - grey) * saturation
                if a > 0.7:
                    a = 0.7 + 0.3 * (1.0 - np.exp(-(a - 0.7) / 0.3))
                a = curve[min(4095, max(0, int(a * 4095.0)))]
                if gamma != 1.0:
                    a = a**gamma
                n = grain[(y + row) & 511, (x + column + c * 171) & 511]
                a = a * 255.0 + noise * n * (1.25 - 0.6 * a)
                out[y, x, c] = np.uint8(min(255.0, max(0.0, a)))
