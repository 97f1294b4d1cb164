"""Everything that makes a person: body, hair, garments, colours, bag and gait."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal


class Pattern(IntEnum):
    """What a garment's cloth looks like."""

    PLAIN = 0
    HOOPS = 1
    STRIPES = 2
    PLAID = 3
    BLOCK = 4
    LOGO = 5
    JACKET = 6
    CAMOUFLAGE = 7
    SLEEVES = 8
    DOTS = 9
    HIGH_VISIBILITY = 10
    DENIM = 11
    YOKE = 12


Hair = Literal["short", "long", "bob", "bun", "tail", "curls", "buzz", "bald"]
Hat = Literal["cap", "beanie", "scarf"]
BagKind = Literal["backpack", "tote", "messenger", "handbag"]


@dataclass(frozen=True, slots=True)
class Body:
    """Height in metres; the rest are factors around 1, or 0–1 (`feminine`), 0–2 (`belly`)."""

    height: float = 1.75
    girth: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    feminine: float = 0.0
    belly: float = 0.0
    skin: str = "c98f68"


@dataclass(frozen=True, slots=True)
class Head:
    """Hair, hat and beard; colours are sRGB hex."""

    hair: Hair = "short"
    hair_colour: str = "2a1d14"
    hat: Hat | None = None
    hat_colour: str = "222222"
    beard: bool = False
    glasses: bool = False


@dataclass(frozen=True, slots=True)
class Upper:
    """The garment on the trunk; lengths in metres of a 1.76 m figure at rest.

    Args:
        colour: sRGB hex.
        second: the pattern's other colour.
        inner: the shirt under an open jacket.
        pattern: the cloth's pattern.
        hem: height of its lower edge; below 0.72 it is a dress or a coat.
        sleeve: 0 none, 1 to the elbow, 2 to the wrist.
        loose: distance from the body.
        flare: how much it widens to its hem.
        collar: whether it has one.
        hood: whether a hood lies on the back.
    """

    colour: str = "3355aa"
    second: str = "ffffff"
    inner: str = "dddddd"
    pattern: Pattern = Pattern.PLAIN
    hem: float = 0.88
    sleeve: float = 1.97
    loose: float = 0.012
    flare: float = 0.0
    collar: bool = False
    hood: bool = False


@dataclass(frozen=True, slots=True)
class Lower:
    """Trousers or a skirt, or none under a dress; lengths as in `Upper`."""

    kind: Literal["trousers", "skirt", "none"] = "trousers"
    colour: str = "222838"
    second: str = "ffffff"
    pattern: Pattern = Pattern.PLAIN
    hem: float = 0.055
    loose: float = 0.010
    width: float = 1.0
    tights: str | None = None


@dataclass(frozen=True, slots=True)
class Shoes:
    """Colours of shoe and sole, height of the shaft in metres."""

    colour: str = "202020"
    sole: str = "dddddd"
    shaft: float = 0.10


@dataclass(frozen=True, slots=True)
class Bag:
    """What is carried."""

    kind: BagKind
    colour: str = "333333"


@dataclass(frozen=True, slots=True)
class Gait:
    """How somebody walks and stands.

    Args:
        cadence: cycles (two steps) a second.
        stride: factor on the stride that fits the leg.
        arms: degrees of arm swing to either side.
        elbow: degrees the elbow is bent.
        spread: degrees between arm and trunk.
        lean: degrees the trunk leans forward.
        sway: factor on the trunk's turning and rolling.
        bounce: factor on the pelvis's rise and fall.
        toes: degrees the feet point outward.
        head: degrees the head is bent forward.
        offset: cycles by which the arms lag the legs.
    """

    cadence: float = 0.92
    stride: float = 1.0
    arms: float = 20.0
    elbow: float = 18.0
    spread: float = 9.0
    lean: float = 0.0
    sway: float = 1.0
    bounce: float = 1.0
    toes: float = 6.0
    head: float = 2.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """Everything that makes a person."""

    body: Body = field(default_factory=Body)
    head: Head = field(default_factory=Head)
    upper: Upper = field(default_factory=Upper)
    lower: Lower = field(default_factory=Lower)
    shoes: Shoes = field(default_factory=Shoes)
    bag: Bag | None = None
    gait: Gait = field(default_factory=Gait)
