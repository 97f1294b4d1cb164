"""How a figure moves: walking, standing, anything between, from a phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.figures import Figure


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A figure at one instant.

    Args:
        figure: who.
        vertices: (V, 3) float32 world metres.
        normals: (V, 3) float32, length 1.
        feet: (2, 3) float64 world metres, the middle of the left and the right sole.
    """

    figure: Figure
    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    feet: NDArray[np.float64]


def pose(figure: Figure, phase: float, walking: float, x: float, y: float, yaw: float) -> Posed:
    """A figure on the ground (z = 0).

    Args:
        figure: who.
        phase: cycles (two steps each) walked so far; distance / `figure.stride` while walking.
            When standing its slow change makes the idle sway.
        walking: 0 stands, 1 walks; between them the two are blended.
        x: metres, where the figure stands.
        y: metres.
        yaw: radians from the world's x axis, the direction the figure faces.
    """
    raise NotImplementedError
