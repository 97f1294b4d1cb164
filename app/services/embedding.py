"""Crops to vectors: at ingest, and again for the archive when another model becomes active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.jobs.progress import Progress
from app.services.actor import Actor
from app.services.crops import decode_crop
from app.workspace import Workspace
from reid_models.registry import LoadedModel
from storage import crops, embeddings, jobs
from storage.records import JobRow

BATCH = 32
SWITCH = "switch"
"""Among an embed job's parameters: whether its model becomes the active one at the end."""


@dataclass(frozen=True, slots=True)
class CropPictures:
    """The encoded crops of one tracklet, with the kind of each, in their stored order."""

    kinds: tuple[str, ...]
    jpegs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class VectorBatch:
    """Vectors of some tracklets.

    Args:
        tracklet_vectors: (n, D), one a tracklet, in order.
        keyframe_vectors: one (k, D) array a tracklet, in the order of its keyframes.
        keyframe_positions: for each tracklet, the positions of those keyframes among its crops.
    """

    tracklet_vectors: NDArray[np.float32]
    keyframe_vectors: tuple[NDArray[np.float32], ...]
    keyframe_positions: tuple[tuple[int, ...], ...]


def embed_tracklets(model: LoadedModel, people: Sequence[CropPictures]) -> VectorBatch:
    """Embed strips and keyframes of many tracklets at once."""
    positions = tuple(
        tuple(i for i, kind in enumerate(person.kinds) if kind == "keyframe") for person in people
    )
    frames = [
        decode_crop(person.jpegs[i])
        for person, kept in zip(people, positions, strict=True)
        for i in kept
    ]
    images = model.image.embed(frames)
    borders = np.cumsum([0, *(len(kept) for kept in positions)])
    strips = [
        [
            decode_crop(jpeg)
            for kind, jpeg in zip(person.kinds, person.jpegs, strict=True)
            if kind == "strip"
        ]
        for person in people
    ]
    return VectorBatch(
        tracklet_vectors=model.tracklet.embed(strips),
        keyframe_vectors=tuple(images[borders[i] : borders[i + 1]] for i in range(len(people))),
        keyframe_positions=positions,
    )


def embed_now(workspace: Workspace, model: LoadedModel, identifier: int) -> VectorBatch:
    """Embed one stored sighting, to ask by it before its job was done; nothing is stored."""
    with workspace.database.read() as session:
        rows = crops.list_crops(session, [identifier])
    pictures = CropPictures(
        tuple(row.kind for row in rows),
        tuple(workspace.media.read(row.media_key) for row in rows),
    )
    return embed_tracklets(model, [pictures])


def write_vectors(
    session: Session,
    model: LoadedModel,
    tracklet_ids: Sequence[int],
    crop_ids: Sequence[Sequence[int]],
    batch: VectorBatch,
) -> None:
    """Store a batch's vectors for tracklets and crops that are stored already."""
    register_space(session, model)
    owners: list[int] = list(tracklet_ids)
    crop_of: list[int] = [-1] * len(tracklet_ids)
    modality = ["tracklet"] * len(tracklet_ids)
    vectors = [batch.tracklet_vectors]
    for identifier, ids, positions, images in zip(
        tracklet_ids, crop_ids, batch.keyframe_positions, batch.keyframe_vectors, strict=True
    ):
        owners += [identifier] * len(positions)
        crop_of += [ids[i] for i in positions]
        modality += ["image"] * len(positions)
        vectors.append(images)
    embeddings.add_embeddings(
        session,
        model.space,
        np.array(owners, np.int64),
        np.array(crop_of, np.int64),
        modality,
        np.concatenate(vectors),
    )


def register_space(session: Session, model: LoadedModel) -> None:
    """Make the model's space known to the store; does nothing when it is."""
    embeddings.register_embedder(
        session,
        name=model.card.name,
        space=model.space,
        dimension=model.image.dimension,
        fingerprint=model.sha256,
    )


def queue_embedding(actor: Actor, workspace: Workspace, name: str, switch: bool = False) -> JobRow:
    """Queue the job that embeds every tracklet which model `name` has not seen.

    Args:
        actor: who asks.
        workspace: the store.
        name: of the model.
        switch: whether it becomes the active model at the end.

    Returns:
        The job, or one that waits or runs already and does the same.
    """
    with workspace.database.write() as session:
        waiting = [
            job
            for job in jobs.list_jobs(session, states=("queued", "running"))
            if job.kind == "embed"
            and job.params.get("model") == name
            and not job.cancel_requested
            and (job.params.get(SWITCH) or not switch)
        ]
        return (
            waiting[0]
            if waiting
            else jobs.enqueue(
                session, "embed", {"model": name, "actor": actor.name, SWITCH: switch}
            )
        )


def embed_archive(workspace: Workspace, job: JobRow, progress: Progress) -> None:
    """Embed what a job's model has not seen; what has vectors is passed over, so it can go on."""
    name = job.params.get("model")
    model = workspace.model(str(name) if name else None)
    with workspace.database.write() as session:
        register_space(session, model)
    with workspace.database.read() as session:
        total = embeddings.count_without(session, model.space)
    done = 0
    while True:
        progress.step(done / total if total else 1.0, f"{done} of {total} sightings embedded")
        with workspace.database.read() as session:
            batch = embeddings.tracklets_without(session, model.space, limit=BATCH)
            rows = crops.list_crops(session, batch)
        if not batch:
            return
        by_tracklet = {
            identifier: [r for r in rows if r.tracklet_id == identifier] for identifier in batch
        }
        people = [
            CropPictures(
                tuple(row.kind for row in kept),
                tuple(workspace.media.read(row.media_key) for row in kept),
            )
            for kept in by_tracklet.values()
        ]
        vectors = embed_tracklets(model, people)
        with workspace.database.write() as session:
            ids = [[row.id for row in kept] for kept in by_tracklet.values()]
            write_vectors(session, model, batch, ids, vectors)
        done += len(batch)
