"""Re-ranking by k-reciprocal neighbours (Zhong et al., Re-ranking Person Re-identification, 2017).

Two who are among each other's nearest neighbours are probably one person; two who share such
neighbours, too. Everything is kept sparse: of a row of distances only the k1 nearest are looked at,
so that a gallery of Market-1501's size takes minutes and little memory. The result depends on all
queries and the whole gallery together; a search with one query ranks differently.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reid_models.roles import Vectors

__all__ = ["rerank"]

Floats = npt.NDArray[np.float32]
_BLOCK = 512


def rerank(
    queries: Vectors, gallery: Vectors, *, k1: int = 20, k2: int = 6, weight: float = 0.3
) -> Floats:
    """Distances after re-ranking.

    Args:
        queries: (Q, D), rows of length 1.
        gallery: (G, D), rows of length 1.
        k1: neighbours that can be reciprocal.
        k2: neighbours over which a row is averaged; 1: none.
        weight: share of the original distance in the result, 0–1.

    Returns:
        float32 (Q, G) in 0–1, smaller is more alike:
        (1 - weight) · Jaccard distance + weight · distance scaled to at most 1.
    """
    from scipy import sparse

    everything = np.concatenate([queries, gallery])
    count = len(everything)
    wanted = min(max(k1, k2) + 1, count)
    nearest = np.empty((count, wanted), np.int64)
    largest = np.empty(count, np.float32)
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        table = np.maximum(2.0 - 2.0 * everything[rows] @ everything.T, 0.0)
        table[rows - start, rows] = -1.0  # oneself comes first, also among copies
        part = np.argpartition(table, wanted - 1, axis=1)[:, :wanted]
        values = np.take_along_axis(table, part, axis=1)
        order = np.lexsort((part, values), axis=1)
        nearest[rows] = np.take_along_axis(part, order, axis=1)
        largest[rows] = np.maximum(table.max(axis=1), 1e-12)

    full = _reciprocal(nearest[:, : k1 + 1])
    half = _reciprocal(nearest[:, : round(k1 / 2) + 1])
    weights = _encode(everything, largest, full, half)
    if k2 > 1:
        taken = nearest[:, :k2]
        ones = np.full(taken.size, 1.0 / taken.shape[1], np.float32)
        mean = sparse.csr_matrix(
            (ones, taken.ravel(), np.arange(0, taken.size + 1, taken.shape[1])),
            shape=(count, count),
        )
        weights = (mean @ weights).tocsr()
    split = len(queries)
    result = _jaccard(weights[:split], weights[split:].tocsc())
    original = np.maximum(2.0 - 2.0 * queries @ gallery.T, 0.0) / largest[:split, None]
    return ((1.0 - weight) * result + weight * original).astype(np.float32)


def _reciprocal(nearest: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """For each row those of its nearest that have the row among their own nearest."""
    count = len(nearest)
    back = (nearest[nearest] == np.arange(count)[:, None, None]).any(axis=2)
    return [row[mutual] for row, mutual in zip(nearest, back, strict=True)]


def _encode(
    everything: Vectors,
    largest: Floats,
    full: list[npt.NDArray[np.int64]],
    half: list[npt.NDArray[np.int64]],
) -> Any:
    """Rows of exp(-distance) over each one's expanded reciprocal neighbours, summing to 1."""
    from scipy import sparse

    starts, columns, values = [0], [], []
    for row, own in enumerate(full):
        grown = [own]
        for other in own:
            theirs = half[other]
            if len(np.intersect1d(theirs, own, assume_unique=True)) > 2 / 3 * len(theirs):
                grown.append(theirs)
        members = np.unique(np.concatenate(grown))
        squared = np.maximum(2.0 - 2.0 * everything[members] @ everything[row], 0.0)
        share = np.exp(-squared / largest[row])
        columns.append(members)
        values.append((share / share.sum()).astype(np.float32))
        starts.append(starts[-1] + len(members))
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), starts),
        shape=(len(full), len(full)),
    )


def _jaccard(queries: Any, gallery: Any) -> npt.NDArray[np.floating]:
    """1 - Σ min / Σ max between sparse rows that sum to 1 (gallery by columns)."""
    shared = np.zeros((queries.shape[0], gallery.shape[0]), np.float32)
    for row in range(queries.shape[0]):
        first, last = queries.indptr[row : row + 2]
        for column, value in zip(
            queries.indices[first:last], queries.data[first:last], strict=True
        ):
            begin, end = gallery.indptr[column : column + 2]
            shared[row, gallery.indices[begin:end]] += np.minimum(gallery.data[begin:end], value)
    return 1.0 - shared / (2.0 - shared)
