"""The shadows that people cast on a set, and the darkness about their feet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.backdrop import SUPERSAMPLING
from app.demo.synthetic.camera import Camera, project
from app.demo.synthetic.compiled import kernel
from app.demo.synthetic.drawing import Light, ShadowMap
from app.demo.synthetic.gait import Posed

_NEAREST = 0.4
_SHADOW_MARGIN = 26
_DARKEST = 0.92


def fallen(
    camera: Camera,
    depth: NDArray[np.float32],
    softness: float,
    people: Sequence[Posed],
    shadows: Sequence[ShadowMap],
    light: Light,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What people's shadows leave of the light on a set.

    Args:
        camera: in world coordinates.
        depth: (H·S, W·S) float32 the backdrop's.
        softness: of the shadows, standard deviation in shadow map pixels.
        people: who stands there.
        shadows: theirs, see `drawing.shadow_map`.
        light: the place's.

    Returns:
        (H, W) float32 each: how much of the direct light comes past people, 0–1, and how open
        the surface is beside their feet.
    """
    lit = np.ones((camera.height, camera.width), np.float32)
    near = np.ones_like(lit)
    sun = light.direction / np.linalg.norm(light.direction)
    for posed, shadow in zip(people, shadows, strict=True):
        covered = np.isfinite(shadow.depth).astype(np.float32)
        covered = cv2.GaussianBlur(covered, (0, 0), softness, borderType=cv2.BORDER_CONSTANT)
        vertices = posed.vertices[::7].astype(np.float64)
        fallen = vertices - vertices[:, 2:] / sun[2] * sun
        window = _window(camera, np.concatenate([vertices, fallen]))
        if window is None:
            continue
        nearest = float((vertices @ shadow.to_map[2, :3]).min()) + shadow.to_map[2, 3]
        _fall(
            *window,
            depth,
            SUPERSAMPLING,
            camera.eye,
            camera.rotation,
            camera.focal,
            covered,
            shadow.to_map,
            nearest,
            posed.feet,
            posed.feet[:, :2].mean(axis=0),
            lit,
            near,
        )
    return lit, near


def _window(camera: Camera, points: NDArray[np.float64]) -> tuple[int, int, int, int] | None:
    seen = project(camera, points)
    seen = seen[seen[:, 2] > _NEAREST]
    if not len(seen):
        return None
    margin = _SHADOW_MARGIN * camera.width / 960
    x0, y0 = np.maximum(seen[:, :2].min(0) - margin, 0).astype(int)
    x1, y1 = np.minimum(seen[:, :2].max(0) + margin, (camera.width, camera.height)).astype(int)
    return (int(x0), int(y0), int(x1), int(y1)) if x1 > x0 and y1 > y0 else None


@kernel
def _fall(
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    depth: Any,
    s: int,
    eye: Any,
    rotation: Any,
    focal: float,
    covered: Any,
    to_map: Any,
    nearest: float,
    feet: Any,
    middle: Any,
    lit: Any,
    near: Any,
) -> None:
    """A figure's shadow on the set, and the darkness about its feet."""
    h, w = lit.shape
    for py in range(y0, y1):
        for px in range(x0, x1):
            z = depth[py * s + s // 2, px * s + s // 2]
            if z > 200.0:
                continue
            right, down = (px + 0.5 - w / 2) / focal * z, (py + 0.5 - h / 2) / focal * z
            wx = eye[0] + rotation[0, 0] * right + rotation[1, 0] * down + rotation[2, 0] * z
            wy = eye[1] + rotation[0, 1] * right + rotation[1, 1] * down + rotation[2, 1] * z
            wz = eye[2] + rotation[0, 2] * right + rotation[1, 2] * down + rotation[2, 2] * z
            u = to_map[0, 0] * wx + to_map[0, 1] * wy + to_map[0, 2] * wz + to_map[0, 3]
            v = to_map[1, 0] * wx + to_map[1, 1] * wy + to_map[1, 2] * wz + to_map[1, 3]
            inside = 0.0 < u < covered.shape[1] - 1.01 and 0.0 < v < covered.shape[0] - 1.01
            away = to_map[2, 0] * wx + to_map[2, 1] * wy + to_map[2, 2] * wz + to_map[2, 3]
            if inside and away > nearest:
                i, j = int(u), int(v)
                fu, fv = u - i, v - j
                upper = covered[j, i] * (1.0 - fu) + covered[j, i + 1] * fu
                lower = covered[j + 1, i] * (1.0 - fu) + covered[j + 1, i + 1] * fu
                lit[py, px] *= 1.0 - _DARKEST * (upper * (1.0 - fv) + lower * fv)
            if wz < 0.25:
                k = 1.0
                for i in range(2):
                    gap = (wx - feet[i, 0]) ** 2 + (wy - feet[i, 1]) ** 2
                    k *= 1.0 - max(0.0, 0.60 - feet[i, 2] * 3.0) * np.exp(-gap / 0.020)
                gap = (wx - middle[0]) ** 2 + (wy - middle[1]) ** 2
                near[py, px] *= k * (1.0 - 0.28 * np.exp(-gap / 0.20))
