"""Which cameras can share a person, and how long the walk between them takes.

Pairs of cameras are ordered: (from, to). What a person entered is hard; what was learnt is soft.
A pair nobody said anything about constrains nothing. `tracking.topology` learns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tracking.linking.values import Floats, Rows, Sightings

Relation = Literal["unknown", "overlapping", "apart"]
RULES = ("", "apart", "least_seconds")
"""Names of what `broken` returns."""


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """Travel times of confident links: from the end in one camera to the start in the next.

    Args:
        count: links it was learnt from.
        p05, median, p95: seconds; below 0 where people are in both views at once.
        edges: (b + 1,) float64 seconds, of the histogram of these times.
        counts: (b,) int64.
        gap_edges: (g + 1,) float64 seconds between any two sightings of one person, first the one
            in this pair's first camera; from -inf to inf.
        evidence: (g,) float64 log-likelihood ratio of a gap, one person against two.
    """

    count: int
    p05: float
    median: float
    p95: float
    edges: Floats
    counts: NDArray[np.int64]
    gap_edges: Floats
    evidence: Floats


@dataclass(frozen=True, slots=True)
class Passage:
    """From one camera to another.

    Args:
        relation: "apart" means nobody can be in both at one instant; it stands for both directions
            if either says so. "unknown" and "overlapping" constrain nothing.
        least_seconds: the quickest walk; None if not said. Means nothing where views overlap.
        typical_seconds: the usual walk, or None; soft in any case.
        entered: True makes relation and least_seconds hard; False makes them weigh nothing.
        learnt: learnt times; None lets each run learn from its own links.
    """

    relation: Relation = "unknown"
    least_seconds: float | None = None
    typical_seconds: float | None = None
    entered: bool = True
    learnt: Learnt | None = None


@dataclass(frozen=True, slots=True)
class Topology:
    """What is known of a site.

    Args:
        passages: (from camera, to camera) → what is known; pairs may be missing, and pairs of one
            camera with itself mean nothing.
        tolerance: seconds by which clocks may disagree before a rule counts as broken.
    """

    passages: Mapping[tuple[int, int], Passage] = field(default_factory=dict)
    tolerance: float = 1.0

    def with_learnt(self, learnt: Mapping[tuple[int, int], Learnt]) -> Topology:
        """The same with travel times where none are known yet."""
        passages = dict(self.passages)
        for pair, times in learnt.items():
            known = passages.get(pair, Passage(entered=False))
            if known.learnt is None:
                passages[pair] = replace(known, learnt=times)
        return replace(self, passages=passages)


@dataclass(frozen=True, slots=True, eq=False)
class TimeRules:
    """Entered topology made ready for n sightings; see `time_rules`."""

    place: NDArray[np.int64]
    start: Floats
    end: Floats
    apart: NDArray[np.bool_]
    least: Floats
    tolerance: float

    @property
    def any(self) -> bool:
        """Whether anything was entered at all."""
        return bool(self.apart.any() or np.isfinite(self.least).any())

    def broken(self, a: Rows, b: Rows) -> NDArray[np.int8]:
        """Which rule forbids that two sightings show one person, see `broken_rule`."""
        swap = self.start[b] < self.start[a]
        first, second = np.where(swap, b, a), np.where(swap, a, b)
        one, two = self.place[first], self.place[second]
        gap = self.start[second] - self.end[first] + self.tolerance
        least = self.least[one, two]
        tied = self.start[a] == self.start[b]
        least = np.where(tied, np.minimum(least, self.least[two, one]), least)
        result = np.zeros(len(a), np.int8)
        with np.errstate(invalid="ignore"):
            result[gap < least] = 2
            result[self.apart[one, two] & (gap < 0)] = 1
        return result


def time_rules(sightings: Sightings, topology: Topology) -> TimeRules:
    """Make the entered rules ready for these sightings."""
    cameras, place = np.unique(sightings.cameras, return_inverse=True)
    index = {int(camera): position for position, camera in enumerate(cameras)}
    apart = np.zeros((len(cameras), len(cameras)), np.bool_)
    least = np.full(apart.shape, -np.inf)
    for (one, two), passage in topology.passages.items():
        if one == two or not passage.entered or one not in index or two not in index:
            continue
        at = index[one], index[two]
        if passage.relation == "apart":
            apart[at] = apart[at[::-1]] = True
        if passage.least_seconds is not None and passage.relation != "overlapping":
            least[at] = passage.least_seconds
    return TimeRules(place, sightings.start, sightings.end, apart, least, topology.tolerance)


def entered_overlapping(sightings: Sightings, topology: Topology) -> NDArray[np.bool_]:
    """Which views were entered as overlapping: (c, c) symmetric, cameras ascending."""
    cameras = np.unique(sightings.cameras).tolist()
    said = {
        frozenset(pair)
        for pair, passage in topology.passages.items()
        if passage.entered and passage.relation == "overlapping"
    }
    found = [[frozenset((one, two)) in said for two in cameras] for one in cameras]
    return np.array(found, np.bool_).reshape(len(cameras), len(cameras))


def broken_rule(sightings: Sightings, topology: Topology, a: Rows, b: Rows) -> NDArray[np.int8]:
    """Which entered rule forbids that two sightings show one person.

    Args:
        sightings: n of them.
        topology: what was entered.
        a, b: (m,) rows.

    Returns:
        (m,) int8, positions in `RULES`: 0 none, 1 "apart" (in both cameras at once), 2
        "least_seconds" (sooner in the second than anybody can walk). Sightings of one camera, or
        without trusted times, break none.
    """
    return time_rules(sightings, topology).broken(a, b)
