"""Clothed figures as triangle meshes, made from a description."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.wardrobe import FigureSpec


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure at rest (arms half raised), its x axis forward, y to its left, z up.

    Args:
        spec: what it was made from.
        vertices: (V, 3) float32 metres before `scale`.
        triangles: (T, 3) int32, anticlockwise seen from outside.
        materials: (T,) int32, what each triangle is made of (`figures.Material`).
        occlusion: (V,) float32, how much of the sky each vertex sees, 0–1.
        bones: (V, 4) int32, the bones each vertex follows.
        weights: (V, 4) float32, how much; sums to 1.
        stride: metres of a cycle (two steps).
        speed: metres a second at this person's own cadence.
    """

    spec: FigureSpec
    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    materials: NDArray[np.int32]
    occlusion: NDArray[np.float32]
    bones: NDArray[np.int32]
    weights: NDArray[np.float32]
    stride: float
    speed: float

    @property
    def height(self) -> float:
        """Metres from sole to crown, without hat and hair."""
        return self.spec.body.height


def build(spec: FigureSpec) -> Figure:
    """The figure of a description; the same description gives the same bytes."""
    raise NotImplementedError
