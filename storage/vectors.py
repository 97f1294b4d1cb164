"""The vector index: a cache of one space's vectors, searched by an exact scan."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.database import Database


class Hits(NamedTuple):
    """Best first. Rows past the number of allowed vectors hold -inf and -1."""

    scores: NDArray[np.float32]  # (q, k)
    row_ids: NDArray[np.int64]  # (q, k)
    tracklet_ids: NDArray[np.int64]  # (q, k)


class VectorIndex:
    """One space's vectors in memory, kept equal to the database by `refresh`."""

    def __init__(self, database: Database, space: str, dimension: int, cache_dir: Path) -> None:
        raise NotImplementedError

    def refresh(self) -> int:
        """Catch up with the database; returns how many rows were added or dropped."""
        raise NotImplementedError

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        tracklet_ids: NDArray[np.int64] | None = None,
    ) -> Hits:
        """The min(k, allowed) best rows by inner product among the given tracklets (None: all)."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """Rows held."""
        raise NotImplementedError

    def rebuild(self) -> int:
        """Forget the cache and load everything from the database; returns the count."""
        raise NotImplementedError

    def save(self) -> None:
        """Write the cache file."""
        raise NotImplementedError

    def check(self) -> list[str]:
        """Differences from the database in words; empty when there are none."""
        raise NotImplementedError
