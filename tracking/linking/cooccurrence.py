"""Two tracklets of one video at once: two people for certain, or one person boxed twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracking.geometry import area, boxed_twice
from tracking.values import Tracklet

Pairs = NDArray[np.int64]
LEAST_SHARED = 3
_APART = 0.3
_INSIDE = 0.85
_MOSTLY = 0.7


def co_occurring(tracklets: Sequence[Tracklet]) -> tuple[Pairs, Pairs]:
    """Which tracklets of one video were seen at once.

    Args:
        tracklets: all of one video.

    Returns:
        Two arrays (r, 2) and (d, 2) of positions in `tracklets`, a < b, sorted. `together`: two
        people for certain, apart (IoU below 0.3, neither box inside the other) in three or more of
        the frames they share. `doubled`: one person boxed twice, as nearly equal boxes or as a
        part and the whole, in most of the frames of the shorter of the two. A pair may be in
        neither; none is in both.
    """
    if not tracklets:
        return np.empty((0, 2), np.int64), np.empty((0, 2), np.int64)
    owner = np.repeat(np.arange(len(tracklets)), [len(t) for t in tracklets])
    frame = np.concatenate([t.frames for t in tracklets])
    boxes = np.concatenate([t.boxes for t in tracklets])
    order = np.lexsort((owner, frame))
    owner, frame, boxes = owner[order], frame[order], boxes[order]
    first, second = _pairs_of_runs(frame)
    apart = _apart(boxes[first], boxes[second])
    near = np.flatnonzero(~apart)
    keys, where = np.unique(owner[first] * len(tracklets) + owner[second], return_inverse=True)
    shared = np.bincount(where, minlength=len(keys))
    times_apart = np.bincount(where, apart, minlength=len(keys)).astype(np.int64)
    twice = np.bincount(
        where[near], boxed_twice(boxes[first[near]], boxes[second[near]]), minlength=len(keys)
    )
    pairs = np.stack(np.divmod(keys, len(tracklets)), axis=1).astype(np.int64)
    lengths = np.array([len(t) for t in tracklets])
    doubled = (shared >= LEAST_SHARED) & (twice >= _MOSTLY * lengths[pairs].min(axis=1))
    together = (times_apart >= LEAST_SHARED) & ~doubled
    return pairs[together], pairs[doubled]


def _pairs_of_runs(frame: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of positions with an equal value, of a sorted array."""
    run_end = np.searchsorted(frame, frame, side="right")
    following = run_end - np.arange(len(frame)) - 1
    first = np.repeat(np.arange(len(frame)), following)
    begin = np.cumsum(following) - following
    return first, first + 1 + np.arange(len(first)) - np.repeat(begin, following)


def _apart(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which pairs of boxes (m, 4) are clearly two people's."""
    sides = np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0)
    shared = sides[:, 0] * sides[:, 1]
    smaller = np.minimum(area(a), area(b))
    union = area(a) + area(b) - shared
    result: NDArray[np.bool_] = (shared < _APART * union) & (shared <= _INSIDE * smaller)
    return result
