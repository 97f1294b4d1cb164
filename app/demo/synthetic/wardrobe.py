"""Casts: who is drawn together, and what they are called in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from app.demo.synthetic.likeness import colour_name, looks
from app.demo.synthetic.people import HAND_MADE
from app.demo.synthetic.seeded import hard_person, look_alike, person, somebody_grey
from app.demo.synthetic.specs import FigureSpec, Pattern

__all__ = ["FigureSpec", "cast", "describe", "near_doubles"]

MOST = 60
"""The largest cast: of more people, too many would look alike."""

GROUP = 3
"""How many in the hard cast share one set of clothes, but for small things."""

_CANDIDATES = 48


def cast(kind: Literal["distinct", "hard"], people: int, seed: int) -> list[FigureSpec]:
    """The people of a scene.

    Args:
        kind: "distinct": everybody looks clearly different, the first sixteen made by hand, the
            others drawn so that they differ from all before. "hard": everybody is dressed in dark,
            grey or denim, in groups of three who differ in a bag, hair, shoes, a shade or a few
            centimetres only.
        people: 1–60.
        seed: any; the first sixteen of the distinct cast do not depend on it.

    Raises:
        ValueError: `people` is out of range.
    """
    if not 1 <= people <= MOST:
        raise ValueError(f"A cast has 1 to {MOST} people, not {people}.")
    return _distinct(people, seed) if kind == "distinct" else _hard(people, seed)


def _distinct(people: int, seed: int) -> list[FigureSpec]:
    rng = np.random.default_rng([seed, 1])
    chosen = list(HAND_MADE[:people])
    known = [looks(one) for one in chosen]
    while len(chosen) < people:
        candidates = [person(rng) for _ in range(_CANDIDATES)]
        seen = np.stack([looks(one) for one in candidates])
        apart = np.linalg.norm(seen[:, None] - np.stack(known)[None], axis=2).min(1)
        best = int(np.argmax(apart))
        chosen.append(candidates[best])
        known.append(seen[best])
    return chosen


def _hard(people: int, seed: int) -> list[FigureSpec]:
    rng = np.random.default_rng([seed, 2])
    chosen: list[FigureSpec] = []
    while len(chosen) < people:
        first = hard_person(rng)
        group = [first]
        while len(group) < GROUP:
            double = look_alike(first, rng)
            if all(_without_gait(double) != _without_gait(other) for other in group):
                group.append(double)
        chosen += group
    return chosen[:people]


def near_doubles(seed: int) -> list[FigureSpec]:
    """Two pairs: the first two people look alike, and the last two."""
    rng = np.random.default_rng([seed, 3])
    pairs = []
    for feminine in (False, True):
        one = somebody_grey(rng, feminine=feminine)
        other = look_alike(one, rng)
        while _without_gait(other) == _without_gait(one):
            other = look_alike(one, rng)
        pairs += [one, other]
    return pairs


def _without_gait(spec: FigureSpec) -> FigureSpec:
    return replace(spec, gait=FigureSpec().gait)


def describe(spec: FigureSpec) -> str:
    """A person in a few words, such as "red T-shirt, jeans, backpack"."""
    words = [f"{_pattern(spec)}{colour_name(spec.upper.colour)} {_upper_name(spec)}"]
    lower = spec.lower
    if lower.kind == "skirt":
        words.append(f"{colour_name(lower.colour)} skirt")
    elif words[0].endswith("suit"):
        pass
    elif lower.kind == "trousers" and lower.pattern == Pattern.DENIM:
        words.append("jeans")
    elif lower.kind == "trousers":
        striped = "striped " if lower.pattern == Pattern.STRIPES else ""
        name = "shorts" if lower.hem > 0.3 else "trousers"
        words.append(f"{striped}{colour_name(lower.colour)} {name}")
    if spec.bag is not None:
        name = {"messenger": "shoulder bag", "tote": "tote bag"}.get(spec.bag.kind, spec.bag.kind)
        words.append(name)
    if spec.head.hat is not None:
        hat = "head scarf" if spec.head.hat == "scarf" else spec.head.hat
        words.append(f"{colour_name(spec.head.hat_colour)} {hat}")
    elif spec.head.hair == "bald":
        words.append("bald")
    return ", ".join(words)


def _pattern(spec: FigureSpec) -> str:
    names = {
        Pattern.HOOPS: "striped ",
        Pattern.STRIPES: "striped ",
        Pattern.PLAID: "checked ",
        Pattern.DOTS: "dotted ",
        Pattern.CAMOUFLAGE: "camouflage ",
        Pattern.HIGH_VISIBILITY: "high-visibility ",
    }
    return names.get(spec.upper.pattern, "")


def _upper_name(spec: FigureSpec) -> str:
    upper = spec.upper
    if spec.lower.kind == "none":
        return "dress"
    if upper.hem < 0.72:
        return "coat"
    if upper.pattern == Pattern.JACKET:
        return "suit" if upper.colour == spec.lower.colour else "jacket"
    if upper.pattern in (Pattern.HIGH_VISIBILITY, Pattern.CAMOUFLAGE):
        return "jacket"
    if upper.hood:
        return "hoodie"
    if upper.collar:
        return "shirt"
    return "T-shirt" if upper.sleeve < 1 else "sweater"
