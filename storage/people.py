"""People as lists show them: what their visible tracklets say together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Select, case, func, select, type_coerce
from sqlalchemy.orm import Session

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
        _placed(visible)
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
    if identity_ids is not None:
        query = query.where(Assignment.identity_id.in_(list(identity_ids)))
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
        _placed(visible)
        .add_columns(Assignment.identity_id, Camera.id, Assignment.tracklet_id)
        .where(Assignment.identity_id.in_(list(identity_ids)))
        .order_by(Assignment.identity_id, Camera.id, Assignment.tracklet_id)
    )
    found: dict[int, dict[int, list[int]]] = {}
    for identity, camera, tracklet in session.execute(query):
        found.setdefault(identity, {}).setdefault(camera, []).append(tracklet)
    return found


def unassigned(session: Session, visible: Visible) -> NDArray[np.int64]:
    """Ids of visible tracklets that are with nobody, ascending."""
    placed = select(Assignment.tracklet_id).where(
        Assignment.id.in_(current_ids()), Assignment.identity_id.is_not(None)
    )
    query = select(Tracklet.id).where(Tracklet.id.not_in(placed))
    if visible is not None:
        query = query.join(Video, Video.id == Tracklet.video_id).where(Video.camera_id.in_(visible))
    return np.sort(np.fromiter(session.scalars(query), np.int64))


def _placed(visible: Visible) -> Select[Any]:
    query = (
        select()
        .select_from(Assignment)
        .join(Tracklet, Tracklet.id == Assignment.tracklet_id)
        .join(Video, Video.id == Tracklet.video_id)
        .join(Camera, Camera.id == Video.camera_id)
        .where(Assignment.id.in_(current_ids()), Assignment.identity_id.is_not(None))
    )
    return query if visible is None else query.where(Video.camera_id.in_(visible))
