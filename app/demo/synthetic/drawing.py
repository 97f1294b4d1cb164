"""Posed figures into picture buffers, one depth buffer for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.camera import Camera
from app.demo.synthetic.compiled import require_drawing
from app.demo.synthetic.gait import Posed
from app.demo.synthetic.raster import (
    NEAREST,
    cover,
    extent,
    nearest_to_light,
    rasterise,
    to_screen,
    transform,
)
from app.demo.synthetic.shading import shade

_SHADOW_SIZE = 112
"""Pixels of a shadow map's longer side."""

_SHADOW_BORDER = 4


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """A place's light: one lamp or sun far away, the sky above, the light off the ground.

    Args:
        direction: (3,) towards the light, any length, z > 0.
        colour: (3,) linear RGB of the direct light.
        sky: (3,) linear RGB from above.
        ground: (3,) linear RGB from below.
        softness: standard deviation of the light's direction, 0 (sun) to about 0.4 (overcast).
    """

    direction: NDArray[np.float64]
    colour: NDArray[np.float64]
    sky: NDArray[np.float64]
    ground: NDArray[np.float64]
    softness: float


@dataclass(frozen=True, slots=True, eq=False)
class Buffers:
    """What figures are drawn into, each pixel of the camera split into S × S.

    Args:
        colour: (H·S, W·S, 3) float32 linear RGB; only where `person` ≥ 0 it means anything.
        depth: (H·S, W·S) float32 metres along the line of sight, inf where nothing is; filled
            from the set beforehand.
        person: (H·S, W·S) int16, the number given to `draw`, -1 where no figure is seen.
    """

    colour: NDArray[np.float32]
    depth: NDArray[np.float32]
    person: NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Silhouette:
    """The pixels a figure alone would cover, also those outside the picture.

    Args:
        x0: left edge of the mask in pixels of the camera, may be negative.
        y0: upper edge.
        mask: (h·S, w·S) bool, S the supersampling.
    """

    x0: int
    y0: int
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ShadowMap:
    """How far a figure stands from the light, seen from the light.

    Args:
        to_map: (3, 4) world metres (homogeneous) → column, row, metres away from the light.
        depth: (h, w) float32 metres in the same measure, inf where the light passes by.
    """

    to_map: NDArray[np.float64]
    depth: NDArray[np.float32]


def new_buffers(camera: Camera, supersampling: int = 2) -> Buffers:
    """Empty buffers for a camera."""
    shape = (camera.height * supersampling, camera.width * supersampling)
    return Buffers(
        np.zeros((*shape, 3), np.float32),
        np.full(shape, np.inf, np.float32),
        np.full(shape, -1, np.int16),
    )


def shadow_map(posed: Posed, light: Light) -> ShadowMap:
    """The figure as the light sees it: for its own shadow and the one it casts."""
    require_drawing()
    towards = np.asarray(light.direction, np.float64)
    towards = towards / np.linalg.norm(towards)
    right = np.cross((0.0, 0.0, 1.0), towards)
    length = float(np.linalg.norm(right))
    right = right / length if length > 1e-3 else np.array((1.0, 0.0, 0.0))
    rotation = np.stack([right, -np.cross(towards, right), -towards])
    to_map = np.zeros((3, 4))
    to_map[:, :3] = rotation
    points = np.empty(posed.vertices.shape, np.float64)
    transform(posed.vertices, to_map, points)
    x0, y0, x1, y1 = extent(points, -np.inf)
    scale = _SHADOW_SIZE / max(x1 - x0, y1 - y0)
    to_map[:2] *= scale
    to_map[:2, 3] = _SHADOW_BORDER - x0 * scale, _SHADOW_BORDER - y0 * scale
    transform(posed.vertices, to_map, points)
    border = 2 * _SHADOW_BORDER + 1
    shape = int((y1 - y0) * scale) + border, int((x1 - x0) * scale) + border
    depth = np.full(shape, np.inf, np.float32)
    nearest_to_light(points, posed.figure.triangles, depth)
    return ShadowMap(to_map, depth)


def draw(
    posed: Posed,
    camera: Camera,
    light: Light,
    buffers: Buffers,
    number: int,
    sunlit: float,
    shadow: ShadowMap | None = None,
) -> None:
    """Draw a figure wherever it is nearer than what the depth buffer holds.

    Args:
        posed: the figure.
        camera: the camera the buffers belong to.
        light: the place's light.
        buffers: written in place.
        number: goes into `buffers.person`, 0–32767.
        sunlit: how much of the direct light reaches the figure, 0–1.
        shadow: the figure's `shadow_map` for this light, if it is at hand.
    """
    require_drawing()
    figure = posed.figure
    supersampling = buffers.depth.shape[1] // camera.width
    screen = _screen(posed, camera, supersampling)
    window = _window(screen)
    if window is None:
        return
    height, width = buffers.depth.shape
    x0, y0 = max(window[0], 0), max(window[1], 0)
    x1, y1 = min(window[2], width), min(window[3], height)
    if x0 >= x1 or y0 >= y1:
        return
    seen = np.full((y1 - y0, x1 - x0), -1, np.int32)
    share = np.zeros((*seen.shape, 2), np.float32)
    rasterise(screen, figure.triangles, x0, y0, buffers.depth[y0:y1, x0:x1], seen, share)
    if shadow is None:
        shadow = shadow_map(posed, light)
    towards = np.asarray(light.direction, np.float64)
    armpit = figure.joints.armpit[0]
    shade(
        seen, share, x0, y0, figure.triangles, figure.materials, figure.vertices,
        posed.vertices, posed.normals, figure.occlusion, figure.palette.first,
        figure.palette.second, figure.palette.pattern,
        np.array((figure.spec.upper.hem, figure.spec.lower.hem)), armpit[1:],
        towards / np.linalg.norm(towards), np.asarray(light.colour, np.float64) * sunlit,
        np.asarray(light.sky, np.float64), np.asarray(light.ground, np.float64),
        shadow.depth, shadow.to_map, figure.grain, camera.eye, camera.focal * supersampling,
        number, buffers.colour, buffers.person,
    )  # fmt: skip


def silhouette(posed: Posed, camera: Camera, supersampling: int) -> Silhouette:
    """The pixels the figure would cover if nothing stood before it and the picture had no edge.

    Empty (a mask of no pixels) when the whole figure is behind the camera.
    """
    require_drawing()
    screen = _screen(posed, camera, supersampling)
    window = _window(screen)
    if window is None:
        return Silhouette(0, 0, np.zeros((0, 0), bool))
    x0, y0 = window[0] // supersampling, window[1] // supersampling
    columns = -(-window[2] // supersampling) - x0
    rows = -(-window[3] // supersampling) - y0
    mask = np.zeros((rows * supersampling, columns * supersampling), bool)
    cover(screen, posed.figure.triangles, x0 * supersampling, y0 * supersampling, mask)
    return Silhouette(x0, y0, mask)


def _screen(posed: Posed, camera: Camera, supersampling: int) -> NDArray[np.float64]:
    """(V, 3) column and row in subpixels, depth in metres."""
    screen = np.empty(posed.vertices.shape, np.float64)
    middle_x, middle_y = camera.width / 2 * supersampling, camera.height / 2 * supersampling
    focal = camera.focal * supersampling
    to_screen(posed.vertices, camera.eye, camera.rotation, focal, middle_x, middle_y, screen)
    return screen


def _window(screen: NDArray[np.float64]) -> tuple[int, int, int, int] | None:
    """The subpixels that hold what stands before the camera: x0, y0, x1, y1; None if nothing."""
    x0, y0, x1, y1 = extent(screen, NEAREST)
    if x0 > x1:
        return None
    return int(np.floor(x0)), int(np.floor(y0)), int(np.ceil(x1)), int(np.ceil(y1))
