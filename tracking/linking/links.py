"""What the pairs between two groups say together, and the sparse graph row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracking.linking.at_once import MARK
from tracking.linking.values import Floats, Rows

MISSING = -7.0
"""Log-odds of a pair that is not in the graph: not near enough to be looked at."""
MOST = 12.0
"""Log-odds beyond this, either way, are cut: no pair shall outvote all the others."""
TWO_PLACES = 8.0
"""Being in two places at once never says more than this against joining two groups."""
Link = tuple[float, int, float]
"""Between two groups: the sum of their pairs' log-odds, the number of these pairs, and what pairs
in two places at once say against them (0 or less), which counts in full."""
UNLINKED: Link = (0.0, 0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """The graph row by row: neighbours of row i are at `pointers[i]` to `pointers[i + 1]`.

    Lists, not arrays: they are read one by one, millions of times.
    """

    pointers: list[int]
    others: list[int]
    looks: list[float]
    against: list[float]

    @staticmethod
    def of(count: int, a: Rows, b: Rows, logits: Floats) -> Adjacency:
        """Of n rows and (e,) pairs."""
        source, target = np.concatenate([a, b]), np.concatenate([b, a])
        order = np.lexsort((target, source))
        pointers = np.searchsorted(source[order], np.arange(count + 1))
        looks, against = single_links(np.concatenate([logits, logits])[order])
        return Adjacency(pointers.tolist(), target[order].tolist(), looks, against)

    def towards(self, rows: list[int], label: list[int]) -> dict[int, Link]:
        """Sum and number of log-odds from some rows to all others, by group."""
        found: dict[int, Link] = {}
        own = set(rows)
        others, looks, against = self.others, self.looks, self.against
        for row in rows:
            for at in range(self.pointers[row], self.pointers[row + 1]):
                other = others[at]
                if other in own:
                    continue
                group = label[other]
                link = found.get(group)
                if link is None:
                    found[group] = looks[at], 1, against[at]
                else:
                    found[group] = link[0] + looks[at], link[1] + 1, link[2] + against[at]
        return found


def single_links(logits: Floats) -> tuple[list[float], list[float]]:
    """The links that single pairs make by their log-odds (e,): first and last part of `Link`."""
    marked = np.flatnonzero(logits < MARK)
    looks = np.clip(logits, -MOST, MOST)
    looks[marked] = 0.0
    against = [0.0] * len(logits)
    for at in marked.tolist():
        against[at] = float(logits[at] - MARK)
    return looks.tolist(), against


def plus(one: Link, two: Link) -> Link:
    """Both links in one."""
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def mean_of(link: Link, pairs: int) -> float:
    """Mean log-odds of the pairs between two groups, and what counts in full."""
    total, count, against = link
    looks = (total + (pairs - count) * MISSING) / pairs
    return looks + max(against, -TWO_PLACES) if against else looks
