"""From clusters to labels: the poor attached where that is nearly certain, confidences, order."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tracking.linking.clustering import Clusters
from tracking.linking.links import MISSING, UNLINKED, Adjacency, mean_of
from tracking.linking.values import Floats

_NEARLY_CERTAIN = 2.2  # log-odds of 0.9


def attach_poor(clusters: Clusters, graph: Adjacency, poor: NDArray[np.bool_]) -> list[bool]:
    """Give poor tracklets to the people they nearly certainly are.

    Args:
        clusters: of everybody else; poor rows are alone in it.
        graph: with the poor rows' pairs.
        poor: (n,) bool.

    Returns:
        n flags: whether the row is assigned.
    """
    assigned = (~poor).tolist()
    found = []
    for row in np.flatnonzero(poor).tolist():
        for other, link in graph.towards([row], clusters.label).items():
            if not assigned[clusters.members[other][0]]:
                continue
            mean = mean_of(link, len(clusters.members[other]))
            if mean >= _NEARLY_CERTAIN:
                found.append((-mean, row, other))
    for _, row, other in sorted(found):
        if assigned[row] or clusters.rules.between([row], clusters.members[other]) is not None:
            continue
        own = clusters.label[row]
        del clusters.members[own]
        clusters.members[other].append(row)
        clusters.label[row] = other
        clusters.found[row] = clusters.found[clusters.members[other][0]]
        assigned[row] = True
    return assigned


def confidences(clusters: Clusters, graph: Adjacency) -> Floats:
    """How probable it is that each row belongs where it was put, (n,) in 0–1.

    Its own people (as found before human answers joined some), the likeliest others, and being
    somebody else are weighed against each other by mean log-odds.
    """
    result = np.ones(len(clusters.label))
    found, members = Counter(clusters.found), clusters.members
    decisions = clusters.rules.decisions
    for row, own in enumerate(clusters.label):
        if decisions.placed[row]:
            continue
        mine = graph.towards([row], clusters.found)
        rest = found[clusters.found[row]] - 1
        stay = mean_of(mine.get(clusters.found[row], UNLINKED), rest) if rest > 0 else 0.0
        towards = graph.towards([row], clusters.label)
        others = [
            mean_of(link, len(members[other])) for other, link in towards.items() if other != own
        ]
        against = np.exp(max(others, default=MISSING)) + (1.0 if rest > 0 else 0.0)
        result[row] = np.exp(stay) / (np.exp(stay) + against)
    return result


def numbered(labels: list[int], assigned: list[bool]) -> NDArray[np.int64]:
    """Labels from 0 in the order of rows, -1 for the unassigned."""
    number: dict[int, int] = {}
    return np.array(
        [
            number.setdefault(label, len(number)) if there else -1
            for label, there in zip(labels, assigned, strict=True)
        ],
        np.int64,
    )
