"""What a removal takes with it, and which files the store still needs.

Rows below a video go by ON DELETE CASCADE. What the database cannot do by itself is here: telling
other processes' vector indexes (tombstones, generations), forgetting people of whom no tracklet
is left, and finding the files that nothing refers to any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, insert, literal, select, union_all, update
from sqlalchemy.orm import Session

from storage.columns import now
from storage.lookup import in_batches
from storage.records import Removal
from storage.schema import (
    Crop,
    Embedding,
    EmbeddingTombstone,
    Rendition,
    Tracklet,
    VectorGeneration,
    Video,
)
from storage.schema_people import Assignment, ConflictFound, ConflictTracklet, Identity


def remove_videos(session: Session, video_ids: Sequence[int]) -> Removal:
    """Remove videos with their detections, tracklets, crops, vectors, renditions and jobs."""
    began = now()
    if not video_ids:
        return Removal(0, 0, 0, 0, (), began)
    doomed = select(Tracklet.id).where(Tracklet.video_id.in_(video_ids))
    files = _files_of_tracklets(session, doomed)
    files |= _sizes(
        session,
        select(Rendition.media_key, Rendition.size).where(Rendition.video_id.in_(video_ids)),
        select(Video.path, Video.size).where(Video.id.in_(video_ids), Video.managed.is_(True)),
    )
    tracklets, crops = _counts(session, doomed)
    bury(session, doomed)
    people = _people_of(session, doomed)
    session.execute(
        delete(Video).where(Video.id.in_(video_ids)),
        execution_options={"synchronize_session": False},
    )
    _forget(session, people)
    session.expire_all()
    return _removal(session, len(video_ids), tracklets, crops, files, began)


def remove_tracklets(session: Session, video_id: int) -> Removal:
    """Remove a video's tracklets with their crops, vectors and renditions; the video stays."""
    began = now()
    doomed = select(Tracklet.id).where(Tracklet.video_id == video_id)
    files = _files_of_tracklets(session, doomed)
    tracklets, crops = _counts(session, doomed)
    bury(session, doomed)
    people = _people_of(session, doomed)
    session.execute(
        delete(Tracklet).where(Tracklet.video_id == video_id),
        execution_options={"synchronize_session": False},
    )
    _forget(session, people)
    session.expire_all()
    return _removal(session, 0, tracklets, crops, files, began)


def known_media_keys(session: Session) -> set[str]:
    """Every media key that a row refers to: what MediaStore.sweep must keep."""
    return set(
        session.scalars(
            union_all(
                select(Crop.media_key).distinct(),
                select(Rendition.media_key).distinct(),
                select(Video.path).where(Video.managed.is_(True)),
            )
        )
    )


def bury(session: Session, doomed: Select[int]) -> None:
    """Delete the vectors of tracklets and leave tombstones, so that indexes drop them too."""
    # Locked first and in order: whoever adds vectors now waits, then finds its tracklet gone.
    spaces = session.scalars(
        select(VectorGeneration.id).order_by(VectorGeneration.id).with_for_update()
    ).all()
    for space_id in spaces:
        mine = Embedding.space_id == space_id, Embedding.tracklet_id.in_(doomed)
        count = session.scalar(select(func.count()).select_from(Embedding).where(*mine)) or 0
        if not count:
            continue
        session.execute(
            insert(EmbeddingTombstone).from_select(
                ["space_id", "tracklet_id"],
                select(literal(space_id), Embedding.tracklet_id).where(*mine).distinct(),
            )
        )
        session.execute(
            delete(Embedding).where(*mine), execution_options={"synchronize_session": False}
        )
        session.execute(
            update(VectorGeneration)
            .where(VectorGeneration.id == space_id)
            .values(
                generation=VectorGeneration.generation + 1,
                vectors=VectorGeneration.vectors - count,
            ),
            execution_options={"synchronize_session": False},
        )


def _people_of(session: Session, doomed: Select[int]) -> list[int]:
    """Who was ever placed on these tracklets; contradictions that speak of them go now."""
    session.execute(
        delete(ConflictFound).where(
            ConflictFound.id.in_(
                select(ConflictTracklet.conflict_id).where(ConflictTracklet.tracklet_id.in_(doomed))
            )
        ),
        execution_options={"synchronize_session": False},
    )
    placed = select(Assignment.identity_id).where(
        Assignment.tracklet_id.in_(doomed), Assignment.identity_id.is_not(None)
    )
    return [each for each in session.scalars(placed.distinct()) if each is not None]


def _forget(session: Session, people: Sequence[int]) -> None:
    """Remove those of whom nothing is left, with names and notes."""
    for batch in in_batches(people):
        session.execute(
            delete(Identity).where(
                Identity.id.in_(batch),
                ~select(Assignment.id).where(Assignment.identity_id == Identity.id).exists(),
            ),
            execution_options={"synchronize_session": False},
        )


def _files_of_tracklets(session: Session, doomed: Select[int]) -> dict[str, int]:
    return _sizes(
        session,
        select(Crop.media_key, Crop.size).where(Crop.tracklet_id.in_(doomed)),
        select(Rendition.media_key, Rendition.size).where(Rendition.tracklet_id.in_(doomed)),
    )


def _sizes(session: Session, *queries: Select[str, int]) -> dict[str, int]:
    return {key: size for query in queries for key, size in session.execute(query)}


def _counts(session: Session, doomed: Select[int]) -> tuple[int, int]:
    tracklets = session.scalar(select(func.count()).select_from(doomed.subquery())) or 0
    crops = session.scalar(
        select(func.count()).select_from(Crop).where(Crop.tracklet_id.in_(doomed))
    )
    return tracklets, crops or 0


def _removal(
    session: Session,
    videos: int,
    tracklets: int,
    crops: int,
    files: dict[str, int],
    began: datetime,
) -> Removal:
    free = tuple(sorted(files.keys() - _still_used(session, files.keys())))
    return Removal(
        videos=videos,
        tracklets=tracklets,
        crops=crops,
        bytes=sum(files[key] for key in free),
        media_keys=free,
        began=began,
    )


def _still_used(session: Session, keys: Collection[str]) -> set[str]:
    used: set[str] = set()
    for batch in in_batches(keys):
        used |= set(session.scalars(select(Crop.media_key).where(Crop.media_key.in_(batch))))
        used |= set(
            session.scalars(select(Rendition.media_key).where(Rendition.media_key.in_(batch)))
        )
        used |= set(
            session.scalars(
                select(Video.path).where(Video.managed.is_(True), Video.path.in_(batch))
            )
        )
    return used
