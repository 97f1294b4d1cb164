"""The pairs that a matching run weighed; those around a few tracklets are found fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage import checks
from storage.blobs import pack, unpack
from storage.lookup import in_batches, insert_many, require
from storage.people_records import RunEdges
from storage.schema import Tracklet
from storage.schema_people import EdgeBlock, MatchingRun

BLOCK = 16
"""A block holds the pairs of so many ids; a pair whose ends are in two blocks is in both."""
_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))


def store_edges(
    session: Session, run_id: int, pairs: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> None:
    """Keep the pairs that a run weighed, in place of those it had.

    Args:
        session: a writing one.
        run_id: which.
        pairs: (e, 2) int64 tracklet ids.
        probabilities: (e,) float32, 0–1.

    Raises:
        NotFound, InvalidInput.
    """
    checks.array(pairs, np.int64, (None, 2), "The pairs")
    checks.array(probabilities, np.float32, (len(pairs),), "The probabilities")
    require(session, MatchingRun, run_id, "matching run")
    session.execute(delete(EdgeBlock).where(EdgeBlock.run_id == run_id))
    rows = (
        {"run_id": run_id, "block": b, "blob": blob} for b, blob in blocks(pairs, probabilities)
    )
    insert_many(session, EdgeBlock, rows)


def load_edges(session: Session, run_id: int, tracklet_ids: Iterable[int]) -> RunEdges:
    """The pairs that a run weighed with one of these tracklets or two.

    Sorted; those whose other tracklet was removed since are left out.
    """
    wanted = np.unique(np.fromiter(tracklet_ids, np.int64))
    found: list[tuple[NDArray[Any], ...]] = [_NOTHING]
    for batch in in_batches(np.unique(wanted // BLOCK).tolist()):
        query = select(EdgeBlock.blob).where(EdgeBlock.run_id == run_id, EdgeBlock.block.in_(batch))
        found += [unpack(blob) for blob in session.scalars(query)]
    first, second, probabilities = (np.concatenate(part) for part in zip(*found, strict=True))
    near = np.flatnonzero(np.isin(first, wanted) | np.isin(second, wanted))
    pairs, once = np.unique(np.stack([first, second], 1)[near], axis=0, return_index=True)
    there = np.isin(pairs, _there(session, np.unique(pairs))).all(axis=1)
    return RunEdges(pairs[there], probabilities[near[once[there]]])


def blocks(
    pairs: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> Iterator[tuple[int, bytes]]:
    """Number and content of each block."""
    place = pairs // BLOCK
    twice = place[:, 0] != place[:, 1]
    at = np.concatenate([np.arange(len(pairs)), np.flatnonzero(twice)])
    number = np.concatenate([place[:, 0], place[twice, 1]])
    order = np.lexsort((at, number))
    numbers, begin = np.unique(number[order], return_index=True)
    for block, start, end in zip(numbers, begin, [*begin[1:], len(order)], strict=False):
        rows = at[order[start:end]]
        yield int(block), pack(pairs[rows, 0], pairs[rows, 1], probabilities[rows])


def _there(session: Session, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    known = [
        each
        for batch in in_batches(ids.tolist())
        for each in session.scalars(select(Tracklet.id).where(Tracklet.id.in_(batch)))
    ]
    return np.array(known, np.int64)
