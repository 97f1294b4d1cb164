"""From clusters to stable identities: the smallest change to what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.linking.values import IdPairs

_PINNED = 1e6


@dataclass(frozen=True, slots=True)
class New:
    """An identity to be created: its key (negative), its tracklet ids."""

    key: int
    tracklets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Identities (`sources`) whose tracklets all move into another (`into`)."""

    into: int
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """An identity whose tracklets go separate ways: `into` are ids or keys, its own first."""

    person: int
    into: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """An identity that gains or loses tracklets."""

    person: int
    added: tuple[int, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What shall change.

    Args:
        ids: (n,) int64 tracklet ids, as given.
        identities: (n,) int64: an existing identity's id, a negative key of a new one, or 0 for
            unassigned.
        moved: (n,) bool: where this differs from the current assignment.
        new, merged, split, changed: ascending; an identity may be in several.
        kept: how many identities stay exactly as they are.
    """

    ids: NDArray[np.int64]
    identities: NDArray[np.int64]
    moved: NDArray[np.bool_]
    new: tuple[New, ...]
    merged: tuple[Merged, ...]
    split: tuple[Split, ...]
    changed: tuple[Changed, ...]
    kept: int


def reconcile(
    ids: NDArray[np.int64],
    labels: NDArray[np.int64],
    current: Mapping[int, int],
    pinned: Mapping[int, int] | None = None,
    barred: IdPairs | None = None,
    held: NDArray[np.int64] | None = None,
) -> Proposal:
    """Give clusters the identities that change least.

    Clusters and identities are matched so that as many tracklets as possible stay where they are.
    A cluster that decisions bind to an identity gets it; else one with a pinned tracklet gets that
    tracklet's identity; a cluster never gets an identity that one of its tracklets is barred from,
    unless newer decisions bind it there; what is left over becomes new. Nothing is renumbered.

    Args:
        ids: (n,) tracklet ids that took part.
        labels: (n,) cluster of each, negative for unassigned.
        current: tracklet id → identity id, for those assigned; tracklets that are not in `ids` are
            left alone (and hold their identity).
        pinned: tracklet id → identity id, placed by a person; never moved. Where a cluster holds
            pins of several identities (an answer that came later overruled one), most pins win
            the cluster and the others' tracklets stay with their own identities.
        barred: (b, 2) tracklet id, identity id; a pin to the same identity overrules it.
        held: (n,) as in `Linking`; None: nothing is known of it.
    """
    pinned = pinned or {}
    everyone = ids.tolist()
    now = np.array([current.get(each, 0) for each in everyone], np.int64)
    bound = np.zeros(len(ids), np.int64) if held is None else held
    identities = _named(everyone, labels, now, pinned, _by_tracklet(barred), bound)
    for row, each in enumerate(everyone):
        if each in pinned:
            identities[row] = pinned[each]
    return Proposal(ids, identities, identities != now, *_changes(ids, now, identities, current))


def _by_tracklet(pairs: IdPairs | None) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for tracklet, identity in () if pairs is None else pairs.tolist():
        found[tracklet].add(identity)
    return found


def _named(
    ids: list[int],
    labels: NDArray[np.int64],
    now: NDArray[np.int64],
    pinned: Mapping[int, int],
    barred: Mapping[int, set[int]],
    held: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(n,) identity of each row, 0 where the label is negative."""
    overlap: defaultdict[tuple[int, int], float] = defaultdict(float)
    first: dict[int, int] = {}
    never: defaultdict[int, set[int]] = defaultdict(set)
    for each, label, identity in zip(ids, labels.tolist(), now.tolist(), strict=True):
        if label < 0:
            continue
        first[label] = min(each, first.get(label, each))
        if identity:
            overlap[label, identity] += 1.0
        if each in pinned:
            overlap[label, pinned[each]] += _PINNED
        never[label] |= barred.get(each, set()) - {pinned.get(each, 0)}
    owner = {
        label: identity
        for label, identity in zip(labels.tolist(), held.tolist(), strict=True)
        if label >= 0 and identity
    }
    taken = set(owner.values())
    free = {
        (label, identity): weight
        for (label, identity), weight in overlap.items()
        if label not in owner and identity not in taken and identity not in never[label]
    }
    owner |= _best_matching(free)
    key = 0
    for label in sorted(first, key=first.__getitem__):
        if label not in owner:
            key -= 1
            owner[label] = key
    return np.array([owner[label] if label >= 0 else 0 for label in labels.tolist()], np.int64)


def _best_matching(weights: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Match clusters to identities one to one with the greatest sum of weights."""
    from scipy.optimize import linear_sum_assignment

    matched: dict[int, int] = {}
    for part in _connected(weights):
        rows = sorted({label for label, _ in part})
        columns = sorted({identity for _, identity in part})
        table = np.zeros((len(rows), len(columns)))
        for label, identity in part:
            # A hair of preference for the older identity keeps ties from being arbitrary.
            preference = 1e-4 * columns.index(identity) / len(columns)
            table[rows.index(label), columns.index(identity)] = weights[label, identity]
            table[rows.index(label), columns.index(identity)] -= preference
        for row, column in zip(*linear_sum_assignment(-table), strict=True):
            if (rows[row], columns[column]) in weights:
                matched[rows[row]] = columns[column]
    return matched


def _connected(pairs: Mapping[tuple[int, int], float]) -> list[list[tuple[int, int]]]:
    """Pairs grouped by what they are connected through, in a fixed order."""
    by_label: defaultdict[int, list[int]] = defaultdict(list)
    by_identity: defaultdict[int, list[int]] = defaultdict(list)
    for label, identity in sorted(pairs):
        by_label[label].append(identity)
        by_identity[identity].append(label)
    parts = []
    seen: set[int] = set()
    for start in sorted(by_label):
        if start in seen:
            continue
        seen.add(start)
        queue, part = [start], []
        while queue:
            label = queue.pop()
            for identity in by_label[label]:
                part.append((label, identity))
                for other in by_identity[identity]:
                    if other not in seen:
                        seen.add(other)
                        queue.append(other)
        parts.append(part)
    return parts


def _changes(
    ids: NDArray[np.int64],
    now: NDArray[np.int64],
    then: NDArray[np.int64],
    current: Mapping[int, int],
) -> tuple[tuple[New, ...], tuple[Merged, ...], tuple[Split, ...], tuple[Changed, ...], int]:
    members: defaultdict[int, list[int]] = defaultdict(list)
    added: defaultdict[int, list[int]] = defaultdict(list)
    removed: defaultdict[int, list[int]] = defaultdict(list)
    ways: defaultdict[int, set[int]] = defaultdict(set)
    for each, old, new in sorted(zip(ids.tolist(), now.tolist(), then.tolist(), strict=True)):
        members[new].append(each)
        if old and new:
            ways[old].add(new)
        if old != new:
            added[new].append(each)
            removed[old].append(each)
    taking_part = set(ids.tolist())
    for each, identity in current.items():
        if each not in taking_part:
            ways[identity].add(identity)
    new = [
        New(key, tuple(members[key])) for key in sorted((k for k in members if k < 0), reverse=True)
    ]
    gone: defaultdict[int, list[int]] = defaultdict(list)
    split = []
    for person, into in sorted(ways.items()):
        if len(into) > 1:
            split.append(Split(person, tuple(sorted(into, key=lambda to: (to != person, to)))))
        elif into != {person} and min(into) > 0:
            gone[min(into)].append(person)
    merged = [Merged(into, tuple(sources)) for into, sources in sorted(gone.items())]
    touched = sorted(each for each in {*added, *removed} if each > 0)
    changed = [Changed(each, tuple(added[each]), tuple(removed[each])) for each in touched]
    kept = len(set(current.values()) - set(touched))
    return tuple(new), tuple(merged), tuple(split), tuple(changed), kept
