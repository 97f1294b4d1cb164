"""Which cameras can share a person, and how long the walk between them takes.

Pairs of cameras are ordered: (from, to). What a person entered is hard; what was learnt is soft.
A pair nobody said anything about constrains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tracking.linking.values import Floats, Rows, Sightings

Relation = Literal["unknown", "overlapping", "apart"]


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """Travel times of confident links: from the end in one camera to the start in the next.

    Args:
        count: links it was learnt from.
        p05, median, p95: seconds.
        edges: (b + 1,) float64 seconds, of the histogram; may begin below 0 (seen in both at once).
        counts: (b,) int64.
        gap_edges: (g + 1,) float64 seconds between any two sightings of one person.
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
        relation: "apart" means nobody can be in both at one instant. Stands for both directions if
            either says so. "unknown" and "overlapping" constrain nothing.
        least_seconds: the quickest walk; None if not said.
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
        passages: (from camera, to camera) → what is known; pairs may be missing.
        tolerance: seconds by which clocks may disagree before a rule counts as broken.
    """

    passages: Mapping[tuple[int, int], Passage] = field(default_factory=dict)
    tolerance: float = 1.0


@dataclass(frozen=True, slots=True)
class ClockProposal:
    """By how much a camera's clock seems to be wrong.

    Args:
        camera: whose clock.
        offset_seconds: to be added to its times.
        people: confirmed people it was estimated from.
        spread_seconds: half the interquartile range of what they say.
    """

    camera: int
    offset_seconds: float
    people: int
    spread_seconds: float


def broken_rule(sightings: Sightings, topology: Topology, a: Rows, b: Rows) -> NDArray[np.int8]:
    """Which entered rule forbids that two sightings show one person.

    Returns:
        (m,) int8: 0 none, 1 "apart", 2 "least_seconds". Sightings without trusted times break none.
    """
    raise NotImplementedError


def learn_topology(
    sightings: Sightings, labels: NDArray[np.int64], confidence: Floats | None = None
) -> dict[tuple[int, int], Learnt]:
    """Learn travel times from who is who.

    Args:
        sightings: n of them; those without trusted times are passed over.
        labels: (n,) person of each, -1 for none.
        confidence: (n,) 0–1; only tracklets at 0.8 or more are learnt from. None: all are.

    Returns:
        For each ordered pair of cameras with enough links, what was learnt.
    """
    raise NotImplementedError


def clock_offsets(sightings: Sightings, people: NDArray[np.int64]) -> list[ClockProposal]:
    """Estimate clock offsets from people whom a person confirmed.

    Args:
        sightings: confirmed ones with trusted times.
        people: (n,) identity of each.

    Returns:
        A proposal for each camera whose clock seems wrong by more than the spread; none for the
        camera with most sightings, which stands for the right time.
    """
    raise NotImplementedError
