"""Posed figures into picture buffers, one depth buffer for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.camera import Camera
from app.demo.synthetic.gait import Posed


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
    raise NotImplementedError


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
    raise NotImplementedError


def silhouette(posed: Posed, camera: Camera, supersampling: int) -> Silhouette:
    """The pixels the figure would cover if nothing stood before it and the picture had no edge."""
    raise NotImplementedError
