"""What people decided, made free of contradictions: who must be one person, and who must not be.

Every decision says *same* or *different* about two things: two tracklets, or a tracklet and an
identity. The newest is taken first; one that contradicts those already taken is set aside and
reported. Existing assignments that a run shall keep come after all of them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracking.linking.values import Conflict, Constraints

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class _Item:
    """A decision about two nodes: rows from 0, identities behind them."""

    one: int
    two: int
    same: bool
    order: int


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Decisions on n rows that all hold together.

    Args:
        group: (n,) int64: rows that must be one person share a number.
        identity: group → the identity it belongs to, for groups that have one.
        different: group → groups it must not join.
        placed: (n,) int64: the identity that a row was placed in or is kept in, 0 for none.
        excluded: (n,) bool.
        conflicts: what was set aside.
    """

    group: NDArray[np.int64]
    identity: dict[int, int]
    different: dict[int, set[int]]
    placed: NDArray[np.int64]
    excluded: NDArray[np.bool_]
    conflicts: tuple[Conflict, ...]

    def held(self) -> NDArray[np.int64]:
        """The identity that decisions bind each row to, (n,), 0 for none."""
        return np.array([self.identity.get(group, 0) for group in self.group.tolist()], np.int64)

    def oppose(self, one: int, two: int) -> bool:
        """Whether two groups must not be one person."""
        if two in self.different.get(one, ()):
            return True
        first, second = self.identity.get(one), self.identity.get(two)
        return first is not None and second is not None and first != second


def settle(ids: NDArray[np.int64], constraints: Constraints) -> Decisions:
    """Find the decisions that hold for these rows.

    Args:
        ids: (n,) tracklet ids.
        constraints: decisions on these or other tracklets.
    """
    sets = _Sets(ids, constraints)
    for item in _human(sets, constraints):
        sets.take(item, "answers")
    for item in _lookalikes_of_barred(sets, constraints):
        sets.take(item, None)
    for item in _kept(sets, constraints):
        sets.take(item, "kept_apart")
    return sets.result(np.isin(ids, constraints.excluded))


@dataclass(slots=True, eq=False)
class _Sets:
    """Union-find over rows and identities that remembers who must stay apart and why."""

    ids: NDArray[np.int64]
    constraints: Constraints
    row: dict[int, int] = field(init=False)
    parent: list[int] = field(init=False)
    tag: dict[int, int] = field(default_factory=dict)
    apart: dict[int, dict[int, _Item]] = field(default_factory=lambda: defaultdict(dict))
    links: dict[int, list[tuple[int, _Item]]] = field(default_factory=lambda: defaultdict(list))
    placed: dict[int, int] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    nodes: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        excluded = set(self.constraints.excluded.tolist())
        self.row = {each: row for row, each in enumerate(self.ids.tolist()) if each not in excluded}
        self.parent = list(range(len(self.ids)))

    def node(self, identity: int) -> int:
        """The node that stands for an identity."""
        if identity not in self.nodes:
            self.nodes[identity] = len(self.parent)
            self.tag[len(self.parent)] = identity
            self.parent.append(len(self.parent))
        return self.nodes[identity]

    def root(self, node: int) -> int:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def take(self, item: _Item, kind: str | None) -> None:
        """Let a decision hold, or note the conflict."""
        one, two = self.root(item.one), self.root(item.two)
        if item.same:
            against = self._against_joining(one, two)
            if against is None:
                self._join(one, two)
                self.links[item.one].append((item.two, item))
                self.links[item.two].append((item.one, item))
                if item.two >= len(self.ids):
                    self.placed[item.one] = self.tag[self.root(item.two)]
                return
        elif one != two:
            self.apart[one].setdefault(two, item)
            self.apart[two].setdefault(one, item)
            return
        else:
            against = self._path(item.one, item.two)
        if kind == "answers" and item.same:
            against = self._reasons(item, against)
        if kind is not None:
            self._note(kind, [item, *against])

    def _against_joining(self, one: int, two: int) -> list[_Item] | None:
        if one == two:
            return None
        if two in self.apart[one]:
            return [self.apart[one][two]]
        first, second = self.tag.get(one, _NOBODY), self.tag.get(two, _NOBODY)
        return None if _NOBODY in (first, second) or first == second else []

    def _reasons(self, item: _Item, against: list[_Item]) -> list[_Item]:
        """The decisions that together rule out a *same*: what parts the two, what leads there."""
        one, two = self.root(item.one), self.root(item.two)
        if not against:
            ends = self.nodes[self.tag[one]], self.nodes[self.tag[two]]
        else:
            ends = against[0].one, against[0].two
            if self.root(ends[0]) != one:
                ends = ends[1], ends[0]
        return [*against, *self._path(item.one, ends[0]), *self._path(item.two, ends[1])]

    def _join(self, one: int, two: int) -> None:
        if one == two:
            return
        if len(self.apart[one]) < len(self.apart[two]):
            one, two = two, one
        self.parent[two] = one
        for other, item in self.apart.pop(two).items():
            self.apart[other].pop(two, None)
            self.apart[other].setdefault(one, item)
            self.apart[one].setdefault(other, item)
        if two in self.tag:
            self.tag[one] = self.tag.pop(two)

    def _path(self, start: int, end: int) -> list[_Item]:
        """The decisions that make two nodes one person."""
        came: dict[int, tuple[int, _Item] | None] = {start: None}
        queue = deque([start])
        while queue and end not in came:
            node = queue.popleft()
            for other, item in self.links[node]:
                if other not in came:
                    came[other] = (node, item)
                    queue.append(other)
        path = []
        step = came.get(end)
        while step is not None:
            path.append(step[1])
            step = came[step[0]]
        return path

    def _note(self, kind: str, items: list[_Item]) -> None:
        identity = {node: each for each, node in self.nodes.items()}
        ends = {end for item in items for end in (item.one, item.two)}
        self.conflicts.append(
            Conflict(
                kind="answers" if kind == "answers" else "kept_apart",
                tracklets=tuple(sorted(int(self.ids[e]) for e in ends if e < len(self.ids))),
                identities=tuple(sorted(identity[e] for e in ends if e in identity)),
                orders=tuple(sorted({item.order for item in items if item.order >= 0})),
            )
        )

    def result(self, excluded: NDArray[np.bool_]) -> Decisions:
        roots = [self.root(row) for row in range(len(self.ids))]
        different = {
            root: set(others)
            for root, others in self.apart.items()
            if others and root in self.apart
        }
        placed = np.zeros(len(self.ids), np.int64)
        for row, identity in self.placed.items():
            placed[row] = identity
        return Decisions(
            group=np.array(roots, np.int64),
            identity=dict(self.tag),
            different=different,
            placed=placed,
            excluded=excluded,
            conflicts=tuple(self.conflicts),
        )


def _human(sets: _Sets, constraints: Constraints) -> Iterator[_Item]:
    """Human decisions, the newest first; of equal age the greater ids first."""
    items = []
    for (a, b), same, order in zip(
        constraints.judged.tolist(),
        constraints.judged_same.tolist(),
        constraints.judged_order.tolist(),
        strict=True,
    ):
        if a in sets.row and b in sets.row and a != b:
            items.append((order, 1, max(a, b), min(a, b), same))
    for pairs, orders, same in (
        (constraints.pinned, constraints.pinned_order, True),
        (constraints.barred, constraints.barred_order, False),
    ):
        for (tracklet, identity), order in zip(pairs.tolist(), orders.tolist(), strict=True):
            if tracklet in sets.row:
                items.append((order, 0, tracklet, identity, same))
    for order, between_tracklets, one, two, same in sorted(items, reverse=True):
        other = sets.row[two] if between_tracklets else sets.node(two)
        yield _Item(sets.row[one], other, bool(same), order)


def _lookalikes_of_barred(sets: _Sets, constraints: Constraints) -> Iterator[_Item]:
    """Barred from an identity that nothing is pinned to: different from those now in it."""
    pinned = set(constraints.pinned[:, 1].tolist())
    now: defaultdict[int, list[int]] = defaultdict(list)
    wanted = {identity for identity in constraints.barred[:, 1].tolist() if identity not in pinned}
    for tracklet, identity in sorted(constraints.current.items()):
        if identity in wanted and tracklet in sets.row:
            now[identity].append(tracklet)
    for tracklet, identity in sorted(constraints.barred.tolist()):
        for other in now[identity]:
            if tracklet in sets.row and other != tracklet:
                yield _Item(sets.row[tracklet], sets.row[other], False, -1)


def _kept(sets: _Sets, constraints: Constraints) -> Iterator[_Item]:
    for tracklet, identity in sorted(constraints.kept.items()):
        if tracklet in sets.row:
            yield _Item(sets.row[tracklet], sets.node(identity), True, -1)
