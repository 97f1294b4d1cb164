"""How different two people look, and what their colours are called."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.palette import linear
from app.demo.synthetic.specs import FigureSpec, Pattern

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

_SECOND_SHARE = {
    Pattern.PLAIN: 0.0,
    Pattern.HOOPS: 0.5,
    Pattern.STRIPES: 0.4,
    Pattern.PLAID: 0.5,
    Pattern.BLOCK: 0.5,
    Pattern.LOGO: 0.06,
    Pattern.JACKET: 0.0,
    Pattern.CAMOUFLAGE: 0.45,
    Pattern.SLEEVES: 0.35,
    Pattern.DOTS: 0.3,
    Pattern.HIGH_VISIBILITY: 0.2,
    Pattern.DENIM: 0.0,
    Pattern.YOKE: 0.25,
}
"""How much of a cloth its second colour covers."""

_NAMES = {
    "black": "141416",
    "charcoal": "3c3e43",
    "dark grey": "5c5f64",
    "grey": "888b90",
    "light grey": "c4c7cc",
    "white": "f4f4f2",
    "red": "bf2a2c",
    "dark red": "741f2b",
    "orange": "f07c1e",
    "yellow": "f0c232",
    "beige": "cdb893",
    "brown": "6e4a2c",
    "olive": "55602f",
    "green": "28804a",
    "light green": "8fc98c",
    "teal": "169a9a",
    "light blue": "a3bddb",
    "blue": "2f62b8",
    "navy": "232c47",
    "purple": "693f9c",
    "pink": "d873a0",
}


def perceived(colour: str) -> NDArray[np.float64]:
    """(3,) Oklab (Ottosson 2020) of an sRGB hex colour: lightness 0–1, green–red, blue–yellow."""
    return np.asarray(_TO_OKLAB @ np.cbrt(_TO_CONES @ linear(colour)))


def colour_name(colour: str) -> str:
    """The nearest of some twenty everyday colour names."""
    seen = perceived(colour)
    return min(_NAMES, key=lambda name: float(np.linalg.norm(perceived(_NAMES[name]) - seen)))


def difference(one: FigureSpec, other: FigureSpec) -> float:
    """How different two people look: 0 the same, above about 0.3 nobody mixes them up.

    Colours of the garments count most, then patterns and cuts, then build, hair and bag.
    """
    return float(np.linalg.norm(looks(one) - looks(other)))


def looks(spec: FigureSpec) -> NDArray[np.float64]:
    """(D,) what `difference` compares: distances between these are differences between people."""
    upper, lower, body, head = spec.upper, spec.lower, spec.body, spec.head
    dress = lower.kind == "none"
    share, below = _SECOND_SHARE[upper.pattern], _SECOND_SHARE[lower.pattern]
    trunk = (1 - share) * perceived(upper.colour) + share * perceived(upper.second)
    legs = (1 - below) * perceived(lower.colour) + below * perceived(lower.second)
    legs = trunk if dress else legs
    contrast = float(np.linalg.norm(perceived(upper.colour) - perceived(upper.second)))
    bare = float(np.clip((lower.hem - 0.1) / 0.4, 0, 1))
    return np.concatenate(
        [
            1.2 * trunk,
            1.0 * legs,
            0.3 * perceived(head.hat_colour if head.hat else head.hair_colour),
            0.15 * perceived(body.skin),
            [
                0.6 * contrast * min(share, 1 - share) * 2,
                0.12 * (upper.pattern == Pattern.PLAID),
                0.12 * (upper.pattern in (Pattern.DOTS, Pattern.CAMOUFLAGE)),
                0.12 * (upper.pattern == Pattern.HIGH_VISIBILITY),
                0.15 * (upper.pattern == Pattern.JACKET),
                0.15 * bare,
                0.15 * (lower.kind != "trousers"),
                0.2 * float(np.clip((0.86 - upper.hem) / 0.4, 0, 1)),
                0.1 * min(upper.sleeve, 1.9) / 1.9,
                0.12 * body.feminine,
                0.6 * (body.height - 1.7),
                0.3 * (body.girth - 1),
                0.15 * (spec.bag is not None),
                0.12 * (spec.bag is not None and spec.bag.kind == "backpack"),
                0.10 * (head.hair in ("long", "bob")),
            ],
        ]
    )
