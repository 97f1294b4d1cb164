"""What changed in a space since an index last looked, in one snapshot of the database."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.schema import Embedding, EmbeddingTombstone, VectorGeneration
from storage.vector_cache import CacheState


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """First drop the buried tracklets' vectors (or, `anew`, all), then append the rows.

    `dimension` is 0 where the space is not registered.
    """

    dimension: int
    anew: bool
    buried: NDArray[np.int64]  # (b,) tracklet ids
    row_ids: NDArray[np.int64]  # (n,) ascending
    tracklet_ids: NDArray[np.int64]  # (n,)
    codes: NDArray[np.uint8]  # (n, 2 * dimension): float16, as stored
    state: CacheState  # afterwards

    @property
    def pending(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.anew or len(self.buried) or len(self.row_ids))


def changes(database: Database, space: str, since: CacheState) -> Changes:
    """What happened to `space` since `since`; a fresh CacheState stands for before everything."""
    with database.read() as session:
        found = session.scalar(select(VectorGeneration).where(VectorGeneration.space == space))
        if found is None:
            return _nothing(0, bool(since.epoch), CacheState())
        anew = found.epoch != since.epoch or found.generation < since.generation
        if anew:
            since = CacheState(epoch=found.epoch, generation=-1)
        if found.generation == since.generation:
            return _nothing(found.dimension, False, since)
        return _read(session, found, since, anew)


def _read(session: Session, space: VectorGeneration, since: CacheState, anew: bool) -> Changes:
    stones = session.execute(
        select(EmbeddingTombstone.id, EmbeddingTombstone.tracklet_id)
        .where(EmbeddingTombstone.space_id == space.id, EmbeddingTombstone.id > since.last_stone)
        .order_by(EmbeddingTombstone.id)
    ).all()
    ids: list[tuple[int, int]] = []
    blobs: list[bytes] = []
    rows = session.execute(
        select(Embedding.id, Embedding.tracklet_id, Embedding.vector)
        .where(Embedding.space_id == space.id, Embedding.id > since.last_row)
        .order_by(Embedding.id)
        .execution_options(yield_per=10_000)
    )
    for partition in rows.partitions():
        ids += [(row_id, tracklet_id) for row_id, tracklet_id, _ in partition]
        blobs.append(b"".join(vector for _, _, vector in partition))
    codes = np.frombuffer(b"".join(blobs), np.uint8).reshape(len(ids), 2 * space.dimension)
    table = np.array(ids, np.int64).reshape(-1, 2)
    return Changes(
        dimension=space.dimension,
        anew=anew,
        buried=np.array([] if anew else [stone[1] for stone in stones], np.int64),
        row_ids=table[:, 0].copy(),
        tracklet_ids=table[:, 1].copy(),
        codes=codes,
        state=CacheState(
            epoch=space.epoch,
            generation=space.generation,
            last_row=ids[-1][0] if ids else since.last_row,
            last_stone=stones[-1][0] if stones else since.last_stone,
            vectors=space.vectors,
        ),
    )


def _nothing(dimension: int, anew: bool, state: CacheState) -> Changes:
    none = np.empty(0, np.int64)
    codes = np.empty((0, 2 * dimension), np.uint8)
    return Changes(dimension, anew, none, none, none, codes, state)
