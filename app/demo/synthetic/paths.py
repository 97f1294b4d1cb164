"""Ways on foot: smooth lines round the furniture, and how somebody moves along them in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.raycast import NO_SHADOW, Solids

STEP = 0.1
"""Metres between the points of a smooth way."""

TICK = 0.04
"""Seconds between the rows of a `Motion`."""

_BODY_HEIGHT = 1.9
_KERB = 0.2
_ACCELERATION = 1.1
_SLOWEST = 0.15
_TURN = np.radians(150)
_FOLIAGE = 0.85

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pause:
    """Standing at the end of a leg: radians looked to, and for how many seconds."""

    yaw: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Somebody's way in time, one row every `TICK`.

    Args:
        place: (n, 2) metres.
        yaw: (n,) radians the body faces.
        turning: (n,) bool, whether the body turns on the spot.
    """

    place: Points
    yaw: NDArray[np.float64]
    turning: NDArray[np.bool_]


def smooth(corners: Sequence[tuple[float, float]] | Points) -> Points:
    """A line that cuts the corners softly: (n, 2) metres, `STEP` apart, ends kept."""
    line = np.asarray(corners, dtype=np.float64)
    for _ in range(4):
        cut = np.repeat(line, 2, axis=0)
        cut[1:-1:2] = line[:-1] * 0.75 + line[1:] * 0.25
        cut[2::2] = line[:-1] * 0.25 + line[1:] * 0.75
        line = cut
    return _even(line)


def _even(line: Points) -> Points:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, along[-1], max(2, round(along[-1] / STEP) + 1))
    return np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=1)


def headings(line: Points) -> NDArray[np.float64]:
    """(n,) radians, continuous: where a line of points `STEP` apart leads, over 0.8 m."""
    reach = round(0.4 / STEP)
    index = np.arange(len(line))
    ahead = line[np.minimum(index + reach, len(line) - 1)]
    behind = line[np.maximum(index - reach, 0)]
    dx, dy = (ahead - behind).T
    return np.unwrap(np.arctan2(dy, dx))


def footprints(solids: Solids) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What one can't walk through: (n, 4) x0, y0, x1, y1 and (m, 3) x, y, radius, metres."""
    boxes = solids.boxes
    low = (boxes[:, 2] < _BODY_HEIGHT) & (boxes[:, 5] > _KERB) & (boxes[:, 7] != NO_SHADOW)
    pillars = solids.cylinders[solids.cylinders[:, 3] < _BODY_HEIGHT]
    leaves = solids.ellipsoids
    leaves = leaves[leaves[:, 2] - leaves[:, 5] < _BODY_HEIGHT - 0.2]
    rounds = [
        pillars[:, :3],
        np.column_stack([leaves[:, :2], _FOLIAGE * np.maximum(leaves[:, 3], leaves[:, 4])]),
    ]
    return boxes[low][:, (0, 1, 3, 4)], np.concatenate(rounds)


def clearance(points: Points, solids: Solids) -> NDArray[np.float64]:
    """(n,) metres from points to the nearest thing that stands in the way."""
    rectangles, rounds = footprints(solids)
    x, y = points[:, :1], points[:, 1:]
    dx = np.maximum(np.maximum(rectangles[:, 0] - x, x - rectangles[:, 2]), 0)
    dy = np.maximum(np.maximum(rectangles[:, 1] - y, y - rectangles[:, 3]), 0)
    gaps = [np.hypot(dx, dy), np.hypot(x - rounds[:, 0], y - rounds[:, 1]) - rounds[:, 2]]
    return np.asarray(np.concatenate(gaps, axis=1).min(axis=1), dtype=np.float64)


def walk(legs: Sequence[Points], pauses: Sequence[Pause], speed: float) -> Motion:
    """Walk leg after leg, slow down before each pause, turn, stand, turn, go on.

    Args:
        legs: lines of points `STEP` apart, each starting where the one before ends.
        pauses: one between any two legs.
        speed: metres a second between pauses.
    """
    places: list[Points] = []
    yaws: list[NDArray[np.float64]] = []
    turning: list[NDArray[np.bool_]] = []
    for number, leg in enumerate(legs):
        heading = headings(leg)
        first, last = number == 0, number == len(legs) - 1
        at = _advance((len(leg) - 1) * STEP, speed, not first, not last)
        index = np.minimum(at / STEP, len(leg) - 1)
        rows = np.arange(len(leg))
        places.append(np.stack([np.interp(index, rows, leg[:, a]) for a in (0, 1)], axis=1))
        yaws.append(np.interp(index, rows, heading))
        turning.append(np.zeros(len(index), np.bool_))
        if last:
            break
        pause = pauses[number]
        leaving = float(headings(legs[number + 1])[0])
        turned = [
            *_turn(float(yaws[-1][-1]), pause.yaw),
            *_hold(pause.yaw, pause.seconds),
            *_turn(pause.yaw, leaving),
        ]
        for yaw, active in turned:
            places.append(np.repeat(leg[-1:], len(yaw), axis=0))
            yaws.append(yaw)
            turning.append(np.full(len(yaw), active))
    # Legs and turns count their angles apart; joined, a jump of a whole turn would show.
    yaw = np.unwrap(np.concatenate(yaws))
    return Motion(np.concatenate(places), yaw, np.concatenate(turning))


def _advance(length: float, speed: float, from_rest: bool, to_rest: bool) -> NDArray[np.float64]:
    """Metres along a leg at every tick, from 0 to its end."""
    at, out = 0.0, [0.0]
    while at < length:
        pace = speed
        if from_rest:
            pace = min(pace, np.sqrt(_SLOWEST**2 + 2 * _ACCELERATION * at))
        if to_rest:
            pace = min(pace, np.sqrt(_SLOWEST**2 + 2 * _ACCELERATION * max(length - at, 0)))
        at += pace * TICK
        out.append(min(at, length))
    return np.array(out)


def _turn(start: float, end: float) -> list[tuple[NDArray[np.float64], bool]]:
    """Turning on the spot, the short way round."""
    angle = (end - start + np.pi) % (2 * np.pi) - np.pi
    if abs(angle) < np.radians(3):
        return []
    t = np.linspace(0, 1, max(2, round((abs(angle) / _TURN + 0.3) / TICK)))
    return [(start + angle * t * t * (3 - 2 * t), True)]


def _hold(yaw: float, seconds: float) -> list[tuple[NDArray[np.float64], bool]]:
    return [(np.full(max(1, round(seconds / TICK)), yaw), False)]
