"""Exact nearest vectors by scanning all of them: FAISS over float16, filtered, in memory only."""

from __future__ import annotations

from typing import Any, NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

_SLACK = 16  # more candidates than asked for, so that the order of equals does not depend on them


class Hits(NamedTuple):
    """Best first. Rows past the number of allowed vectors hold -inf and -1."""

    scores: NDArray[np.float32]  # (q, k)
    row_ids: NDArray[np.int64]  # (q, k)
    tracklet_ids: NDArray[np.int64]  # (q, k)


def _no_hits(queries: int, k: int) -> Hits:
    return Hits(
        np.full((queries, k), -np.inf, np.float32),
        np.full((queries, k), -1, np.int64),
        np.full((queries, k), -1, np.int64),
    )


class VectorScan:
    """Float16 vectors in the order they were added, each with its row id and its tracklet.

    Not safe among threads by itself.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.row_ids: NDArray[np.int64] = np.empty(0, np.int64)
        self.tracklet_ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._index = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )

    def add(
        self,
        row_ids: NDArray[np.int64],
        tracklet_ids: NDArray[np.int64],
        codes: NDArray[np.uint8],
    ) -> None:
        """Append vectors: ids (n,), and codes (n, 2 * dimension), little-endian float16."""
        if len(row_ids) == 0:
            return
        self._index.add_sa_codes(np.ascontiguousarray(codes))
        self.row_ids = np.concatenate([self.row_ids, row_ids])
        self.tracklet_ids = np.concatenate([self.tracklet_ids, tracklet_ids])

    def drop(self, tracklet_ids: NDArray[np.int64]) -> int:
        """Drop all vectors of these tracklets; returns how many there were."""
        gone = np.isin(self.tracklet_ids, tracklet_ids)
        count = int(np.count_nonzero(gone))
        if count:
            self._index.remove_ids(_selector(gone))  # the others keep their order
            self.row_ids = self.row_ids[~gone]
            self.tracklet_ids = self.tracklet_ids[~gone]
        return count

    def codes(self) -> NDArray[np.uint8]:
        """A copy of all codes, (n, 2 * dimension)."""
        flat = faiss.vector_to_array(self._index.codes)
        return flat.reshape(len(self.row_ids), 2 * self.dimension)

    def search(
        self, queries: NDArray[np.float32], k: int, tracklet_ids: NDArray[np.int64] | None
    ) -> Hits:
        """The k largest inner products of each query, among these tracklets (None: all)."""
        allowed = None if tracklet_ids is None else np.isin(self.tracklet_ids, tracklet_ids)
        return self._best(queries, k, allowed)

    def search_tracklets(
        self, queries: NDArray[np.float32], k: int, tracklet_ids: NDArray[np.int64] | None
    ) -> Hits:
        """As `search`, but each tracklet once, by its best vector."""
        allowed = None if tracklet_ids is None else np.isin(self.tracklet_ids, tracklet_ids)
        owners = self.tracklet_ids if allowed is None else self.tracklet_ids[allowed]
        goal = min(k, len(np.unique(owners)))
        take = 4 * k
        while True:
            best = _once_each(self._best(queries, min(take, max(len(owners), 1)), allowed), k)
            if take >= len(owners) or not len(queries):
                return best
            if (best.tracklet_ids >= 0).sum(axis=1).min() >= goal:
                return best
            take *= 4

    def _best(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None
    ) -> Hits:
        within = len(self.row_ids) if allowed is None else int(np.count_nonzero(allowed))
        hits = _no_hits(len(queries), k)
        found = min(k, within)
        if found == 0 or len(queries) == 0:
            return hits
        take = min(k + _SLACK, within)
        places = self._scan(queries, take, allowed)
        for at, (query, place) in enumerate(zip(queries, places, strict=True)):
            # Scored again, each vector by itself: the scan's sums depend on its blocks.
            scores = (self._index.reconstruct_batch(place) * query).sum(axis=1, dtype=np.float32)
            order = np.lexsort((self.row_ids[place], -scores))[:found]
            hits.scores[at, :found] = scores[order]
            hits.row_ids[at, :found] = self.row_ids[place[order]]
            hits.tracklet_ids[at, :found] = self.tracklet_ids[place[order]]
        return hits

    def _scan(
        self, queries: NDArray[np.float32], take: int, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        parameters: Any = None
        if allowed is not None:
            make: Any = faiss.SearchParameters  # the stubs know no keywords
            parameters = make(sel=_selector(allowed))
        places: NDArray[np.int64]
        _, places = self._index.search(np.ascontiguousarray(queries), take, params=parameters)
        return places


def _selector(chosen: NDArray[np.bool_]) -> Any:
    make: Any = faiss.IDSelectorBitmap  # the stubs know the C++ signature, not the wrapper's
    return make(np.packbits(chosen, bitorder="little"))


def _once_each(hits: Hits, k: int) -> Hits:
    kept = _no_hits(len(hits.scores), k)
    for at, owners in enumerate(hits.tracklet_ids):
        _, first = np.unique(owners, return_index=True)
        first = np.sort(first[owners[first] >= 0])[:k]
        kept.scores[at, : len(first)] = hits.scores[at, first]
        kept.row_ids[at, : len(first)] = hits.row_ids[at, first]
        kept.tracklet_ids[at, : len(first)] = hits.tracklet_ids[at, first]
    return kept
