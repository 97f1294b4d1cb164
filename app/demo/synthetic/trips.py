"""What somebody sets out to do: which places, by which gates, and the way through each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.demo.synthetic.paths import Pause, Points, clearance, headings, smooth
from app.demo.synthetic.sets import Set
from app.demo.synthetic.world import World

Doing = Literal["passes", "stops", "turns back"]
Habit = Literal["passes", "stops", "turns back", "comes again"]

CLEARANCE = 0.32
"""Metres that the middle of a body keeps from anything that stands in the way."""

_SHARPEST = np.radians(80)
_MOST_VISITS = 3
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Leg:
    """One visit of a trip: a place, in by a gate, out by a gate, and what is done there."""

    place: int
    entry: str
    leave: str
    does: Doing


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Lines through a place, in its own coordinates, and the pauses between them."""

    lines: tuple[Points, ...]
    pauses: tuple[Pause, ...]


def make_trip(world: World, habit: Habit, first: int | None, rng: np.random.Generator) -> list[Leg]:
    """Choose places and gates.

    Somebody who turns back leaves by the gate they came in by, and is seen once more where they
    came from. Somebody who comes again leaves the scene and returns by the same gate.

    Args:
        world: the places.
        habit: what makes the trip special.
        first: the place to begin in, None for any.
        rng: chooses.
    """
    place = int(rng.integers(len(world.places))) if first is None else first
    small = [i for i, p in enumerate(world.places) if p.set.kind != "plaza"]
    if habit == "comes again" and small:  # a plaza takes too long to cross twice and then go on
        place = small[place % len(small)]
    entry = str(rng.choice([gate.name for gate in world.places[place].set.gates]))
    busy = 1 if habit == "turns back" else int(rng.integers(2))
    legs: list[Leg] = []
    does: Doing
    while len(legs) < _MOST_VISITS:
        others = [g.name for g in world.places[place].set.gates if g.name != entry]
        joined = [name for name in others if (place, name) in world.links]
        apart = [name for name in others if name not in joined]
        special = len(legs) == busy
        if habit == "turns back" and special:
            does, leave = "turns back", entry
        else:
            again = habit == "comes again" and not legs
            choice = (apart if again else joined) or others
            does = "stops" if habit == "stops" and special else "passes"
            leave = str(rng.choice(choice))
        legs.append(Leg(place, entry, leave, does))
        if (place, leave) in world.links:
            place, entry = world.links[place, leave]
        elif habit == "comes again" and len(legs) == 1:
            entry = leave
        else:
            break
    return legs


def find_way(place: Set, leg: Leg, rng: np.random.Generator, aside: float = 0.0) -> Way | None:
    """A way for one visit, round the furniture and without sharp bends, or None.

    Args:
        place: the set.
        leg: what is wanted.
        rng: chooses.
        aside: metres to the left that must be free too, for a companion.
    """
    gates = {gate.name: gate.way for gate in place.gates}
    entry = [_shifted(p, rng) for p in gates[leg.entry]]
    leave = [_shifted(p, rng) for p in reversed(gates[leg.leave])]
    for _ in range(_TRIES):
        pauses: tuple[Pause, ...] = ()
        if leg.does == "passes":
            vias = [_point(place, rng) for _ in range(1 + int(rng.random() < 0.3))]
            lines = [smooth([*entry, *vias, *leave])]
        elif leg.does == "stops":
            spot = place.spots[int(rng.integers(len(place.spots)))]
            end = (spot.x + rng.normal(0, 0.12), spot.y + rng.normal(0, 0.12))
            before, after = _vias(place, rng), _vias(place, rng)
            lines = [smooth([*entry, *before, end]), smooth([end, *after, *leave])]
            pauses = (Pause(spot.yaw + rng.normal(0, 0.15), float(rng.uniform(2.5, 6))),)
        else:
            end = _point(place, rng)
            lines = [
                smooth([*entry, *_vias(place, rng), end]),
                smooth([end, *_vias(place, rng), *leave]),
            ]
            yaw = float(headings(lines[0])[-1]) + rng.choice([-1, 1]) * rng.uniform(0.3, 1.2)
            pauses = (Pause(float(yaw), float(rng.uniform(0.6, 1.8))),)
        if all(_walkable(place, line, aside) for line in lines):
            return Way(tuple(lines), pauses)
    return None


def _walkable(place: Set, line: Points, aside: float) -> bool:
    heading = headings(line)
    bend = np.abs(heading[8:] - heading[:-8]) if len(heading) > 8 else np.zeros(1)
    if bend.max() > _SHARPEST or clearance(line, place.solids).min() < CLEARANCE:
        return False
    if not aside:
        return True
    normal = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
    return bool(clearance(line + aside * normal, place.solids).min() >= CLEARANCE)


def _point(place: Set, rng: np.random.Generator) -> tuple[float, float]:
    x0, y0, x1, y1 = place.floor
    return float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1))


def _vias(place: Set, rng: np.random.Generator) -> list[tuple[float, float]]:
    return [_point(place, rng)] if rng.random() < 0.4 else []


def _shifted(point: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    dx, dy = np.clip(rng.normal(0, 0.4, 2), -0.7, 0.7)
    return point[0] + float(dx), point[1] + float(dy)
