"""Scores of many pairs of tracklets at once, for matching: the formula of `scoring`, in batches."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from reid_models.errors import VectorsInvalid
from reid_models.roles import Vectors

__all__ = ["Rows", "pair_scores"]

Rows = npt.NDArray[np.integer]
Halves = npt.NDArray[np.float16]
_BATCH = 4096  # pairs at once: their keyframes take some 35 MB at 256 numbers a vector


def pair_scores(
    tracklets: Vectors, keyframes: Vectors | Halves, owners: Rows
) -> Callable[[Rows, Rows], Vectors]:
    """Prepare the vectors of N tracklets for scoring any pairs of them.

    Args:
        tracklets: float32 (N, D) tracklet vectors of length 1; a row of zeros where there is none.
        keyframes: (M, D) keyframe vectors of length 1, float16 (as stored) or float32.
        owners: integers (M,), the row of `tracklets` each keyframe belongs to, in any order.

    Returns:
        A function of two integer arrays (P,) of rows: float32 (P,) in -1–1, what
        `scoring.score_many` gives for each pair; -1 where one of the two has no vector to compare.

    Raises:
        VectorsInvalid: shapes do not fit.
    """
    count = len(tracklets)
    if tracklets.ndim != 2 or keyframes.ndim != 2 or tracklets.shape[1] != keyframes.shape[1]:
        raise VectorsInvalid(
            f"Tracklet vectors {tracklets.shape} and keyframe vectors {keyframes.shape} must be "
            "(N, D) and (M, D), of one space."
        )
    if owners.shape != (len(keyframes),):
        raise VectorsInvalid(f"{len(keyframes)} keyframes have owners {owners.shape}.")
    if len(owners) and not 0 <= owners.min() <= owners.max() < count:
        raise VectorsInvalid(f"Keyframes belong to rows outside of the {count} tracklets.")
    has_whole: npt.NDArray[np.bool_] = np.any(tracklets, axis=1)
    places, has_keyframes = _places(owners, count)

    def score(left: Rows, right: Rows) -> Vectors:
        left, right = np.asarray(left), np.asarray(right)
        order = np.argsort(left, kind="stable")
        found = np.empty(len(left), np.float32)
        for begin in range(0, len(left), _BATCH):
            part = order[begin : begin + _BATCH]
            found[part] = batch(left[part], right[part])
        return found

    def batch(left: Rows, right: Rows) -> Vectors:
        steady = np.einsum("pd,pd->p", tracklets[left], tracklets[right])
        whole = has_whole[left] & has_whole[right]
        both: npt.NDArray[np.bool_] = has_keyframes[left] & has_keyframes[right]
        best = np.zeros(len(left), np.float32)
        best[both] = best_pairs(left[both], right[both])
        parts = whole.astype(np.float32) + both
        total = np.where(whole, steady, 0) + best
        mean = np.divide(total, parts, out=np.full(len(left), -1, np.float32), where=parts > 0)
        return np.clip(mean, -1.0, 1.0).astype(np.float32)

    def best_pairs(left: Rows, right: Rows) -> Vectors:
        found = np.empty(len(left), np.float32)
        borders = np.flatnonzero(np.diff(left, prepend=-1, append=-1))
        for begin, end in pairwise(borders.tolist()):
            own = keyframes[places[left[begin]]].astype(np.float32, copy=False)
            others = keyframes[places[right[begin:end]]].reshape(-1, own.shape[1])
            alike = others.astype(np.float32, copy=False) @ own.T
            found[begin:end] = alike.reshape(end - begin, -1).max(axis=1)
        return found

    return score


def _places(owners: Rows, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """(N, K) rows of each tracklet's keyframes, the last one repeated: that changes no maximum."""
    order = np.argsort(owners, kind="stable")
    numbers = np.bincount(owners, minlength=count)
    widest = int(numbers.max(initial=0))
    begins = np.cumsum(numbers) - numbers
    column = np.minimum(np.arange(max(widest, 1))[None], np.maximum(numbers - 1, 0)[:, None])
    if not len(order):
        return np.zeros((count, 1), np.int64), np.zeros(count, np.bool_)
    rows = np.minimum(begins[:, None] + column, len(order) - 1)
    return order[rows].astype(np.int64), numbers > 0
