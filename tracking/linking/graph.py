"""The sparse graph of pairs that linking weighs: who takes part, who is compared with whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracking.linking.clustering import cluster
from tracking.linking.evidence import Looks, crowd_of, looks_logits, spread_of, video_evidence
from tracking.linking.neighbours import nearest, without_camera
from tracking.linking.passages import Topology
from tracking.linking.rules import Rules, rows_of
from tracking.linking.values import (
    Constraints,
    Floats,
    IdPairs,
    LinkSettings,
    PairOdds,
    Rows,
    Sightings,
)
from tracking.topology import time_evidence

_LOOSE = -2.0
"""Log-odds down to which groups are looked at in full before the final clustering."""
_LARGEST = 80
"""Loose groups larger than this are not looked at in full: it would take too long."""


@dataclass(frozen=True, slots=True, eq=False)
class Taking:
    """Who takes part: (n,) bool each. `core` founds people; `usable` has a vector."""

    core: NDArray[np.bool_]
    poor: NDArray[np.bool_]
    usable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Pairs of rows, a < b, each once, (e,) each, and their log-odds."""

    a: Rows
    b: Rows
    logits: Floats

    def plus(self, evidence: Floats) -> Graph:
        """The same pairs with more evidence."""
        return replace(self, logits=self.logits + evidence)


def taking_part(rows: Sightings, rules: Rules, settings: LinkSettings) -> Taking:
    """Who takes part; what a person decided about takes part however poor it is."""
    seen = rows.vectors.any(axis=1) if rows.vectors.shape[1] else np.ones(len(rows), np.bool_)
    poor = ~seen | (rows.quality < settings.least_quality) | (rows.frames < settings.least_frames)
    group = rules.decisions.group
    sizes = np.bincount(group, minlength=len(rows)) if len(group) else np.empty(0, np.int64)
    human = (rules.decisions.placed > 0) | (sizes[group] > 1)
    excluded = rules.decisions.excluded
    return Taking(core=(~poor | human) & ~excluded, poor=poor & ~human, usable=seen & ~excluded)


def compare_looks(
    rows: Sightings, odds: PairOdds, taking: Taking, settings: LinkSettings, seed: int = 0
) -> Looks:
    """Nearest neighbours of those with a vector, and what is needed to compare any two."""
    usable = np.flatnonzero(taking.usable)
    vectors = without_camera(rows.vectors, rows.cameras)
    near = nearest(vectors[usable], rows.cameras[usable], settings.neighbours, settings.candidates)
    position = np.full(len(rows), -1, np.int64)
    position[usable] = np.arange(len(usable))
    crowd = np.zeros(len(rows), np.float32)
    crowd[usable] = crowd_of(near)
    return Looks(odds, vectors, near, usable, position, crowd, spread_of(vectors[usable], seed))


def usable_pairs(rows: Sightings, pairs: IdPairs, taking: Taking) -> tuple[Rows, Rows]:
    """Rows of pairs of ids of which both have a vector."""
    a, b = rows_of(rows.ids, pairs)
    there = taking.usable[a] & taking.usable[b]
    return a[there], b[there]


def joined(count: int, a: Rows, b: Rows, c: Rows, d: Rows) -> tuple[Rows, Rows]:
    """Both lists of pairs in one, sorted, a < b, each pair once."""
    one, two = np.concatenate([a, c]), np.concatenate([b, d])
    keys = np.unique(np.minimum(one, two) * max(count, 1) + np.maximum(one, two))
    return np.divmod(keys, max(count, 1))


def pair_logits(
    looks: Looks, rows: Sightings, constraints: Constraints, a: Rows, b: Rows
) -> Floats:
    """Log-odds of pairs (m,) by looks and by what one video says of two of its tracklets."""
    return looks_logits(looks, rows.cameras, a, b) + video_evidence(rows, constraints.doubled, a, b)


def completed(
    graph: Graph,
    looks: Looks,
    rows: Sightings,
    constraints: Constraints,
    topology: Topology,
    taking: Taking,
    rules: Rules,
) -> Graph:
    """Add all pairs within groups that might be one person, so that averages are of all pairs."""
    loose = cluster(graph.a, graph.b, graph.logits, taking.core & taking.usable, rules, _LOOSE)
    firsts, seconds = [graph.a], [graph.b]
    for members in loose.members.values():
        if 2 < len(members) <= _LARGEST:
            group = np.sort(np.array(members))
            one, two = np.triu_indices(len(group), 1)
            there = taking.usable[group[one]] & taking.usable[group[two]]
            firsts.append(group[one][there])
            seconds.append(group[two][there])
    count = len(rows)
    keys = np.unique(np.concatenate(firsts) * count + np.concatenate(seconds))
    new = np.setdiff1d(keys, graph.a * count + graph.b, assume_unique=True)
    a, b = np.divmod(new, count)
    logits = pair_logits(looks, rows, constraints, a, b) + time_evidence(rows, topology, a, b)
    everything = np.concatenate([graph.a * count + graph.b, new])
    order = np.argsort(everything)
    return Graph(
        *np.divmod(everything[order], count), np.concatenate([graph.logits, logits])[order]
    )
