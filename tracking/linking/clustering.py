"""Constrained clustering of a sparse graph of pairs: who is one person.

Average linkage, the best pair of groups first, as long as the mean log-odds of all their pairs
speak for one person; a pair that is not in the graph counts as unlikely. Averages keep two people
who look nearly alike from being chained together by a few of their tracklets. What a person
decided and what the rules forbid is never broken. Single tracklets that then fit another person
better move there. Human answers *same* join people as they were found without them, so that one
answer carries over to everything that belongs to the two; then the linkage goes on.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracking.linking.links import UNLINKED, Adjacency, Link, mean_of, plus, single_links
from tracking.linking.rules import Breach, Rules
from tracking.linking.values import Floats, Rows

_SWEEPS = 4
_FORBIDDEN = float("-inf")


@dataclass(slots=True, eq=False)
class Clusters:
    """Groups of rows that grow. `links` has what is known between groups."""

    rules: Rules
    threshold: float
    members: dict[int, list[int]] = field(default_factory=dict)
    links: dict[int, dict[int, Link]] = field(default_factory=dict)
    label: list[int] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    """The label of each row before human answers *same* joined what had been found."""
    blocked: dict[tuple[int, int], tuple[str, float]] = field(default_factory=dict)
    """Pairs of rows that a rule of time or place kept apart → the rule, the groups' log-odds."""

    def forbid(self, one: int, two: int) -> None:
        """Remember that two groups may never be joined."""
        self.links[one][two] = self.links[two][one] = (_FORBIDDEN, 0, 0.0)

    def join(self, one: int, two: int) -> None:
        """Put the second group into the first."""
        mine, theirs = self.links[one], self.links.pop(two)
        mine.pop(two, None)
        theirs.pop(one, None)
        for other, link in theirs.items():
            known = mine.get(other)
            far = self.links[other]
            del far[two]
            mine[other] = far[one] = link if known is None else plus(known, link)
        moved = self.members.pop(two)
        self.members[one].extend(moved)
        for row in moved:
            self.label[row] = one


def cluster(
    a: Rows, b: Rows, logits: Floats, takes_part: NDArray[np.bool_], rules: Rules, threshold: float
) -> Clusters:
    """Cluster n rows.

    Args:
        a, b: (e,) rows of pairs.
        logits: (e,) log-odds that they are one person.
        takes_part: (n,) bool; other rows stay alone.
        rules: what is hard.
        threshold: log-odds from which two groups are joined.
    """
    both = takes_part[a] & takes_part[b]
    a, b, logits = a[both], b[both], logits[both]
    clusters = _begin(len(takes_part), a, b, logits, rules, threshold)
    grow(clusters)
    graph = Adjacency.of(len(takes_part), a, b, logits)
    for _ in range(_SWEEPS):
        if not _sweep(clusters, graph):
            break
    clusters.found = list(clusters.label)
    _relink(clusters, graph)
    apply_same(clusters, graph)
    grow(clusters)
    return clusters


def _begin(
    count: int, a: Rows, b: Rows, logits: Floats, rules: Rules, threshold: float
) -> Clusters:
    """Everybody alone, but for those placed in one identity."""
    placed = rules.decisions.placed
    first: dict[int, int] = {}
    label = list(range(count))
    for row in np.flatnonzero(placed).tolist():
        label[row] = first.setdefault(int(placed[row]), row)
    clusters = Clusters(rules, threshold, label=label)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(label):
        members[group].append(row)
    clusters.members = dict(members)
    clusters.links = {group: {} for group in members}
    links = clusters.links
    for row, other, look, against in zip(
        a.tolist(), b.tolist(), *single_links(logits), strict=True
    ):
        one, two = label[row], label[other]
        if one != two:
            known = links[one].get(two)
            link = (look, 1, against) if known is None else plus(known, (look, 1, against))
            links[one][two] = links[two][one] = link
    return clusters


def grow(clusters: Clusters) -> None:
    """Join the best two groups until no two are likely enough."""
    links, members = clusters.links, clusters.members
    heap = [entry for one in list(links) for entry in _offers(clusters, one) if entry[1] == one]
    heapq.heapify(heap)
    while heap:
        minus, one, two, size_one, size_two = heapq.heappop(heap)
        if one not in members or two not in members:
            continue
        if (len(members[one]), len(members[two])) != (size_one, size_two):
            continue
        breach = clusters.rules.between(members[one], members[two])
        if breach is not None:
            _remember(clusters, breach, -minus)
            clusters.forbid(one, two)
            continue
        clusters.join(one, two)
        for entry in list(_offers(clusters, one)):
            heapq.heappush(heap, entry)


def _offers(clusters: Clusters, one: int) -> Iterator[tuple[float, int, int, int, int]]:
    """Groups that a group may be joined with: (-mean, the two, their sizes now)."""
    members, threshold = clusters.members, clusters.threshold
    size = len(members[one])
    for two, link in clusters.links[one].items():
        other = len(members[two])
        mean = mean_of(link, size * other)
        if mean < threshold:
            continue
        if one < two:
            yield -mean, one, two, size, other
        else:
            yield -mean, two, one, other, size


def _remember(clusters: Clusters, breach: Breach, mean: float) -> None:
    if breach.rule == "human":
        return
    key = min(breach.a, breach.b), max(breach.a, breach.b)
    if key not in clusters.blocked or clusters.blocked[key][1] < mean:
        clusters.blocked[key] = (breach.rule, mean)


def apply_same(clusters: Clusters, graph: Adjacency) -> None:
    """Join what a person called the same, with all that belongs to it as far as that is allowed."""
    group = clusters.rules.decisions.group
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order], prepend=-1, append=-1)).tolist()
    changed = False
    for begin, end in pairwise(bounds):
        if end - begin < 2:
            continue
        rows = sorted(order[begin:end].tolist())
        if len({clusters.label[row] for row in rows}) > 1:
            _unite(clusters, rows)
            changed = True
    if changed:
        _relink(clusters, graph)


def _unite(clusters: Clusters, rows: list[int]) -> None:
    wanted = set(rows)
    parts = sorted(
        {clusters.label[row] for row in rows}, key=lambda g: (-len(clusters.members[g]), g)
    )
    whole = parts[0]
    for part in parts[1:]:
        theirs = clusters.members[part]
        if clusters.rules.between(clusters.members[whole], theirs) is None:
            _move(clusters, theirs, whole)
            continue
        ours = [row for row in theirs if row in wanted]
        _release(clusters, whole, ours, wanted)
        _move(clusters, ours, whole)


def _release(clusters: Clusters, whole: int, coming: list[int], wanted: set[int]) -> None:
    """Put out of a group what may not be together with those who come; they are there by right."""
    group = clusters.rules.decisions.group
    atoms: defaultdict[int, list[int]] = defaultdict(list)
    for row in clusters.members[whole]:
        if row not in wanted:
            atoms[int(group[row])].append(row)
    for atom in atoms.values():
        if clusters.rules.between(atom, coming) is not None:
            _move(clusters, atom, None)


def _move(clusters: Clusters, rows: list[int], to: int | None) -> None:
    """Move rows to a group, or to a new one of their own. Links are not kept up to date."""
    rows = list(rows)
    if to is None:
        to = _free_number(clusters, rows)
        clusters.members[to] = []
    for row in rows:
        source = clusters.label[row]
        clusters.members[source].remove(row)
        if not clusters.members[source]:
            del clusters.members[source]
        clusters.members[to].append(row)
        clusters.label[row] = to


def _free_number(clusters: Clusters, rows: list[int]) -> int:
    """A number for a new group: one of its rows where that is free, else beyond all."""
    for row in rows:
        if row not in clusters.members:
            return row
    return max(clusters.members) + 1 + len(clusters.label)


def _relink(clusters: Clusters, graph: Adjacency) -> None:
    """Reckon the links between groups anew."""
    links: dict[int, dict[int, Link]] = {}
    for group, rows in clusters.members.items():
        links[group] = graph.towards(rows, clusters.label)
    clusters.links = links


def _sweep(clusters: Clusters, graph: Adjacency) -> bool:
    """Move whoever fits another person better; those who must be one move together."""
    group, placed = clusters.rules.decisions.group, clusters.rules.decisions.placed
    moved = False
    for row in range(len(clusters.label)):
        own = clusters.label[row]
        size = len(clusters.members[own])
        if size < 2 or placed[row]:
            continue
        atom = [other for other in clusters.members[own] if group[other] == group[row]]
        if row != min(atom) or len(atom) == size or placed[atom].any():
            continue
        towards = graph.towards(atom, clusters.label)
        stay = mean_of(towards.pop(own, UNLINKED), len(atom) * (size - len(atom)))
        to = _better(clusters, atom, towards, max(stay, clusters.threshold) + 1e-9)
        if to is not None or stay < clusters.threshold - 1e-9:
            _move(clusters, atom, to)
            moved = True
    return moved


def _better(
    clusters: Clusters,
    atom: list[int],
    towards: dict[int, Link],
    least: float,
) -> int | None:
    """The allowed group that fits best, if its mean is more than `least`."""
    means = (
        (-mean_of(link, len(atom) * len(clusters.members[other])), other)
        for other, link in towards.items()
    )
    for _, other in sorted(each for each in means if -each[0] > least):
        if clusters.rules.between(atom, clusters.members[other]) is None:
            return other
    return None
