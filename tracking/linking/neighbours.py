"""Which pairs of tracklets are worth a closer look, and who else they look like.

For each pair of cameras the nearest neighbours, exactly, after each camera's own look is taken out;
then k-reciprocal sets and their Jaccard similarity (Zhong et al., Re-ranking Person
Re-identification with k-reciprocal Encoding, 2017) on that sparse graph alone, so that work grows
with the number of candidates and not with the square of the number of tracklets.
"""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tracking.linking.values import Floats, Rows

_CAMERA_WEIGHT = 30.0
_ALL_WEIGHT = 100.0
_RECIPROCAL = 20
_LEAST_RECIPROCAL = 3
_SHARE = 8
_EXPANSION = 6
_SHARPNESS = 6.0
_PART = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Candidates of n tracklets.

    Args:
        rows: (n, c) int64, the nearest first; -1 where there are fewer.
        likeness: (n, c) float32 cosine after the cameras' looks are taken out; -1 likewise.
        a, b: (e,) int64 rows, a < b, sorted: every pair that is near from either side.
        cosine: (e,) float32, their likeness.
    """

    rows: NDArray[np.int64]
    likeness: NDArray[np.float32]
    a: Rows
    b: Rows
    cosine: NDArray[np.float32]


def without_camera(vectors: NDArray[np.float32], cameras: NDArray[np.int32]) -> NDArray[np.float32]:
    """Take out what all tracklets of a camera have in common: its light, its angle.

    The mean of few tracklets says more about the people than the camera, so it is drawn towards
    the mean of all, and that towards nothing.

    Args:
        vectors: (n, D) of length 1, or zero.
        cameras: (n,).

    Returns:
        (n, D) float32 of length 1, or zero.
    """
    whole = vectors.sum(axis=0) / (len(vectors) + _ALL_WEIGHT)
    result = np.empty_like(vectors)
    for camera in np.unique(cameras):
        at = cameras == camera
        count = int(at.sum())
        own = (vectors[at].sum(axis=0) + _CAMERA_WEIGHT * whole) / (count + _CAMERA_WEIGHT)
        result[at] = vectors[at] - own
    result[~vectors.any(axis=1)] = 0.0
    lengths = np.linalg.norm(result, axis=1, keepdims=True)
    return np.divide(result, lengths, out=np.zeros_like(result), where=lengths > 0)


def nearest(
    vectors: NDArray[np.float32],
    cameras: NDArray[np.int32],
    per_camera: int,
    kept: int,
) -> Neighbours:
    """The nearest `per_camera` in every camera, of which the nearest `kept` stay.

    Args:
        vectors: (n, D) from `without_camera`, rows that can be compared only (no zeros).
        cameras: (n,).
        per_camera: at least 1; a tracklet's own camera is one of the cameras.
        kept: at least 1.
    """
    count = len(vectors)
    width = min(kept, max(count - 1, 1))
    rows = np.full((count, 0), -1, np.int64)
    likeness = np.empty((count, 0), np.float32)
    for camera in np.unique(cameras):
        there = np.flatnonzero(cameras == camera)
        wanted = min(per_camera + 1, len(there))  # one more: a tracklet finds itself
        found, at = faiss.knn(vectors, vectors[there], wanted, metric=faiss.METRIC_INNER_PRODUCT)
        theirs = there[at]
        itself = theirs == np.arange(count)[:, None]
        rows = np.concatenate([rows, np.where(itself, -1, theirs)], axis=1)
        likeness = np.concatenate([likeness, np.where(itself, -2.0, found)], axis=1)
        rows, likeness = _best(rows, likeness.astype(np.float32), width)
    a, b, cosine = _pairs(rows, likeness, count)
    return Neighbours(rows, likeness, a, b, cosine)


def jaccard(neighbours: Neighbours, a: Rows, b: Rows) -> Floats:
    """How much the k-reciprocal neighbourhoods of pairs of rows have in common, (m,) in 0–1."""
    count = len(neighbours.rows)
    most = max(count // _SHARE, _LEAST_RECIPROCAL)
    k = min(_RECIPROCAL, most, neighbours.rows.shape[1])
    source = np.repeat(np.arange(count), k)
    target = neighbours.rows[:, :k].ravel()
    there = target >= 0
    weight = np.exp(_SHARPNESS * (neighbours.likeness[:, :k].ravel() - 1.0))
    shape = (count, count)
    directed = sparse.csr_matrix(
        (weight[there].astype(np.float32), (source[there], target[there])), shape
    )
    mutual = directed.minimum(directed.T).tocsr() + sparse.identity(count, np.float32, "csr")
    near = min(_EXPANSION, k // 2)
    target = neighbours.rows[:, :near].ravel()
    there = target >= 0
    source = np.repeat(np.arange(count), near)
    expand = sparse.csr_matrix(
        (np.ones(int(there.sum()), np.float32), (source[there], target[there])), shape
    ).multiply(mutual > 0).tocsr() + sparse.identity(count, np.float32, "csr")
    spread = (expand @ mutual).tocsr()
    total = np.asarray(spread.sum(axis=1)).ravel()
    spread = sparse.diags(1.0 / total).astype(np.float32) @ spread
    spread = spread.tocsr()
    spread.sort_indices()
    result = np.empty(len(a))
    for start in range(0, len(a), _PART):
        part = slice(start, start + _PART)
        shared = np.asarray(spread[a[part]].minimum(spread[b[part]]).sum(axis=1)).ravel()
        result[part] = shared / (2.0 - shared)
    return np.clip(result, 0.0, 1.0)


def _best(
    rows: NDArray[np.int64], likeness: NDArray[np.float32], width: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :width]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(likeness, order, axis=1)


def _pairs(
    rows: NDArray[np.int64], likeness: NDArray[np.float32], count: int
) -> tuple[Rows, Rows, NDArray[np.float32]]:
    source = np.repeat(np.arange(count), rows.shape[1])
    target, cosine = rows.ravel(), likeness.ravel()
    there = target >= 0
    source, target, cosine = source[there], target[there], cosine[there]
    low, high = np.minimum(source, target), np.maximum(source, target)
    keys, first = np.unique(low * count + high, return_index=True)
    a, b = np.divmod(keys, count)
    return a, b, cosine[first]
