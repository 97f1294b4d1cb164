"""Which tracklets a listing or a search is about, as SQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, or_, type_coerce

from storage.columns import check_utc, to_microseconds
from storage.records import Visible
from storage.schema import Camera, Tracklet, Video

TRUSTED: ColumnElement[bool] = and_(
    Video.start.is_not(None), or_(Video.start_confirmed.is_(True), Video.start_source == "given")
)
"""Only such starts say at what time of day something happened (as VideoRow.begins)."""


def filtered(
    query: Select[Any],
    visible: Visible,
    video_ids: Collection[int] | None,
    camera_ids: Collection[int] | None,
    start: datetime | None,
    end: datetime | None,
) -> Select[Any]:
    """Narrow a query over Tracklet; joins Video and Camera as far as the filters need them.

    A tracklet fits a time range if it overlaps [start, end] and its video's start is trusted.
    """
    by_time = start is not None or end is not None
    if visible is not None or camera_ids is not None or by_time:
        query = query.join(Video, Video.id == Tracklet.video_id)
    if visible is not None:
        query = query.where(Video.camera_id.in_(visible))
    if camera_ids is not None:
        query = query.where(Video.camera_id.in_(camera_ids))
    if video_ids is not None:
        query = query.where(Tracklet.video_id.in_(video_ids))
    if by_time:
        query = query.join(Camera, Camera.id == Video.camera_id).where(TRUSTED)
    if start is not None:
        query = query.where(_time_of_day(Tracklet.offset_end) >= _microseconds(start, "from"))
    if end is not None:
        query = query.where(_time_of_day(Tracklet.offset_start) <= _microseconds(end, "to"))
    return query


def _time_of_day(offset: Any) -> ColumnElement[Any]:
    return type_coerce(Video.start, BigInteger) + (Camera.clock_offset + offset) * 1e6


def _microseconds(value: datetime, what: str) -> int:
    return to_microseconds(check_utc(value, f"The time {what!r}"))
