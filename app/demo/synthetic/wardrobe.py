"""Casts: who is drawn together, and what they are called in words."""

from __future__ import annotations

from typing import Literal

from app.demo.synthetic.people import HAND_MADE
from app.demo.synthetic.specs import FigureSpec


def cast(kind: Literal["distinct", "hard"], people: int, seed: int) -> list[FigureSpec]:
    """The people of a scene."""
    del kind, seed
    return [HAND_MADE[index % len(HAND_MADE)] for index in range(people)]


def near_doubles(seed: int) -> list[FigureSpec]:
    """Two pairs (four people) who differ in small things only."""
    del seed
    return [HAND_MADE[index] for index in (0, 0, 1, 1)]


def describe(spec: FigureSpec) -> str:
    """A person in a few words: "red T-shirt, jeans, backpack"."""
    return spec.upper.colour
