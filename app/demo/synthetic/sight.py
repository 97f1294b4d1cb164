"""Whether a camera sees somebody who stands there, reckoned without drawing anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.camera import Camera, project
from app.demo.synthetic.raycast import ONLY_SHADOW, Solids

_HEIGHTS = (0.35, 1.0, 1.55)
_HEAD = 1.75
_NEAR = 1.2


def on_picture(camera: Camera, points: NDArray[np.float64], margin: float) -> NDArray[np.bool_]:
    """(n,) whether any of somebody at (n, 2) metres falls on the picture, walls or not.

    Args:
        camera: in the same coordinates.
        points: (n, 2) metres.
        margin: metres added round the body.
    """
    parts = []
    for height in np.linspace(-0.1, _HEAD + 0.15, 7):
        parts.append(project(camera, np.column_stack([points, np.full(len(points), height)])))
    seen = np.stack(parts)
    pad = margin * camera.focal / seen[..., 2]
    inside = (seen[..., 0] > -pad) & (seen[..., 0] < camera.width + pad)
    inside &= (seen[..., 1] > -pad) & (seen[..., 1] < camera.height + pad)
    return np.asarray(np.any(inside & (seen[..., 2] > _NEAR / 2), axis=0), dtype=np.bool_)


def well_seen(
    camera: Camera, solids: Solids, points: NDArray[np.float64], least: float
) -> NDArray[np.bool_]:
    """(n,) whether somebody at (n, 2) metres is on the picture, tall enough, and not hidden.

    Args:
        camera: in the set's coordinates.
        solids: the set.
        points: (n, 2) metres.
        least: height in shares of the picture's.
    """
    feet = project(camera, np.column_stack([points, np.zeros(len(points))]))
    heads = project(camera, np.column_stack([points, np.full(len(points), _HEAD)]))
    tall = feet[:, 1] - heads[:, 1] >= least * camera.height
    inside = (heads[:, 1] > 0) & (feet[:, 1] < camera.height)
    inside &= (heads[:, 0] > 0) & (heads[:, 0] < camera.width) & (heads[:, 2] > _NEAR)
    seen = tall & inside
    index = np.flatnonzero(seen)
    seen[index] = ~_hidden(camera.eye, solids, points[index])
    return np.asarray(seen, dtype=np.bool_)


def hidden(camera: Camera, solids: Solids, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether solids hide somebody at (n, 2) metres wholly from a camera."""
    eye = camera.eye
    every = np.ones(len(points), np.bool_)
    for height in (0.05, 0.9, 1.85):
        for aside in (-0.35, 0.0, 0.35):
            across = points - eye[:2]
            across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
            shifted = points + aside * np.stack([-across[:, 1], across[:, 0]], axis=1)
            every &= _blocked(eye, solids, shifted, height)
    return every


def _hidden(
    eye: NDArray[np.float64], solids: Solids, points: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether any of the heights that matter is hidden."""
    blocked = [_blocked(eye, solids, points, height) for height in _HEIGHTS]
    return np.asarray(np.any(blocked, axis=0), dtype=np.bool_)


def _blocked(
    eye: NDArray[np.float64], solids: Solids, points: NDArray[np.float64], height: float
) -> NDArray[np.bool_]:
    """Whether a box or a pillar cuts the line from the eye to a height above each point."""
    target = np.column_stack([points, np.full(len(points), height)])
    way = target - eye
    boxes = solids.boxes[solids.boxes[:, 7] != ONLY_SHADOW]
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (boxes[None, :, 0:3] - eye) / way[:, None]
        b = (boxes[None, :, 3:6] - eye) / way[:, None]
    enter = np.nanmax(np.minimum(a, b), axis=2)
    leave = np.nanmin(np.maximum(a, b), axis=2)
    blocked = np.any((enter < leave) & (enter > 0) & (enter < 1), axis=1)
    for x, y, radius, low, high, _ in solids.cylinders:
        flat = way[:, :2]
        t = ((x, y) - eye[:2]) @ flat.T / np.maximum((flat * flat).sum(axis=1), 1e-9)
        gap = np.hypot(*(eye[:2] + t[:, None] * flat - (x, y)).T)
        z = eye[2] + t * way[:, 2]
        blocked |= (gap < radius) & (t > 0) & (t < 1) & (z > low) & (z < high)
    return np.asarray(blocked, dtype=np.bool_)
