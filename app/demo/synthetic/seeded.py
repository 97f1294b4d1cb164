"""People drawn at random: anybody, somebody from a narrow wardrobe, somebody's near-double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from app.demo.synthetic.people import SKINS
from app.demo.synthetic.specs import (
    Bag,
    BagKind,
    Body,
    FigureSpec,
    Gait,
    Hair,
    Hat,
    Head,
    Lower,
    Pattern,
    Shoes,
    Upper,
)

T = TypeVar("T")

_BRIGHT = (
    "b3262a", "e4572e", "f2c230", "1f7a4d", "15a3a3", "3f7fd0", "27408a", "6a3fa0", "d66a93",
    "8b5a2b", "556b2f", "f0ece2", "9aa4ad", "20242e", "7fb069", "c9a36a", "741f2b", "a8bdd6",
)  # fmt: skip
_LEGS = ("222838", "151515", "6c5a3e", "8a8d93", "b29a6a", "f0ece2", "4a5a38", "5a2430", "31405e")
_DENIM = ("2f4468", "39507a", "a8bdd6", "1f2c48")
_NARROW = ("1d1f24", "26282e", "33363c", "44474d", "585b61", "23283a", "2b3145")
_SHOES = ("202020", "e8e8e8", "4a2c18", "7a3b22", "cc2222", "3a5a8a")
_HAIR = ("1a120d", "2a1d14", "4a3220", "7b4a22", "a8803f", "6b6b6b", "c9c9c9", "7a2e14")
_BAGS: tuple[BagKind, ...] = ("backpack", "tote", "messenger", "handbag")


def _one(rng: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def gait(rng: np.random.Generator, *, feminine: bool) -> Gait:
    """A gait of one's own."""

    def about(middle: float, spread: float) -> float:
        return round(float(np.clip(rng.normal(middle, spread), middle - 2.2 * spread,
                                   middle + 2.2 * spread)), 3)  # fmt: skip

    return Gait(
        cadence=about(0.96 if feminine else 0.91, 0.04),
        stride=about(0.96 if feminine else 1.0, 0.04),
        arms=about(16 if feminine else 19, 4),
        elbow=about(17, 4),
        spread=about(12 if feminine else 10, 1.5),
        lean=about(0.5, 1.5),
        sway=about(1.2 if feminine else 1.0, 0.2),
        bounce=about(1.0, 0.15),
        toes=about(5 if feminine else 8, 3),
        head=about(2, 2.5),
        offset=about(0.0, 0.015),
    )


def body(rng: np.random.Generator, *, feminine: bool) -> Body:
    """Anybody's build: height, girth, breadth of shoulders and hips."""
    height = rng.normal(1.67, 0.055) if feminine else rng.normal(1.79, 0.06)
    girth = float(np.clip(rng.normal(1.0, 0.07), 0.9, 1.18))
    return Body(
        height=round(float(np.clip(height, 1.52, 1.95)), 3),
        girth=round(girth, 3),
        shoulders=round(float(rng.normal(0.91 if feminine else 1.0, 0.02)), 3),
        hips=round(float(rng.normal(1.05 if feminine else 1.0, 0.02)), 3),
        feminine=float(feminine),
        belly=round(max(girth - 1.05, 0) * 12, 3),
        skin=_one(rng, SKINS),
    )


def head(rng: np.random.Generator, *, feminine: bool) -> Head:
    """Hair, perhaps a hat, a beard, glasses."""
    women: tuple[Hair, ...] = ("long", "bob", "bun", "tail", "curls")
    men: tuple[Hair, ...] = ("short", "short", "buzz", "bald", "curls")
    hats: tuple[Hat | None, ...] = (None, None, None, None, "cap", "beanie")
    return Head(
        hair=_one(rng, women if feminine else men),
        hair_colour=_one(rng, _HAIR),
        hat=_one(rng, hats),
        hat_colour=_one(rng, _BRIGHT),
        beard=not feminine and bool(rng.random() < 0.3),
        glasses=bool(rng.random() < 0.2),
    )


def person(rng: np.random.Generator) -> FigureSpec:
    """Anybody."""
    feminine = bool(rng.random() < 0.5)
    patterns = (
        Pattern.PLAIN, Pattern.PLAIN, Pattern.PLAIN, Pattern.HOOPS, Pattern.PLAID, Pattern.BLOCK,
        Pattern.LOGO, Pattern.SLEEVES, Pattern.DOTS, Pattern.YOKE, Pattern.JACKET,
    )  # fmt: skip
    pattern = _one(rng, patterns)
    jacket = pattern == Pattern.JACKET
    colour = _one(rng, _BRIGHT)
    second = _one(rng, [other for other in _BRIGHT if other != colour])
    cut = rng.random()
    dress = feminine and cut < 0.2 and not jacket
    skirt = feminine and 0.2 <= cut < 0.45
    short_sleeves = not jacket and rng.random() < 0.35
    upper = Upper(
        colour=colour,
        second=second,
        inner=_one(rng, ("e8ecf2", "2f6f5f", "dddddd", "1b1d24")),
        pattern=pattern,
        hem=0.50 if dress else round(float(rng.uniform(0.80, 0.92)), 3),
        sleeve=round(float(rng.uniform(0.5, 0.75)), 2) if short_sleeves else 1.97,
        loose=round(float(rng.uniform(0.010, 0.022)), 3),
        flare=0.2 if dress else 0.0,
        collar=jacket or bool(rng.random() < 0.2),
        hood=not jacket and not dress and not short_sleeves and bool(rng.random() < 0.3),
    )
    denim = not skirt and rng.random() < 0.3
    short = not feminine and not jacket and rng.random() < 0.2
    lower = Lower(
        kind="none" if dress else "skirt" if skirt else "trousers",
        colour=_one(rng, _DENIM) if denim else _one(rng, _BRIGHT if skirt else _LEGS),
        pattern=Pattern.DENIM if denim else Pattern.PLAIN,
        hem=0.5 if dress else round(float(rng.uniform(0.36, 0.54)), 2) if skirt
        else 0.42 if short else 0.055,
        loose=round(float(rng.uniform(0.002 if feminine else 0.008, 0.022)), 3),
        width=round(float(rng.uniform(1.0, 1.25)), 2),
        tights="17171b" if (dress or skirt) and rng.random() < 0.4 else None,
    )  # fmt: skip
    bag = Bag(_one(rng, _BAGS), _one(rng, _BRIGHT)) if rng.random() < 0.45 else None
    return FigureSpec(
        body(rng, feminine=feminine),
        head(rng, feminine=feminine),
        upper,
        lower,
        Shoes(_one(rng, _SHOES)),
        bag,
        gait(rng, feminine=feminine),
    )


def hard_person(rng: np.random.Generator) -> FigureSpec:
    """Somebody in dark, grey or denim, without anything that catches the eye."""
    feminine = bool(rng.random() < 0.4)
    jacket = rng.random() < 0.25
    upper = Upper(
        colour=_one(rng, _NARROW),
        second=_one(rng, _NARROW),
        inner=_one(rng, ("c9d6e8", "8d949e", "dddddd")),
        pattern=Pattern.JACKET if jacket else Pattern.PLAIN,
        hem=round(float(rng.uniform(0.80, 0.90)), 3),
        loose=round(float(rng.uniform(0.014, 0.022)), 3),
        collar=jacket,
        hood=not jacket and bool(rng.random() < 0.5),
    )
    denim = rng.random() < 0.5
    lower = Lower(
        colour=_one(rng, _DENIM[:2] + _DENIM[3:]) if denim else _one(rng, _NARROW),
        pattern=Pattern.DENIM if denim else Pattern.PLAIN,
        loose=round(float(rng.uniform(0.002 if feminine else 0.008, 0.014)), 3),
    )
    women: tuple[Hair, ...] = ("tail", "bun", "bob", "long")
    men: tuple[Hair, ...] = ("short", "short", "buzz")
    return FigureSpec(
        body(rng, feminine=feminine),
        Head(_one(rng, women if feminine else men), _one(rng, _HAIR[:4])),
        upper,
        lower,
        Shoes(_one(rng, ("202020", "e0e0e0", "3a2c1c"))),
        Bag("backpack", _one(rng, _NARROW)) if rng.random() < 0.3 else None,
        gait(rng, feminine=feminine),
    )


def somebody_grey(rng: np.random.Generator, *, feminine: bool) -> FigureSpec:
    """Somebody in a grey hoodie and dark trousers or jeans."""
    one = hard_person(rng)
    return replace(
        one,
        body=body(rng, feminine=feminine),
        head=Head("tail" if feminine else "short", _one(rng, _HAIR[:4])),
        upper=Upper(_one(rng, ("3a3d44", "4a4d52", "585b61")), hem=0.85, loose=0.020, hood=True),
        bag=None,
        gait=gait(rng, feminine=feminine),
    )


def look_alike(one: FigureSpec, rng: np.random.Generator) -> FigureSpec:
    """Somebody in the same clothes who differs in two small things, and walks in another way."""
    feminine = one.body.feminine > 0.5
    other = replace(one, gait=gait(rng, feminine=feminine))
    for change in rng.choice(5, 2, replace=False):
        if change == 0:
            other = replace(other, bag=None if one.bag else Bag("backpack", _one(rng, _NARROW)))
        elif change == 1:
            shade = _one(rng, [tone for tone in _HAIR[:4] if tone != one.head.hair_colour])
            other = replace(other, head=replace(one.head, hair_colour=shade))
        elif change == 2:
            pairs = [tone for tone in ("202020", "e0e0e0", "6a4a30") if tone != one.shoes.colour]
            other = replace(other, shoes=replace(one.shoes, colour=_one(rng, pairs)))
        elif change == 3:
            tone = _shaded(one.upper.colour, float(_one(rng, (0.82, 1.22))))
            other = replace(other, upper=replace(one.upper, colour=tone))
        else:
            height = round(one.body.height + float(_one(rng, (-0.04, 0.04))), 3)
            other = replace(other, body=replace(one.body, height=height))
    return other


def _shaded(colour: str, factor: float) -> str:
    """An sRGB hex colour made darker or lighter."""
    parts = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    return "".join(f"{min(max(round(part * factor), 0), 255):02x}" for part in parts)
