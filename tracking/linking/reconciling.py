"""From clusters to stable identities: the smallest change to what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.linking.values import IdPairs


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
    """An identity of which two or more parts go on; `into` has itself first, then keys or ids."""

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
        new, merged, split, changed: as lists, ascending; an identity may be in several.
        kept: identities that stay exactly as they are.
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
) -> Proposal:
    """Give clusters the identities that change least.

    Clusters and identities are matched so that as many tracklets as possible stay where they are.
    A cluster with a pinned tracklet gets that tracklet's identity; a cluster never gets an identity
    that one of its tracklets is barred from; what is left over becomes new. Nothing is renumbered.

    Args:
        ids: (n,) tracklet ids that took part.
        labels: (n,) cluster of each, -1 for unassigned.
        current: tracklet id → identity id, for those assigned; tracklets that are not in `ids` are
            left alone (and hold their identity).
        pinned: tracklet id → identity id, placed by a person; never moved.
        barred: (b, 2) tracklet id, identity id.
    """
    raise NotImplementedError
