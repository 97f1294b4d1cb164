"""People as lists show them: what their visible tracklets say together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from storage.columns import from_microseconds
from storage.identities import get_identities
from storage.people_records import PersonSummary
from storage.placements import current_ids
from storage.records import Visible
from storage.schema import Camera, Tracklet, Video
from storage.schema_people import Assignment
from storage.tracklet_filter import TRUSTED


def list_people(
    session: Session, visible: Visible, identity_ids: Collection[int] | None = None
) -> list[PersonSummary]:
    """Everybody (None; or these) with a tracklet in a visible camera, by id; set aside or not."""
    start = type_coerce(Video.start, BigInteger)
    begin = start + (Camera.clock_offset + Tracklet.offset_start) * 1e6
    end = start + (Camera.clock_offset + Tracklet.offset_end) * 1e6
    query = (
        _placed(visible, identity_ids)
        .add_columns(
            Assignment.identity_id,
            func.count().label("sightings"),
            func.count(Camera.id.distinct()).label("cameras"),
            func.min(case((TRUSTED, begin))).label("first"),
            func.max(case((TRUSTED, end))).label("last"),
            func.avg(Assignment.probability).label("confidence"),
            func.sum(case((Assignment.placed_by == "person", 1), else_=0)).label("confirmed"),
        )
        .group_by(Assignment.identity_id)
        .order_by(Assignment.identity_id)
    )
    rows = session.execute(query).all()
    known = get_identities(session, None if identity_ids is None else list(identity_ids))
    return [
        PersonSummary(
            id=row.identity_id,
            name=known[row.identity_id].name,
            state=known[row.identity_id].state,
            version=known[row.identity_id].version,
            sightings=row.sightings,
            cameras=row.cameras,
            first=None if row.first is None else from_microseconds(round(row.first)),
            last=None if row.last is None else from_microseconds(round(row.last)),
            confidence=None if row.confidence is None else float(row.confidence),
            confirmed=int(row.confirmed),
        )
        for row in rows
    ]


def cameras_of(
    session: Session, visible: Visible, identity_ids: Collection[int]
) -> dict[int, dict[int, list[int]]]:
    """Identity → camera id → its tracklets there, ascending; visible cameras only."""
    query = (
        _placed(visible, identity_ids)
        .add_columns(Assignment.identity_id, Camera.id, Assignment.tracklet_id)
        .order_by(Assignment.identity_id, Camera.id, Assignment.tracklet_id)
    )
    found: dict[int, dict[int, list[int]]] = {}
    for identity, camera, tracklet in session.execute(query):
        found.setdefault(identity, {}).setdefault(camera, []).append(tracklet)
    return found


def unassigned(
    session: Session,
    visible: Visible,
    *,
    least_quality: float,
    least_frames: int,
    limit: int | None = None,
    offset: int | None = None,
) -> list[tuple[int, bool]]:
    """Visible tracklets that are with nobody, and whether each is too poor to say anything.

    The good ones come first, then by video and time.

    Args:
        session: any.
        visible: camera ids that the caller may see; None: all.
        least_quality: 0–1; below it a tracklet is poor.
        least_frames: with fewer frames it is poor.
        limit: at most so many.
        offset: leave out so many first.
    """
    poor = _poor(least_quality, least_frames)
    query = _alone(visible).add_columns(Tracklet.id, poor)
    query = query.order_by(poor, Tracklet.video_id, Tracklet.offset_start, Tracklet.id)
    return [(row[0], bool(row[1])) for row in session.execute(query.limit(limit).offset(offset))]


def count_unassigned(
    session: Session, visible: Visible, *, least_quality: float, least_frames: int
) -> tuple[int, int]:
    """How many tracklets are with nobody, and how many of these are poor (see `unassigned`)."""
    poor = _poor(least_quality, least_frames)
    query = _alone(visible).add_columns(func.count(), func.coalesce(func.sum(poor), 0))
    total, of_poor = session.execute(query).one()
    return total, int(of_poor)


def _poor(least_quality: float, least_frames: int) -> ColumnElement[int]:
    below = or_(Tracklet.quality < least_quality, Tracklet.frames < least_frames)
    return case((below, 1), else_=0)


def _alone(visible: Visible) -> Select[Any]:
    placed = select(Assignment.tracklet_id).where(
        Assignment.id.in_(current_ids()), Assignment.identity_id.is_not(None)
    )
    query = (
        select()
        .select_from(Tracklet)
        .join(Video, Video.id == Tracklet.video_id)
        .where(Tracklet.id.not_in(placed))
    )
    return query if visible is None else query.where(Video.camera_id.in_(visible))


def _placed(visible: Visible, identity_ids: Collection[int] | None) -> Select[Any]:
    """Assignments that count, joined with where and when; of these identities only."""
    latest = current_ids()
    if identity_ids is not None:
        ever = aliased(Assignment)
        tracklets = select(ever.tracklet_id).where(ever.identity_id.in_(list(identity_ids)))
        latest = latest.where(Assignment.tracklet_id.in_(tracklets))
    query = (
        select()
        .select_from(Assignment)
        .join(Tracklet, Tracklet.id == Assignment.tracklet_id)
        .join(Video, Video.id == Tracklet.video_id)
        .join(Camera, Camera.id == Video.camera_id)
        .where(Assignment.id.in_(latest), Assignment.identity_id.is_not(None))
    )
    if identity_ids is not None:
        query = query.where(Assignment.identity_id.in_(list(identity_ids)))
    return query if visible is None else query.where(Video.camera_id.in_(visible))
