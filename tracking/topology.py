"""Which cameras can share a person and how long the walk takes; what people teach about it.

Travel times and wrong clocks are learnt from people who are known. What was entered is in
`tracking.linking.passages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracking.linking.passages import Learnt, Passage, Relation, Topology, broken_rule
from tracking.linking.values import Floats, Rows, Sightings

__all__ = [
    "ClockProposal",
    "Learnt",
    "Passage",
    "Relation",
    "Topology",
    "broken_rule",
    "clock_offsets",
    "learn_topology",
    "time_evidence",
]

LEAST_LINKS = 10
_CONFIDENT = 0.8
_BINS = 20
_DRAWN = 20_000
_PSEUDO = 10.0
_MOST = 2.0
_GAPS = np.concatenate(
    [
        [-np.inf, -30, -10, -3, 0, 3, 6, 10, 15, 22, 32, 46, 68, 100, 150, 220, 320, 460, 680],
        [1000, 2000, 4000, 8000, 16000, 32000, 64000, np.inf],
    ]
)
"""Seconds; about a factor of 1.5 apart where walks between cameras lie."""
_LEAST_PEOPLE = 3
_LEAST_OFFSET = 2.0
_BEYOND_ANY_WALK = 300.0


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


def learn_topology(
    sightings: Sightings,
    labels: NDArray[np.int64],
    confidence: Floats | None = None,
    seed: int = 0,
) -> dict[tuple[int, int], Learnt]:
    """Learn travel times from who is who.

    The times shown are those from one sighting of a person to the next. The evidence compares the
    gaps between any two sightings of one person with those between two people's; it is drawn
    towards nothing where there are few links, and never more than a factor of e² either way.

    Args:
        sightings: n of them; those without trusted times are passed over.
        labels: (n,) person of each, negative for none.
        confidence: (n,) 0–1; only tracklets at 0.8 or more are learnt from. None: all are.
        seed: of the pairs of different people that are drawn.

    Returns:
        (from, to) → what was learnt, for pairs of cameras with at least 10 links.
    """
    usable = np.isfinite(sightings.start) & np.isfinite(sightings.end) & (labels >= 0)
    if confidence is not None:
        usable &= confidence >= _CONFIDENT
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((sightings.ids[rows], sightings.start[rows], labels[rows]))]
    following = np.flatnonzero(labels[rows][1:] == labels[rows][:-1])
    next_links = _by_cameras(sightings, rows[following], rows[following + 1])
    every_link = _by_cameras(sightings, *_all_pairs(rows, labels))
    cameras = {int(c): rows[sightings.cameras[rows] == c] for c in np.unique(sightings.cameras)}
    generator = np.random.default_rng(seed)
    learnt = {}
    for pair, (a, b) in sorted(next_links.items()):
        times = sightings.start[b] - sightings.end[a]
        if pair[0] == pair[1] or len(times) < LEAST_LINKS:
            continue
        strangers = _strangers(sightings, labels, cameras[pair[0]], cameras[pair[1]], generator)
        both = every_link[pair]
        evidence = _evidence(sightings.start[both[1]] - sightings.end[both[0]], strangers)
        learnt[pair] = _summary(times, evidence)
    return learnt


def time_evidence(sightings: Sightings, topology: Topology, a: Rows, b: Rows) -> Floats:
    """How much the times of two sightings speak for one person, softly.

    Returns:
        (m,) log-likelihood ratios within ±2; 0 where nothing is known.
    """
    swap = sightings.start[b] < sightings.start[a]
    first, second = np.where(swap, b, a), np.where(swap, a, b)
    gap = sightings.start[second] - sightings.end[first]
    result = np.zeros(len(a))
    if not any(p.learnt or p.typical_seconds for p in topology.passages.values()):
        return result
    known = np.isfinite(gap)
    cameras, place = np.unique(sightings.cameras, return_inverse=True)
    code = place[first] * len(cameras) + place[second]
    order = np.argsort(code, kind="stable")
    bounds = np.flatnonzero(np.diff(code[order], prepend=-1, append=-1))
    for begin, end in pairwise(bounds.tolist()):
        one, two = divmod(int(code[order[begin]]), len(cameras))
        passage = topology.passages.get((int(cameras[one]), int(cameras[two])))
        if passage is None or one == two:
            continue
        at = order[begin:end]
        at = at[known[at]]
        result[at] = _passage_evidence(passage, gap[at])
    return result


def clock_offsets(
    sightings: Sightings, people: NDArray[np.int64], topology: Topology | None = None
) -> list[ClockProposal]:
    """Estimate clock offsets from people whom a person confirmed.

    Where views overlap, a person is in both at once and the difference of the times is the clock's.
    Elsewhere walks in both directions are compared, which cancels the walk; with people of one
    direction only, a difference is told from a walk only when it is steady and beyond any walk.

    Args:
        sightings: confirmed ones; those without trusted times are passed over.
        people: (n,) identity of each, negative for none.
        topology: tells which views overlap.

    Returns:
        By camera, a proposal for each whose clock seems wrong by more than the spread; none for the
        camera with most confirmed people, whose clock stands for the right time.
    """
    usable = np.isfinite(sightings.start) & np.isfinite(sightings.end) & (people >= 0)
    middle = (sightings.start + sightings.end) / 2
    visits: dict[int, dict[int, Floats]] = {}
    for camera in np.unique(sightings.cameras[usable]).tolist():
        at = usable & (sightings.cameras == camera)
        visits[camera] = {
            who: np.sort(middle[at & (people == who)]) for who in np.unique(people[at]).tolist()
        }
    if not visits:
        return []
    known = topology.passages if topology is not None else {}
    reference = max(visits, key=lambda camera: (len(visits[camera]), -camera))
    settled = {reference: (0.0, 0.0, 0)}
    waiting = set(visits) - {reference}
    while waiting:
        # The best-supported camera first, each against those whose offset is settled.
        found = [
            (estimate[2], -camera, -base, estimate)
            for camera in waiting
            for base in settled
            if (
                estimate := _offset(visits[base], visits[camera], _overlapping(known, base, camera))
            )
        ]
        if not found:
            break
        _, minus_camera, minus_base, (late, spread, count) = max(found)
        base = settled[-minus_base]
        settled[-minus_camera] = (base[0] - late, max(base[1], spread), count)
        waiting.remove(-minus_camera)
    return [
        ClockProposal(camera, offset, count, spread)
        for camera, (offset, spread, count) in sorted(settled.items())
        if abs(offset) > max(_LEAST_OFFSET, spread)
    ]


def _all_pairs(rows: Rows, labels: NDArray[np.int64], most: int = 40) -> tuple[Rows, Rows]:
    """Pairs of rows with an equal label (rows sorted by it), up to `most` places apart."""
    firsts, seconds = [], []
    for step in range(1, most + 1):
        at = np.flatnonzero(labels[rows][step:] == labels[rows][:-step])
        if not len(at):
            break
        firsts.append(rows[at])
        seconds.append(rows[at + step])
    if not firsts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(firsts), np.concatenate(seconds)


def _by_cameras(sightings: Sightings, a: Rows, b: Rows) -> dict[tuple[int, int], tuple[Rows, Rows]]:
    one, two = sightings.cameras[a], sightings.cameras[b]
    order = np.lexsort((two, one))
    change = np.flatnonzero(
        np.diff(one[order], prepend=-1, append=-1) | np.diff(two[order], prepend=-1, append=-1)
    )
    return {
        (int(one[order[begin]]), int(two[order[begin]])): (a[order[begin:end]], b[order[begin:end]])
        for begin, end in pairwise(change.tolist())
    }


def _strangers(
    sightings: Sightings,
    labels: NDArray[np.int64],
    ones: Rows,
    twos: Rows,
    generator: np.random.Generator,
) -> Floats:
    """Gaps between two people's sightings, the first camera's first."""
    a, b = generator.choice(ones, _DRAWN), generator.choice(twos, _DRAWN)
    wanted = (labels[a] != labels[b]) & (sightings.start[a] <= sightings.start[b])
    gaps: Floats = sightings.start[b[wanted]] - sightings.end[a[wanted]]
    return gaps


def _evidence(same: Floats, different: Floats) -> Floats:
    of_same = np.histogram(same, _GAPS)[0].astype(np.float64)
    of_different = np.histogram(different, _GAPS)[0] + 1.0
    of_different /= of_different.sum()
    ratio = (of_same + _PSEUDO * of_different) / ((of_same.sum() + _PSEUDO) * of_different)
    return np.clip(np.log(ratio), -_MOST, _MOST)


def _summary(times: Floats, evidence: Floats) -> Learnt:
    low, median, high = (float(value) for value in np.percentile(times, (5, 50, 95)))
    room = max(0.25 * (high - low), 1.0)
    counts, edges = np.histogram(times, _BINS, (low - room, high + room))
    return Learnt(
        len(times), low, median, high, edges, counts.astype(np.int64), _GAPS.copy(), evidence
    )


def _passage_evidence(passage: Passage, gap: Floats) -> Floats:
    if passage.learnt is not None:
        learnt = passage.learnt
        bins = np.searchsorted(learnt.gap_edges, gap, side="right") - 1
        return learnt.evidence[np.clip(bins, 0, len(learnt.evidence) - 1)]
    if passage.typical_seconds:
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.abs(np.log2(np.maximum(gap, 0.0) / passage.typical_seconds))
        near = np.where(off < 1, 1.0, 0.0)
        # Much quicker than usual is odd; slower is not: people stop, or go elsewhere first.
        return np.where((off > 2) & (gap < passage.typical_seconds), -1.0, near)
    return np.zeros(len(gap))


def _overlapping(known: Mapping[tuple[int, int], Passage], one: int, two: int) -> bool:
    found = (known.get((one, two)), known.get((two, one)))
    return any(passage is not None and passage.relation == "overlapping" for passage in found)


def _offset(
    base: dict[int, Floats], other: dict[int, Floats], overlapping: bool
) -> tuple[float, float, int] | None:
    """By how much the other camera's clock is ahead: seconds, spread, people; None if unclear."""
    differences = []
    for who in sorted(set(base) & set(other)):
        table = other[who][:, None] - base[who][None, :]
        differences.append(float(table.ravel()[np.argmin(np.abs(table))]))
    if len(differences) < _LEAST_PEOPLE:
        return None
    late = np.array(differences)
    if overlapping:
        return _middle(late)
    median, spread, count = _middle(late)
    if abs(median) > _BEYOND_ANY_WALK and spread < 0.2 * abs(median):
        return median, spread, count
    # Walks out and walks back lie on either side of the clock's offset: split at the widest gap.
    ordered = np.sort(late)
    steps = np.diff(ordered)
    cut = int(np.argmax(steps)) + 1
    there, back = ordered[cut:], ordered[:cut]
    if min(len(there), len(back)) < _LEAST_PEOPLE:
        return None
    (forth, spread_forth, _), (home, spread_home, _) = _middle(there), _middle(back)
    if steps[cut - 1] < 2 * max(spread_forth, spread_home):
        return None
    return (forth + home) / 2, max(spread_forth, spread_home), count


def _middle(values: Floats) -> tuple[float, float, int]:
    low, median, high = (float(value) for value in np.percentile(values, (25, 50, 75)))
    return median, (high - low) / 2, len(values)
