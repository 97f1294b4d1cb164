"""What a place is: solids and light, where one may walk, and the cameras that watch.

Every set is built in coordinates of its own; `world` puts it somewhere. Gates are where people come
in and leave: out of every camera's sight, behind a corner or past the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.demo.synthetic.drawing import Light
from app.demo.synthetic.effects import Look
from app.demo.synthetic.materials import Material
from app.demo.synthetic.raycast import SOLID, Solids

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """Where people come in and leave: points from outside inwards, metres in the set."""

    name: str
    way: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody may stop: metres in the set, and radians they look to."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A camera of a place: metres in the set, horizontal field of view in degrees, its picture."""

    name: str
    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    field_of_view: float
    look: Look


@dataclass(frozen=True, slots=True, eq=False)
class Set:
    """A place in coordinates of its own.

    Args:
        kind: "lobby", "plaza" or "car park".
        solids: what stands there.
        light: how it is lit.
        reach: metres within which things darken each other's corners.
        shadow_blur: how soft cast shadows are, standard deviation in shadow map pixels.
        gates: ways in and out.
        spots: where people stop.
        floor: x0, y0, x1, y1 within which people choose their way.
        views: its cameras.
    """

    kind: str
    solids: Solids
    light: Light
    reach: float
    shadow_blur: float
    gates: tuple[Gate, ...]
    spots: tuple[Spot, ...]
    floor: tuple[float, float, float, float]
    views: tuple[View, ...]


def box(
    x0: float,
    y0: float,
    z0: float,
    x1: float,
    y1: float,
    z1: float,
    material: Material,
    casts: int = SOLID,
) -> Numbers:
    """A row of `Solids.boxes`."""
    return x0, y0, z0, x1, y1, z1, material, casts


def solids(
    ground: Material,
    boxes: Sequence[Numbers],
    cylinders: Sequence[Numbers],
    leaves: Sequence[Numbers],
    cars: Iterable[Numbers] = (),
) -> Solids:
    """A set's solids from rows of numbers."""
    return Solids(
        int(ground),
        np.array(boxes, np.float64),
        np.array(cylinders, np.float64),
        np.array(leaves, np.float64),
        np.array(list(cars), np.float64).reshape(-1, 6),
    )


def light(
    direction: Numbers, colour: Numbers, sky: Numbers, ground: Numbers, softness: float
) -> Light:
    """A set's light from plain numbers."""
    return Light(
        np.array(direction, np.float64),
        np.array(colour, np.float64),
        np.array(sky, np.float64),
        np.array(ground, np.float64),
        softness,
    )


def linear(colour: str) -> Numbers:
    """Linear RGB of an sRGB hex colour."""
    values = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return tuple(v / 12.92 if v < 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
