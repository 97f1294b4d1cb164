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
    """The graph row by row."""

    pointers: list[int]
    others: list[int]
    logits: list[float]

    @staticmethod
    def of(count: int, a: Rows, b: Rows, logits: Floats) -> Adjacency:
        """Of n rows and (e,) pairs."""
        source, target = np.concatenate([a, b]), np.concatenate([b, a])
        order = np.lexsort((target, source))
        pointers = np.searchsorted(source[order], np.arange(count + 1))
        both = np.concatenate([logits, logits])
        return Adjacency(pointers.tolist(), target[order].tolist(), both[order].tolist())

    def towards(self, rows: list[int], label: list[int]) -> dict[int, Link]:
        """Sum and number of log-odds from some rows to all others, by group."""
        found: dict[int, Link] = {}
        own = set(rows)
        for row in rows:
            for at in range(self.pointers[row], self.pointers[row + 1]):
                if self.others[at] in own:
                    continue
                group = label[self.others[at]]
                found[group] = plus(found.get(group, UNLINKED), one_pair(self.logits[at]))
        return found


def one_pair(logit: float) -> Link:
    """The link that one pair of rows makes by its log-odds."""
    if logit < MARK:
        return 0.0, 1, logit - MARK
    return min(max(logit, -MOST), MOST), 1, 0.0


def plus(one: Link, two: Link) -> Link:
    """Both links in one."""
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def mean_of(link: Link, pairs: int) -> float:
    """Mean log-odds of the pairs between two groups, and what counts in full."""
    total, count, against = link
    return (total + (pairs - count) * MISSING) / pairs + max(against, -TWO_PLACES)
