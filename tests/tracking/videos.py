"""Small videos made in the test: the frame's number is in its brightness, in steps wide enough to
survive a codec, darker at the left than at the right so that turning shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

STEP = 5
LEVELS = 40


def painted(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """A frame that says its number (modulo LEVELS) and which way is up."""
    image = np.full((height, width, 3), 20 + STEP * (number % LEVELS), np.uint8)
    image[: height // 8] = 0
    return image


def number_in(image: NDArray[np.uint8]) -> int:
    """The number painted into a frame, read in its middle."""
    height, width = image.shape[:2]
    middle = image[height // 3 : height * 2 // 3, width // 3 : width * 2 // 3].mean()
    return round((float(middle) - 20) / STEP)


def dark_side(image: NDArray[np.uint8]) -> str:
    """At which side the dark bar is that is painted at the top."""
    height, width = image.shape[:2]
    sides = {
        "top": image[: height // 10].mean(),
        "bottom": image[-height // 10 :].mean(),
        "left": image[:, : width // 10].mean(),
        "right": image[:, -width // 10 :].mean(),
    }
    return min(sides, key=lambda side: sides[side])


def write_video(
    path: Path,
    codec: str = "libx264",
    *,
    frames: int = 40,
    rate: int = 10,
    size: tuple[int, int] = (64, 48),
    times: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    display_matrix: Sequence[int] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a video; `times` in seconds make its frame rate variable."""
    fast = {
        "libsvtav1": {"preset": "12"},
        "libx265": {"x265-params": "log-level=none"},
        "mpeg4": {"qmin": "1", "qmax": "1", "bf": "2"},
    }
    with av.open(str(path), "w", options=container_options or {}) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=rate, options=options or fast.get(codec, {}))
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if display_matrix is not None:
            stream.set_display_matrix(display_matrix)
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(painted(number, *size), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = round(times[number] * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """A second of silence."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac" if path.suffix != ".wav" else "pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 8000), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
