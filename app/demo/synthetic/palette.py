"""Colours and patterns of a figure as the arrays that its shading reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.specs import FigureSpec, Pattern


class Material(IntEnum):
    """What a triangle is made of."""

    SKIN = 0
    HAIR = 1
    UPPER = 2
    LOWER = 3
    SHOE = 4
    BAG = 5
    INNER = 6
    HAT = 7
    TIGHTS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """One row a `Material`.

    Args:
        first: (M, 3) float32 linear RGB.
        second: (M, 3) float32 linear RGB of the pattern.
        pattern: (M,) int32, a `Pattern`; for skin bit 1 is a beard, bit 2 glasses.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    pattern: NDArray[np.int32]


def linear(colour: str) -> NDArray[np.float64]:
    """(3,) linear RGB, 0–1, of an sRGB hex colour such as `c98f68`."""
    value = np.array([int(colour[at : at + 2], 16) for at in (0, 2, 4)], np.float64) / 255
    return np.where(value < 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def palette(spec: FigureSpec) -> Palette:
    """The colours of a figure."""
    upper, lower, head = spec.upper, spec.lower, spec.head
    first = {
        Material.SKIN: spec.body.skin,
        Material.HAIR: head.hair_colour,
        Material.UPPER: upper.colour,
        Material.LOWER: lower.colour,
        Material.SHOE: spec.shoes.colour,
        Material.BAG: spec.bag.colour if spec.bag else "000000",
        Material.INNER: upper.inner,
        Material.HAT: head.hat_colour,
        Material.TIGHTS: lower.tights or "000000",
    }
    second = {
        **first,
        Material.UPPER: upper.second,
        Material.LOWER: lower.second,
        Material.SHOE: spec.shoes.sole,
    }
    pattern = np.full(len(Material), Pattern.PLAIN, np.int32)
    pattern[Material.SKIN] = head.beard + 2 * head.glasses
    pattern[Material.UPPER], pattern[Material.LOWER] = upper.pattern, lower.pattern
    return Palette(
        np.stack([linear(first[material]) for material in Material]).astype(np.float32),
        np.stack([linear(second[material]) for material in Material]).astype(np.float32),
        pattern,
    )
