"""What a plan consists of: everybody's tracks through the places, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo.synthetic.sight import well_seen
from app.demo.synthetic.world import World

SEEN_SECONDS = 1.5
"""How long somebody must be well seen by a camera for it to count."""

TALL = 0.14
"""Share of the picture's height from which somebody is well seen."""


@dataclass(frozen=True, slots=True)
class Walker:
    """What the plan needs to know of a figure: metres a second, metres a cycle of two steps."""

    speed: float
    stride: float


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a scene lasts: seconds, frames a second, frames."""

    seconds: float
    fps: float
    frames: int


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Somebody's visit to a place, one row a frame, in world coordinates.

    Args:
        person: index into the cast.
        place: index into the world's places.
        does: what is done there.
        first: the first row's frame.
        points: (n, 2) metres.
        yaw: (n,) radians.
        phase: (n,) cycles walked, see `gait.pose`.
        walking: (n,) 0 stands, 1 walks.
        turn: (n,) radians a cycle by which the body turns left.
    """

    person: int
    place: int
    does: str
    first: int
    points: NDArray[np.float64]
    yaw: NDArray[np.float64]
    phase: NDArray[np.float64]
    walking: NDArray[np.float64]
    turn: NDArray[np.float64]

    @property
    def last(self) -> int:
        """The last row's frame."""
        return self.first + len(self.points) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All tracks of a scene, frames 0 to `frames` - 1, and who walks with whom."""

    frames: int
    fps: float
    tracks: tuple[Track, ...]
    couples: tuple[tuple[int, int], ...]

    def present(self, place: int, frame: int) -> list[Track]:
        """Who is at a place, by person."""
        here = [t for t in self.tracks if t.place == place and t.first <= frame <= t.last]
        return sorted(here, key=lambda t: t.person)


def distance(a: Track, b: Track) -> float:
    """Metres of the closest approach of two tracks at one place; inf if they never meet."""
    first, last = max(a.first, b.first), min(a.last, b.last)
    if first > last:
        return np.inf
    gap = a.points[first - a.first : last - a.first + 1]
    gap = gap - b.points[first - b.first : last - b.first + 1]
    return float(np.hypot(*gap.T).min())


def seen_by(world: World, tracks: Sequence[Track], person: int, fps: float) -> list[str]:
    """The cameras that see somebody well for `SEEN_SECONDS` or more."""
    names = []
    for eye in world.eyes:
        place = world.places[eye.place]
        frames = 0
        for track in tracks:
            if track.person == person and track.place == eye.place:
                points = place.to_set(track.points)
                camera = place.camera_in_set(eye.camera)
                frames += int(well_seen(camera, place.set.solids, points, TALL).sum())
        if frames >= SEEN_SECONDS * fps:
            names.append(eye.name)
    return names
