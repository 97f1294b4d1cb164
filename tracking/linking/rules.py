"""Whether two groups of tracklets may be one person: human decisions first, then time and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.linking.decisions import Decisions, settle
from tracking.linking.passages import RULES, TimeRules, Topology, time_rules
from tracking.linking.values import Conflict, Constraints, IdPairs, Rows, Sightings

TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Breach:
    """Two rows that cannot be one person, by which rule; rows are -1 for human decisions."""

    rule: str
    a: int = -1
    b: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Everything hard about n sightings; make it with `make_rules`."""

    decisions: Decisions
    times: TimeRules
    together: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Rows seen at once in one camera: CSR pointers (n + 1,) and rows."""

    def between(self, one: Sequence[int], two: Sequence[int]) -> Breach | None:
        """Why two groups of rows may not be joined, or None. Human decisions come first."""
        if self._opposed(one, two):
            return Breach("human")
        a, b = self._seen_together(np.array(one), np.array(two))
        if not len(a) and not self.times.any:
            return None
        rules = np.full(len(a), -1, np.int8)
        if self.times.any:
            left, right = np.repeat(one, len(two)), np.tile(two, len(one))
            broken = self.times.broken(left, right)
            at = np.flatnonzero(broken)
            a, b = np.concatenate([a, left[at]]), np.concatenate([b, right[at]])
            rules = np.concatenate([rules, broken[at]])
        group = self.decisions.group
        counts = np.flatnonzero(group[a] != group[b])  # where a person said same, that person wins
        if not len(counts):
            return None
        worst = counts[0]
        rule = TOGETHER if rules[worst] < 0 else RULES[rules[worst]]
        return Breach(rule, int(a[worst]), int(b[worst]))

    def _opposed(self, one: Sequence[int], two: Sequence[int]) -> bool:
        decisions = self.decisions
        if not decisions.different and not decisions.identity:
            return False
        groups_one = {int(decisions.group[row]) for row in one}
        groups_two = {int(decisions.group[row]) for row in two}
        tags_one = {decisions.identity.get(group) for group in groups_one} - {None}
        tags_two = {decisions.identity.get(group) for group in groups_two} - {None}
        if len(tags_one | tags_two) > 1:
            return True
        return any(not groups_two.isdisjoint(decisions.different.get(g, ())) for g in groups_one)

    def _seen_together(self, one: Rows, two: Rows) -> tuple[Rows, Rows]:
        if len(one) > len(two):
            a, b = self._seen_together(two, one)
            return b, a
        pointers, others = self.together
        first, last = pointers[one], pointers[one + 1]
        counts = last - first
        if not counts.any():
            return np.empty(0, np.int64), np.empty(0, np.int64)
        begin = np.cumsum(counts) - counts
        at = np.repeat(first - begin, counts) + np.arange(counts.sum())
        found = others[at]
        hit = np.isin(found, two)
        return np.repeat(one, counts)[hit], found[hit]


def make_rules(sightings: Sightings, constraints: Constraints, topology: Topology) -> Rules:
    """Compile what is hard about these sightings."""
    a, b = rows_of(sightings.ids, constraints.together)
    source, target = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.lexsort((target, source))
    pointers = np.searchsorted(source[order], np.arange(len(sightings) + 1)).astype(np.int64)
    return Rules(
        settle(sightings.ids, constraints),
        time_rules(sightings, topology),
        (pointers, target[order]),
    )


def rows_of(ids: NDArray[np.int64], pairs: IdPairs) -> tuple[Rows, Rows]:
    """Rows of pairs of ids, leaving out pairs of which an id is missing and pairs of one id."""
    order = np.argsort(ids)
    if not len(ids) or not len(pairs):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at = np.minimum(np.searchsorted(ids[order], pairs), len(ids) - 1)
    rows = order[at]
    good = (ids[rows] == pairs).all(axis=1) & (pairs[:, 0] != pairs[:, 1])
    return rows[good, 0], rows[good, 1]


def overruled(sightings: Sightings, rules: Rules) -> list[Conflict]:
    """Hard rules that human decisions break: reported, and broken all the same."""
    group = rules.decisions.group
    human = rules.decisions
    conflicts = []
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order], prepend=-1, append=-1))
    sizes = np.diff(bounds)
    for begin, size in zip(bounds[:-1][sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        rows = order[begin : begin + size]
        one, two = (rows[at] for at in np.triu_indices(size, 1))
        a, b = rules._seen_together(rows, rows)
        found = [(int(i), int(j), TOGETHER) for i, j in zip(a, b, strict=True) if i < j]
        if rules.times.any:
            broken = rules.times.broken(one, two)
            found += [
                (int(one[at]), int(two[at]), RULES[broken[at]]) for at in np.flatnonzero(broken)
            ]
        identity = human.identity.get(int(group[rows[0]]))
        for i, j, rule in sorted(found):
            tracklets = tuple(sorted((int(sightings.ids[i]), int(sightings.ids[j]))))
            known = () if identity is None else (identity,)
            conflicts.append(Conflict("same_breaks_rule", tracklets, known, (), rule))
    return conflicts
