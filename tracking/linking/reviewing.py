"""Which doubtful pairs a person should judge, most useful first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.special import expit, logit

from tracking.linking.links import MISSING, MOST
from tracking.linking.passages import Topology
from tracking.linking.rules import Rules, make_rules, rows_of
from tracking.linking.values import (
    Constraints,
    Floats,
    IdPairs,
    LinkSettings,
    ReviewPair,
    Rows,
    Sightings,
)

_HOPELESS = 0.03
"""Questions whose answer is as certain as this either way are not asked."""
_SHIFT = 1.2
"""Log-odds by which groups are likelier to be one person than the mean of their pairs says, as
measured on simulated sites: one person's sides differ, and the best pairs weigh most."""
_QUALITY = 2.0
"""How many log-odds of likeness a good picture is worth when an example is chosen."""
_LARGEST = 400


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    value: float
    probability: float
    one: Rows
    two: Rows
    together: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """The edges of n rows, and each row's edges: `at[pointers[i]:pointers[i + 1]]`."""

    a: Rows
    b: Rows
    logits: Floats
    pointers: NDArray[np.int64]
    at: NDArray[np.int64]

    def of(self, row: int) -> tuple[Rows, Floats]:
        """The other ends of a row's edges, and their log-odds."""
        mine = self.at[self.pointers[row] : self.pointers[row + 1]]
        return self.a[mine] + self.b[mine] - row, self.logits[mine]


def review_pairs(
    sightings: Sightings,
    labels: NDArray[np.int64],
    edges: IdPairs,
    probability: NDArray[np.float32],
    constraints: Constraints,
    topology: Topology,
    settings: LinkSettings,
    limit: int,
) -> list[ReviewPair]:
    """The pairs worth asking about, by expected number of pair decisions an answer would change.

    A question stands for two groups: two people who may be one, or the two halves of a person who
    may be two. Each is shown by a good and typical example. Nothing is asked that a person already
    decided or that a hard rule settles.

    Args:
        sightings: those concerned (all, or the affected people only); vectors may be (n, 0).
        labels: (n,) the present person of each, negative for none.
        edges: (e, 2) tracklet ids; those of other tracklets are ignored.
        probability: (e,).
        constraints: as for `link`.
        topology: as for `link`.
        settings: as for `link`.
        limit: at most so many, one a pair of groups; no pair of tracklets comes twice.
    """
    order = np.argsort(sightings.ids)
    rows, people = sightings.take(order), labels[order]
    rules = make_rules(rows, constraints, topology)
    there = np.isin(edges, rows.ids).all(axis=1)
    a, b = rows_of(rows.ids, edges[there])
    logits = np.clip(
        logit(np.clip(probability[there].astype(np.float64), 1e-7, 1 - 1e-7)), -MOST, MOST
    )
    pairs = _indexed(len(rows), a, b, logits)
    shift = _SHIFT - float(logit(settings.decide))
    questions = [*_merges(pairs, people, shift), *_splits(pairs, people, rules, shift)]
    questions.sort(key=lambda q: (-q.value, int(q.one[0]), int(q.two[0])))
    asked: dict[tuple[int, int], ReviewPair] = {}
    for question in questions:
        if len(asked) >= limit:
            break
        if not question.together and rules.between(question.one.tolist(), question.two.tolist()):
            continue
        shown = _shown(question, rows, pairs)
        asked.setdefault((shown.a, shown.b), shown)  # two halvings of one person may show the same
    return list(asked.values())


def _indexed(count: int, a: Rows, b: Rows, logits: Floats) -> _Pairs:
    ends = np.concatenate([a, b])
    order = np.argsort(ends, kind="stable")
    pointers = np.searchsorted(ends[order], np.arange(count + 1))
    return _Pairs(a, b, logits, pointers, order % max(len(a), 1))


def _merges(pairs: _Pairs, people: NDArray[np.int64], shift: float) -> Iterator[_Question]:
    """Two people who may be one."""
    members, begin = _members(people)
    one, two = people[pairs.a], people[pairs.b]
    apart = (one >= 0) & (two >= 0) & (one != two)
    low, high = np.minimum(one[apart], two[apart]), np.maximum(one[apart], two[apart])
    count = int(people.max(initial=-1)) + 1
    keys, at = np.unique(low * count + high, return_inverse=True)
    total = np.bincount(at, pairs.logits[apart], minlength=len(keys))
    known = np.bincount(at, minlength=len(keys))
    low, high = np.divmod(keys, max(count, 1))
    sizes = np.diff(begin)
    every = sizes[low] * sizes[high]
    mean = (total + (every - known) * MISSING) / np.maximum(every, 1)
    chance = expit(mean + shift)
    for key in np.flatnonzero(chance >= _HOPELESS).tolist():
        first, second = (members[begin[g] : begin[g + 1]] for g in (low[key], high[key]))
        yield _Question(float(every[key] * chance[key]), float(chance[key]), first, second, False)


def _splits(
    pairs: _Pairs, people: NDArray[np.int64], rules: Rules, shift: float
) -> Iterator[_Question]:
    """The two halves of a person who may be two: where average linkage would cut first."""
    members, begin = _members(people)
    group = rules.decisions.group
    position = np.full(len(people), -1, np.int64)
    for start, end in zip(begin[:-1].tolist(), begin[1:].tolist(), strict=True):
        rows = members[start:end]
        if not 2 <= len(rows) <= _LARGEST:
            continue
        position[rows] = np.arange(len(rows))
        table = np.full((len(rows), len(rows)), MISSING)
        for i, row in enumerate(rows.tolist()):
            others, logits = pairs.of(row)
            mine = position[others] >= 0
            table[i, position[others[mine]]] = logits[mine]
        position[rows] = -1
        same = group[rows][:, None] == group[rows][None, :]
        table[same] = len(rows) ** 2 * MOST
        condensed = (len(rows) ** 2 * MOST - table)[np.triu_indices(len(rows), 1)]
        half = fcluster(linkage(condensed, "average"), 2, "maxclust") == 1
        if half.all() or not half.any() or same[np.ix_(half, ~half)].any():
            continue
        yield from _doubts(rows, half, table, shift)
        weakest = np.zeros(len(rows), np.bool_)
        weakest[np.argmin(np.where(np.eye(len(rows), dtype=bool), 0, table).sum(axis=1))] = True
        if (weakest != half).any() and (weakest == half).any() and not same[weakest].sum() > 1:
            yield from _doubts(rows, weakest, table, shift)


def _doubts(
    rows: Rows, half: NDArray[np.bool_], table: Floats, shift: float
) -> Iterator[_Question]:
    """Whether these rows of a person and the others are one, if that is not beyond doubt."""
    between = table[np.ix_(half, ~half)]
    chance = float(expit(between.mean() + shift))
    if 1 - chance >= _HOPELESS:
        yield _Question(between.size * (1 - chance), chance, rows[half], rows[~half], True)


def _members(people: NDArray[np.int64]) -> tuple[Rows, NDArray[np.int64]]:
    """Rows sorted by person, and where each person begins."""
    order = np.argsort(people, kind="stable")
    count = int(people.max(initial=-1)) + 1
    return order, np.searchsorted(people[order], np.arange(count + 1))


def _shown(question: _Question, rows: Sightings, pairs: _Pairs) -> ReviewPair:
    first = _example(question.one, rows, pairs)
    second = _example(question.two, rows, pairs)
    concerned = set(question.one.tolist()) | set(question.two.tolist())
    rival: tuple[float, int] | None = None
    for row in (first, second):
        for other, log_odds in zip(*(each.tolist() for each in pairs.of(row)), strict=True):
            if other not in concerned and (rival is None or log_odds > rival[0]):
                rival = (log_odds, int(rows.ids[other]))
    a, b = sorted((int(rows.ids[first]), int(rows.ids[second])))
    return ReviewPair(
        a=a,
        b=b,
        probability=question.probability,
        value=question.value,
        rival=None if rival is None else (rival[1], float(expit(rival[0]))),
        together=question.together,
    )


def _example(group: Rows, rows: Sightings, pairs: _Pairs) -> int:
    """The row that shows a group best: most like the rest of it, and a good picture."""
    wanted = set(group.tolist())
    best: tuple[float, int] | None = None
    for row in group.tolist():
        others, logits = pairs.of(row)
        mine = [
            value
            for other, value in zip(others.tolist(), logits.tolist(), strict=True)
            if other in wanted
        ]
        rest = len(group) - 1
        alike = (sum(mine) + (rest - len(mine)) * MISSING) / rest if rest else 0.0
        score = (alike + _QUALITY * float(rows.quality[row]), -row)
        if best is None or score > best:
            best = score
    assert best is not None
    return -best[1]
