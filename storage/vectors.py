"""The vector index: a cache of one space's vectors, searched by an exact scan.

The database is the truth. An index knows the highest row and tombstone it has seen and the space's
generation then; it reads what came after, and starts over whenever its count does not fit. Vectors
are kept as the very float16 numbers that are stored, so a score does not depend on the index.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storage import checks, vector_rows
from storage.database import Database
from storage.errors import InvalidInput
from storage.vector_cache import Cached, CacheState, load_cache, save_cache
from storage.vector_rows import Changes
from storage.vector_scan import Hits, VectorScan

__all__ = ["Hits", "VectorIndex"]

_SAVE_AFTER = 2000  # rows


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
        self._lock = threading.Lock()  # around reading or changing the scan
        self._scan = VectorScan(self.dimension)
        self._state = CacheState()
        self._unsaved = 0
        self._loaded = False

    @property
    def count(self) -> int:
        """Vectors held."""
        return len(self._scan.row_ids)

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
        self._check_queries(queries, k)
        with self._lock:
            return self._scan.search(queries, k, tracklet_ids)

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
        self._check_queries(queries, k)
        with self._lock:
            return self._scan.search_tracklets(queries, k, tracklet_ids)

    def check(self) -> list[str]:
        """How the index differs from the database, in words; empty if it does not."""
        with self._refreshing:
            if self._changes(self._state).pending:
                return [f"The index of space {self.space} is behind the database. Refresh it."]
            truth, held = self._changes(CacheState()), self._scan
            if not np.array_equal(truth.row_ids, held.row_ids):
                return [
                    f"The index of space {self.space} holds {self.count} vectors, the database "
                    f"{len(truth.row_ids)}, and not the same ones. Rebuild it."
                ]
            if self.count == 0:
                return []
            differ = (truth.codes != held.codes()).any(axis=1)
            differ |= truth.tracklet_ids != held.tracklet_ids
            if differ.any():
                return [
                    f"{differ.sum()} vectors of space {self.space} differ between index and "
                    "database. Rebuild it."
                ]
            return []

    def _check_queries(self, queries: NDArray[np.float32], k: int) -> None:
        checks.array(queries, np.float32, (None, self.dimension), "The query vectors")
        checks.finite(k, "The number of hits", 1)

    def _changes(self, since: CacheState) -> Changes:
        changes = vector_rows.changes(self._database, self.space, since)
        if changes.dimension not in (0, self.dimension):
            raise InvalidInput(
                f"Space {self.space} holds vectors of {changes.dimension} numbers, "
                f"not {self.dimension}. Check which model the index was opened for."
            )
        return changes

    def _apply(self, changes: Changes) -> int:
        dropped = 0
        scan = VectorScan(self.dimension) if changes.anew else self._scan
        if changes.anew:
            # Searches keep the old one until the new one is whole.
            dropped = self.count
            scan.add(changes.row_ids, changes.tracklet_ids, changes.codes)
        with self._lock:
            if not changes.anew:
                dropped = scan.drop(changes.buried)
                scan.add(changes.row_ids, changes.tracklet_ids, changes.codes)
            self._scan, self._state = scan, changes.state
        return dropped + len(changes.row_ids)

    def _start_over(self) -> int:
        # Nothing has this epoch, so that all is read anew; nothing and no space are both empty.
        return self._apply(self._changes(CacheState(epoch="none")))

    def _load(self) -> None:
        self._loaded = True
        cached = load_cache(self._cache_dir, self.space, self.dimension)
        if cached is None:
            return
        scan = VectorScan(self.dimension)
        scan.add(cached.row_ids, cached.tracklet_ids, cached.codes)
        with self._lock:
            self._scan, self._state = scan, cached.state

    def _save(self) -> None:
        held = self._scan
        cached = Cached(self._state, held.row_ids, held.tracklet_ids, held.codes())
        save_cache(self._cache_dir, self.space, self.dimension, cached)
        self._unsaved = 0
