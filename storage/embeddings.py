"""Vectors in the database, and the spaces they live in.

A vector is stored as little-endian float16; every change of a space's vectors moves its generation,
by which vector indexes of other processes notice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from storage import checks
from storage.errors import Conflict, InvalidInput, NotFound
from storage.lookup import in_batches
from storage.records import EmbedderRow, StoredVectors
from storage.schema import (
    MODALITIES,
    Crop,
    Embedder,
    Embedding,
    Tracklet,
    VectorGeneration,
)

STORED = np.dtype("<f2")


def register_embedder(
    session: Session, *, name: str, space: str, dimension: int, fingerprint: str
) -> EmbedderRow:
    """Make a model and its space known, or return the one already known.

    Args:
        session: a writing one.
        name: of the model.
        space: whose vectors may be compared with each other: a hash of jointly trained weights.
        dimension: of the space's vectors, 1–4096.
        fingerprint: of this very model and its preprocessing.

    Raises:
        Conflict: the space is known with another dimension.
        InvalidInput: a value is not as above.
    """
    checks.finite(dimension, "The dimension", 1, 4096)
    if not name or not space:
        raise InvalidInput("An embedder needs a name and a space.")
    known = session.scalar(select(VectorGeneration).where(VectorGeneration.space == space))
    if known is None:
        known = VectorGeneration(
            space=space, dimension=dimension, epoch=secrets.token_hex(16), generation=0, vectors=0
        )
        session.add(known)
        session.flush()
    elif known.dimension != dimension:
        raise Conflict(
            f"Space {space} holds vectors of {known.dimension} numbers, {name} makes {dimension}. "
            "Give the model a space of its own."
        )
    same = (
        Embedder.name == name,
        Embedder.space_id == known.id,
        Embedder.fingerprint == fingerprint,
    )
    if session.scalar(select(Embedder.id).where(*same)) is None:
        session.add(Embedder(name=name, space_id=known.id, fingerprint=fingerprint))
        session.flush()
    return _embedders(session, _select().where(*same))[0]


def list_embedders(session: Session) -> list[EmbedderRow]:
    """All known embedders, in the order they were registered."""
    return _embedders(session, _select().order_by(Embedder.id))


def add_embeddings(
    session: Session,
    space: str,
    tracklet_ids: NDArray[np.int64],
    crop_ids: NDArray[np.int64],
    modality: str | Sequence[str],
    vectors: NDArray[np.float32],
) -> list[int]:
    """Store vectors as float16 and return their row ids in the order given.

    Args:
        session: a writing one.
        space: registered before.
        tracklet_ids: (n,) int64.
        crop_ids: (n,) int64; -1 for a vector of the whole tracklet.
        modality: "image" or "tracklet", one for all or one each.
        vectors: (n, dimension) float32, L2-normalised (length within 0.01 of 1).

    Raises:
        NotFound: the space, a tracklet or a crop is not (or no more) there.
        Conflict: a crop or tracklet already has a vector of this modality in the space.
        InvalidInput: shapes, types or values are not as above.
    """
    found = _lock(session, space)
    count = len(tracklet_ids)
    modalities = [modality] * count if isinstance(modality, str) else list(modality)
    checks.array(tracklet_ids, np.int64, (count,), "The tracklet ids")
    checks.array(crop_ids, np.int64, (count,), "The crop ids")
    checks.array(vectors, np.float32, (count, found.dimension), f"The vectors for space {space}")
    if len(modalities) != count:
        raise InvalidInput(f"{len(modalities)} modalities were given for {count} vectors.")
    for each in set(modalities):
        checks.one_of(each, MODALITIES, "The modality")
    lengths = np.linalg.norm(vectors, axis=1)
    if count and np.abs(lengths - 1).max() > 0.01:
        raise InvalidInput(
            f"A vector has length {lengths[np.abs(lengths - 1).argmax()]:.3f}, expected 1. "
            "Normalise the vectors first."
        )
    if count == 0:
        return []
    _require_owners(session, tracklet_ids, crop_ids)
    _refuse_known(session, found.id, tracklet_ids, crop_ids, modalities)
    stored = np.ascontiguousarray(vectors, dtype=STORED)
    rows = [
        {
            "space_id": found.id,
            "tracklet_id": tracklet_id,
            "crop_id": None if crop_id < 0 else crop_id,
            "modality": each,
            "vector": vector.tobytes(),
        }
        for tracklet_id, crop_id, each, vector in zip(
            tracklet_ids.tolist(), crop_ids.tolist(), modalities, stored, strict=True
        )
    ]
    statement = insert(Embedding).returning(Embedding.id, sort_by_parameter_order=True)
    ids = list(session.scalars(statement, rows))
    found.generation += 1
    found.vectors += count
    session.flush()
    return ids


def load_embeddings(session: Session, space: str, tracklet_ids: Sequence[int]) -> StoredVectors:
    """The vectors of tracklets in a space, by tracklet id, then row id. NotFound (space)."""
    found = _space(session, space)
    ids: list[tuple[int, int, str]] = []
    blobs: list[bytes] = []
    for batch in in_batches(sorted({int(each) for each in tracklet_ids})):
        query = (
            select(Embedding.tracklet_id, Embedding.crop_id, Embedding.modality, Embedding.vector)
            .where(Embedding.space_id == found.id, Embedding.tracklet_id.in_(batch))
            .order_by(Embedding.tracklet_id, Embedding.id)
        )
        for tracklet_id, crop_id, modality, vector in session.execute(query):
            ids.append((tracklet_id, -1 if crop_id is None else crop_id, modality))
            blobs.append(vector)
    vectors = np.frombuffer(b"".join(blobs), STORED).reshape(len(blobs), found.dimension)
    return StoredVectors(
        tracklet_ids=np.array([each[0] for each in ids], np.int64),
        crop_ids=np.array([each[1] for each in ids], np.int64),
        modalities=np.array([each[2] for each in ids], np.str_),
        vectors=vectors.astype(np.float32),
    )


def tracklets_without(session: Session, space: str, limit: int | None = None) -> list[int]:
    """Ids of tracklets that have no vector at all in the space, lowest first. NotFound (space)."""
    query = _without(_space(session, space).id).order_by(Tracklet.id).limit(limit)
    return list(session.scalars(query))


def count_without(session: Session, space: str) -> int:
    """How many tracklets have no vector in the space. NotFound (space)."""
    query = _without(_space(session, space).id).subquery()
    return session.scalar(select(func.count()).select_from(query)) or 0


def delete_space(session: Session, space: str) -> int:
    """Drop a space with its embedders and vectors; returns how many vectors. NotFound.

    Indexes notice by themselves: a space registered again under the name is a new one to them.
    """
    found = _lock(session, space)
    count = found.vectors
    session.execute(delete(VectorGeneration).where(VectorGeneration.id == found.id))
    session.expire_all()
    return count


def _space(session: Session, space: str) -> VectorGeneration:
    found = session.scalar(
        select(VectorGeneration).where(VectorGeneration.space == space),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise NotFound(f"There is no vector space {space}. Register its model first.")
    return found


def _lock(session: Session, space: str) -> VectorGeneration:
    # Held to the end of the transaction: row ids of a space then become visible in their order,
    # which is what indexes that read "everything above the last id" rely on.
    session.execute(
        update(VectorGeneration)
        .where(VectorGeneration.space == space)
        .values(generation=VectorGeneration.generation)
        .execution_options(synchronize_session=False)
    )
    return _space(session, space)


def _require_owners(
    session: Session, tracklet_ids: NDArray[np.int64], crop_ids: NDArray[np.int64]
) -> None:
    wanted = set(tracklet_ids.tolist())
    known: set[int] = set()
    for batch in in_batches(wanted):
        known |= set(session.scalars(select(Tracklet.id).where(Tracklet.id.in_(batch))))
    if wanted - known:
        raise NotFound(f"There is no tracklet {min(wanted - known)}. It may have been removed.")
    owners = {
        crop: tracklet
        for tracklet, crop in zip(tracklet_ids.tolist(), crop_ids.tolist(), strict=True)
        if crop >= 0
    }
    for batch in in_batches(owners):
        found = session.execute(select(Crop.id, Crop.tracklet_id).where(Crop.id.in_(batch)))
        for crop, tracklet in found:
            if owners.pop(crop) != tracklet:
                raise InvalidInput(f"Crop {crop} belongs to tracklet {tracklet}, not another.")
    if owners:
        raise NotFound(f"There is no crop {min(owners)}. It may have been removed.")


def _refuse_known(
    session: Session,
    space_id: int,
    tracklet_ids: NDArray[np.int64],
    crop_ids: NDArray[np.int64],
    modalities: Sequence[str],
) -> None:
    keys = [
        (-tracklet if crop < 0 else crop, crop < 0, modality)
        for tracklet, crop, modality in zip(
            tracklet_ids.tolist(), crop_ids.tolist(), modalities, strict=True
        )
    ]
    wanted = set(keys)
    if len(wanted) < len(keys):
        raise InvalidInput("The same crop or tracklet is given twice. Give each once.")
    for batch in in_batches(set(tracklet_ids.tolist())):
        found = session.execute(
            select(Embedding.tracklet_id, Embedding.crop_id, Embedding.modality).where(
                Embedding.space_id == space_id, Embedding.tracklet_id.in_(batch)
            )
        )
        for tracklet, crop, modality in found:
            if (-tracklet if crop is None else crop, crop is None, modality) in wanted:
                raise Conflict(
                    f"Tracklet {tracklet} already has a vector for "
                    f"{'the whole' if crop is None else f'crop {crop}'} in this space."
                )


def _without(space_id: int) -> Select[int]:
    there = exists().where(Embedding.space_id == space_id, Embedding.tracklet_id == Tracklet.id)
    return select(Tracklet.id).where(~there)


def _select() -> Select[Embedder, VectorGeneration]:
    return select(Embedder, VectorGeneration).join(
        VectorGeneration, VectorGeneration.id == Embedder.space_id
    )


def _embedders(session: Session, query: Select[Embedder, VectorGeneration]) -> list[EmbedderRow]:
    found = session.execute(query, execution_options={"populate_existing": True})
    return [
        EmbedderRow(
            id=embedder.id,
            name=embedder.name,
            space=space.space,
            dimension=space.dimension,
            fingerprint=embedder.fingerprint,
            generation=space.generation,
            vectors=space.vectors,
            created=embedder.created,
        )
        for embedder, space in found
    ]
