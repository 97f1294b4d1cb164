"""The vector index: a cache of one space's vectors, searched by an exact scan.

The database is the truth. An index knows the highest row and tombstone it has seen and the space's
generation then; it reads what came after, and starts over whenever its count does not fit. Vectors
are kept as the very float16 numbers that are stored, so a score does not depend on the index.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from storage import checks, vector_rows
from storage.database import Database
from storage.errors import InvalidInput
from storage.vector_cache import CacheState, load_cache, save_cache
from storage.vector_rows import Changes

_SLACK = 16  # more candidates than asked for, so that the order of equals does not depend on them
_SAVE_AFTER = 2000  # rows


class Hits(NamedTuple):
    """Best first. Rows past the number of allowed vectors hold -inf and -1."""

    scores: NDArray[np.float32]  # (q, k)
    row_ids: NDArray[np.int64]  # (q, k)
    tracklet_ids: NDArray[np.int64]  # (q, k)


class VectorIndex:
    """One space's vectors in memory, kept equal to the database by `refresh`.

    Safe to share between threads; every process has its own and notices the others' changes.
    """

    def __init__(self, database: Database, space: str, dimension: int, cache_dir: Path) -> None:
        """An index that is empty until `refresh`.

        Args:
            database: the truth.
            space: which vectors; it need not be registered yet.
            dimension: of its vectors.
            cache_dir: for the cache files, made if need be; safe to delete at any time.
        """
        self.space = space
        self.dimension = int(checks.finite(dimension, "The dimension", 1, 4096))
        self._database = database
        self._cache_dir = Path(cache_dir)
        self._refreshing = threading.Lock()  # one refresh at a time; searches go on meanwhile
        self._lock = threading.Lock()  # around reading or changing what follows
        self._clear()
        self._unsaved = 0
        self._loaded = False

    @property
    def count(self) -> int:
        """Vectors held."""
        return len(self._row_ids)

    def refresh(self) -> int:
        """Catch up with the database; returns how many vectors were added and dropped.

        Cheap when nothing changed (one small query). Raises what reading the database raises,
        and InvalidInput if the space has another dimension there.
        """
        with self._refreshing:
            if not self._loaded:
                self._load()
            changed = self._apply(self._changes(self._state))
            if self.count != self._state.vectors:
                changed += self._start_over()
            self._unsaved += changed
            if self._unsaved >= max(_SAVE_AFTER, self.count // 20):
                self._save()
            return changed

    def rebuild(self) -> int:
        """Forget the cache, read everything from the database, save; returns the count."""
        with self._refreshing:
            self._loaded = True
            self._start_over()
            self._save()
            return self.count

    def save(self) -> None:
        """Write the cache file if anything changed since (at the end of a process, say)."""
        with self._refreshing:
            if self._unsaved:
                self._save()

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        tracklet_ids: NDArray[np.int64] | None = None,
    ) -> Hits:
        """The vectors with the largest inner products, exactly; equals by row id.

        Args:
            queries: (q, dimension) float32, L2-normalised.
            k: how many, 1 or more.
            tracklet_ids: int64; only vectors of these tracklets. None: of all.

        Returns:
            (q, k) each; min(k, allowed) vectors are always found, the rest is -inf and -1.

        Raises:
            InvalidInput: a query is not as above.
        """
        checks.array(queries, np.float32, (None, self.dimension), "The query vectors")
        checks.finite(k, "The number of hits", 1)
        with self._lock:
            allowed = None if tracklet_ids is None else np.isin(self._owners, tracklet_ids)
            within = self.count if allowed is None else int(np.count_nonzero(allowed))
            return self._scan(queries, k, allowed, within)

    def search_tracklets(
        self,
        queries: NDArray[np.float32],
        k: int,
        tracklet_ids: NDArray[np.int64] | None = None,
    ) -> Hits:
        """The tracklets with the best single vectors: like `search`, but each tracklet once.

        Returns (q, k) each, `row_ids` being the tracklet's best vector; min(k, tracklets with a
        vector that are allowed) are always found.
        """
        checks.array(queries, np.float32, (None, self.dimension), "The query vectors")
        checks.finite(k, "The number of tracklets", 1)
        with self._lock:
            allowed = None if tracklet_ids is None else np.isin(self._owners, tracklet_ids)
            owners = self._owners if allowed is None else self._owners[allowed]
            goal = min(k, len(np.unique(owners)))
            take = 4 * k
            while True:
                hits = self._scan(queries, min(take, max(len(owners), 1)), allowed, len(owners))
                best = _once_each(hits, k)
                if take >= len(owners) or (best.tracklet_ids >= 0).sum(axis=1).min() >= goal:
                    return best
                take *= 4

    def check(self) -> list[str]:
        """How the index differs from the database, in words; empty if it does not."""
        with self._refreshing:
            if self._changes(self._state).pending:
                return [f"The index of space {self.space} is behind the database. Refresh it."]
            everything = self._changes(CacheState())
            if not np.array_equal(everything.row_ids, self._row_ids):
                return [
                    f"The index of space {self.space} holds {self.count} vectors, the database "
                    f"{len(everything.row_ids)}, and not the same ones. Rebuild it."
                ]
            same = (everything.codes == self._codes()).all(axis=1)
            same &= everything.tracklet_ids == self._owners
            if not same.all():
                return [
                    f"{(~same).sum()} vectors of space {self.space} differ between index and "
                    "database. Rebuild it."
                ]
            return []

    def _scan(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None, within: int
    ) -> Hits:
        found = min(k, within)
        hits = Hits(
            np.full((len(queries), k), -np.inf, np.float32),
            np.full((len(queries), k), -1, np.int64),
            np.full((len(queries), k), -1, np.int64),
        )
        if found == 0 or len(queries) == 0:
            return hits
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        take = min(k + _SLACK, within)
        _, places = self._index.search(np.ascontiguousarray(queries), take, params=parameters)
        for at, (query, place) in enumerate(zip(queries, places, strict=True)):
            vectors = self._index.reconstruct_batch(place)
            scores = (vectors @ query).astype(np.float32)
            order = np.lexsort((self._row_ids[place], -scores))[:found]
            hits.scores[at, :found] = scores[order]
            hits.row_ids[at, :found] = self._row_ids[place[order]]
            hits.tracklet_ids[at, :found] = self._owners[place[order]]
        return hits

    def _changes(self, since: CacheState) -> Changes:
        changes = vector_rows.changes(self._database, self.space, since)
        if changes.dimension not in (0, self.dimension):
            raise InvalidInput(
                f"Space {self.space} holds vectors of {changes.dimension} numbers, "
                f"not {self.dimension}. Check which model the index was opened for."
            )
        return changes

    def _apply(self, changes: Changes) -> int:
        with self._lock:
            before = self.count
            if changes.anew:
                self._clear()
            elif len(changes.buried):
                keep = ~np.isin(self._owners, changes.buried)
                if not keep.all():
                    bits = np.packbits(~keep, bitorder="little")
                    self._index.remove_ids(faiss.IDSelectorBitmap(bits))
                    self._row_ids = self._row_ids[keep]
                    self._owners = self._owners[keep]
            dropped = before - self.count
            added = len(changes.row_ids)
            if added:
                self._add(changes.row_ids, changes.tracklet_ids, changes.codes)
            self._state = changes.state
            return dropped + added

    def _start_over(self) -> int:
        with self._lock:
            self._state = CacheState()
        return self._apply(self._changes(CacheState()))

    def _add(
        self, row_ids: NDArray[np.int64], owners: NDArray[np.int64], codes: NDArray[np.uint8]
    ) -> None:
        self._index.add_sa_codes(np.ascontiguousarray(codes))
        self._row_ids = np.concatenate([self._row_ids, row_ids])
        self._owners = np.concatenate([self._owners, owners])

    def _clear(self) -> None:
        self._index = faiss.IndexScalarQuantizer(
            self.dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._row_ids = np.empty(0, np.int64)
        self._owners = np.empty(0, np.int64)
        self._state = CacheState()

    def _codes(self) -> NDArray[np.uint8]:
        flat = faiss.vector_to_array(self._index.codes)
        return flat.reshape(self.count, 2 * self.dimension)

    def _load(self) -> None:
        self._loaded = True
        cached = load_cache(self._cache_dir, self.space, self.dimension)
        if cached is None:
            return
        with self._lock:
            self._clear()
            self._add(cached.row_ids, cached.tracklet_ids, cached.codes)
            self._state = cached.state

    def _save(self) -> None:
        save_cache(
            self._cache_dir,
            self.space,
            self.dimension,
            self._state,
            self._row_ids,
            self._owners,
            self._codes(),
        )
        self._unsaved = 0


def _once_each(hits: Hits, k: int) -> Hits:
    kept = Hits(
        np.full((len(hits.scores), k), -np.inf, np.float32),
        np.full((len(hits.scores), k), -1, np.int64),
        np.full((len(hits.scores), k), -1, np.int64),
    )
    for at, owners in enumerate(hits.tracklet_ids):
        _, first = np.unique(owners, return_index=True)
        first = np.sort(first[owners[first] >= 0])[:k]
        for whole, best in zip(hits, kept, strict=True):
            best[at, : len(first)] = whole[at, first]
    return kept
