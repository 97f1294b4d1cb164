"""The score the search serves: how alike a query and a tracklet are. Pure numpy.

A tracklet has one tracklet vector (its pooled strip) and the image vectors of its keyframes. So has
a clicked tracklet as a query; a photo is both at once: its one vector stands in either place.

    score = ½ · (cosine of the tracklet vectors + cosine of the best pair of keyframes)

The first term is steady (it averages pose and occlusion away), the second finds the one moment at
which both look alike. For each of five models on CUHK03 their mean had a higher mean reciprocal
rank than either term alone or the better of the two (`python -m benchmarks.calibration --compare`).
What a tracklet lacks is left out: without keyframes the first term alone counts, without a tracklet
vector the second.

Several queries for one person are combined by the mean of their scores: within half a point of the
best of the scores or above it, and unlike that not raised by the mere number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from reid_models.errors import VectorsInvalid
from reid_models.roles import Vectors

__all__ = [
    "SCORE_VERSION",
    "Kind",
    "Query",
    "best_keyframes",
    "photo_query",
    "score_all",
    "score_many",
    "tracklet_query",
]

Kind = Literal["image_image", "image_tracklet", "tracklet_tracklet"]
"""Which two things a score compares; each has its own calibration."""
Indices = npt.NDArray[np.integer]
SCORE_VERSION = 1
"""Raised when the formula changes: a calibration fits only the score it was fitted on."""
_LENGTH_TOLERANCE = 1e-2  # stored vectors come back from float16


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is looked for: a clicked tracklet or a photo. Make it with the two functions below."""

    kind: Literal["image_tracklet", "tracklet_tracklet"]
    whole: Vectors
    """(D,): the tracklet vector, or the photo's."""
    keyframes: Vectors
    """(K, D): the keyframes' vectors, K may be 0 for a tracklet; the photo's alone."""

    def __post_init__(self) -> None:
        _check_rows("the query's vector", self.whole[None] if self.whole.ndim == 1 else self.whole)
        _check_rows("the query's keyframes", self.keyframes)
        if self.whole.shape != self.keyframes.shape[1:]:
            raise VectorsInvalid(
                f"A query's vector is {self.whole.shape} and its keyframes {self.keyframes.shape}; "
                "they must be (D,) and (K, D), of one space."
            )


def photo_query(vector: Vectors) -> Query:
    """A query by one photo of a person, float32 (D,) of length 1."""
    return Query("image_tracklet", vector, vector[None])


def tracklet_query(tracklet: Vectors, keyframes: Vectors) -> Query:
    """A query by a clicked tracklet: its vector (D,) and its keyframes' (K, D), K may be 0."""
    return Query("tracklet_tracklet", tracklet, keyframes)


def score_many(query: Query, tracklets: Vectors, keyframes: Vectors, owners: Indices) -> Vectors:
    """Score N tracklets against one query.

    Args:
        query: one photo or one tracklet.
        tracklets: float32 (N, D) tracklet vectors of length 1; a row of zeros where there is none.
        keyframes: float32 (M, D) keyframe vectors of length 1, in any order.
        owners: integers (M,), the row of `tracklets` each keyframe belongs to.

    Returns:
        float32 (N,) in -1–1, the more alike the higher; -1 for a tracklet without any vector.

    Raises:
        VectorsInvalid: shapes, types or lengths do not fit.
    """
    _check_rows("tracklets", tracklets, zeros=True)
    _check_rows("keyframes", keyframes)
    if tracklets.shape[1] != query.whole.size or keyframes.shape[1] != query.whole.size:
        raise VectorsInvalid(
            f"The query has {query.whole.size} numbers, the tracklets {tracklets.shape[1]} and the "
            f"keyframes {keyframes.shape[1]}: vectors of different models cannot be compared."
        )
    _check_owners(owners, len(keyframes), len(tracklets))
    steady = tracklets @ query.whole
    steady[~tracklets.any(axis=1)] = -np.inf
    best = np.full(len(tracklets), -np.inf, np.float32)
    if len(query.keyframes):
        np.maximum.at(best, owners, (keyframes @ query.keyframes.T).max(axis=1, initial=-np.inf))
    has_steady, has_best = np.isfinite(steady), np.isfinite(best)
    either = np.where(has_steady, steady, best)
    scores = np.where(has_steady & has_best, (steady + best) / 2, either)
    return np.clip(np.where(np.isfinite(scores), scores, -1.0), -1.0, 1.0).astype(np.float32)


def score_all(
    queries: Sequence[Query], tracklets: Vectors, keyframes: Vectors, owners: Indices
) -> Vectors:
    """Score N tracklets against several queries for one person: the mean of the queries' scores.

    Returns:
        float32 (N,) in -1–1.

    Raises:
        VectorsInvalid: no query is given, or shapes, types or lengths do not fit.
    """
    if not queries:
        raise VectorsInvalid("A search needs at least one photo or tracklet to look for.")
    scores = [score_many(query, tracklets, keyframes, owners) for query in queries]
    return np.mean(scores, axis=0, dtype=np.float32)


def best_keyframes(
    queries: Sequence[Query], keyframes: Vectors, owners: Indices, count: int
) -> npt.NDArray[np.int64]:
    """The keyframe of each tracklet that is most like any of the queries: the one to show.

    Args:
        queries: one or more.
        keyframes: float32 (M, D).
        owners: integers (M,), each keyframe's tracklet, 0 to `count` - 1.
        count: number of tracklets, N.

    Returns:
        int64 (N,): rows of `keyframes`; -1 for a tracklet without keyframes.

    Raises:
        VectorsInvalid: shapes or types do not fit.
    """
    _check_rows("keyframes", keyframes)
    _check_owners(owners, len(keyframes), count)
    looks = np.concatenate([np.concatenate([q.whole[None], q.keyframes]) for q in queries])
    likeness = (keyframes @ looks.T).max(axis=1)
    order = np.lexsort((-likeness, owners))
    first = np.flatnonzero(np.diff(owners[order], prepend=-1))
    best = np.full(count, -1, np.int64)
    best[owners[order][first]] = order[first]
    return best


def _check_rows(what: str, vectors: Vectors, *, zeros: bool = False) -> None:
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise VectorsInvalid(f"{what} must be float32 (N, D), not {vectors.dtype} {vectors.shape}.")
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = ~(np.abs(lengths - 1) <= _LENGTH_TOLERANCE)  # NaN is wrong too
    if zeros:
        wrong &= lengths != 0
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise VectorsInvalid(
            f"Row {row} of {what} has length {lengths[row]:.3g}, not 1: it was not made by an "
            "embedder, or was damaged. Embed it again."
        )


def _check_owners(owners: Indices, keyframes: int, count: int) -> None:
    if owners.shape != (keyframes,) or not np.issubdtype(owners.dtype, np.integer):
        raise VectorsInvalid(
            f"There are {keyframes} keyframes, but their owners are {owners.dtype} {owners.shape}."
        )
    if len(owners) and not 0 <= owners.min() <= owners.max() < count:
        raise VectorsInvalid(
            f"Keyframes belong to tracklets {owners.min()} to {owners.max()}, "
            f"but the tracklets are 0 to {count - 1}."
        )
