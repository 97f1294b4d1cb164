"""A pinhole camera: where it stands, how it is turned, and where points of the world appear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEAREST = 0.05
"""Metres. Depths below this are raised to it when projecting, so that nothing divides by zero."""

_UP = (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera without distortion, its principal point in the middle of the picture.

    Args:
        eye: (3,) float64, metres; the world's z points up, the ground is z = 0.
        rotation: (3, 3) float64, rows right, down, forward in world coordinates, orthonormal.
        focal: focal length in pixels, the same both ways.
        width: pixels.
        height: pixels.
    """

    eye: NDArray[np.float64]
    rotation: NDArray[np.float64]
    focal: float
    width: int
    height: int

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 4): homogeneous world points → homogeneous pixels (x·w, y·w, w), w the depth."""
        inner = np.array(
            [[self.focal, 0, self.width / 2], [0, self.focal, self.height / 2], [0, 0, 1]]
        )
        outer = np.concatenate([self.rotation, -self.rotation @ self.eye[:, None]], axis=1)
        return np.asarray(inner @ outer, dtype=np.float64)


def look_at(
    eye: Sequence[float], target: Sequence[float], field_of_view: float, width: int, height: int
) -> Camera:
    """A camera that stands upright at `eye` and looks at `target`.

    Args:
        eye: (3,) metres.
        target: (3,) metres; not straight above or below the eye.
        field_of_view: horizontal, degrees, 0–180.
        width: pixels.
        height: pixels.
    """
    start = np.asarray(eye, dtype=np.float64)
    forward = np.asarray(target, dtype=np.float64) - start
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, _UP)
    right = right / np.linalg.norm(right)
    focal = 0.5 * width / float(np.tan(np.radians(field_of_view) / 2))
    rotation = np.stack([right, np.cross(forward, right), forward])
    return Camera(start, rotation, focal, width, height)


def project(camera: Camera, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Where points appear.

    Args:
        camera: the camera.
        points: (n, 3) world metres.

    Returns:
        (n, 3) float64: x and y in pixels (0, 0 the outer corner of the first pixel), depth in
        metres along the line of sight, at least `NEAREST`.
    """
    seen = (np.asarray(points, dtype=np.float64) - camera.eye) @ camera.rotation.T
    depth = np.maximum(seen[:, 2], NEAREST)
    x = seen[:, 0] / depth * camera.focal + camera.width / 2
    y = seen[:, 1] / depth * camera.focal + camera.height / 2
    return np.stack([x, y, depth], axis=1)
