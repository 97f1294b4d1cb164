"""Tracklets and their boxes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from storage import checks
from storage.blobs import pack, unpack
from storage.errors import InvalidInput, NotFound
from storage.lookup import in_batches, require
from storage.records import Removal, TrackletArrays, TrackletNear, TrackletRow, Visible
from storage.removal import remove_tracklets
from storage.schema import Camera, Tracklet, Video
from storage.tracklet_filter import filtered


def add_tracklet(
    session: Session,
    *,
    video_id: int,
    number: int,
    frames: NDArray[np.int32],
    times: NDArray[np.float64],
    boxes: NDArray[np.float32],
    confidences: NDArray[np.float32],
    quality: float,
) -> int:
    """Store a tracklet and return its id.

    Args:
        session: a writing one.
        video_id: which video.
        number: the track number, unique within the video.
        frames: (n,) int32 frame numbers, ascending, n ≥ 1.
        times: (n,) float64 seconds from the video's first frame, ascending.
        boxes: (n, 4) float32 xyxy pixels.
        confidences: (n,) float32, 0–1.
        quality: 0–1, of the whole.

    Raises:
        NotFound: no such video.
        InvalidInput: the arrays do not fit together, or the number is taken.
    """
    require(session, Video, video_id, "video")
    count = len(frames)
    what = f"Tracklet {number} of video {video_id}"
    if count == 0:
        raise InvalidInput(f"{what} has no frames.")
    checks.array(frames, np.int32, (count,), f"{what}: frames")
    checks.array(times, np.float64, (count,), f"{what}: times")
    checks.array(boxes, np.float32, (count, 4), f"{what}: boxes")
    checks.array(confidences, np.float32, (count,), f"{what}: confidences")
    checks.ascending(frames, f"{what}: frames")
    checks.ascending(times, f"{what}: times")
    checks.finite(quality, f"{what}: quality", 0, 1)
    taken = select(Tracklet.id).where(Tracklet.video_id == video_id, Tracklet.number == number)
    if session.scalar(taken) is not None:
        raise InvalidInput(f"{what} is already stored. Numbers are unique within a video.")
    tracklet = Tracklet(
        video_id=video_id,
        number=number,
        frames=count,
        offset_start=float(times[0]),
        offset_end=float(times[-1]),
        quality=float(quality),
        blob=pack(frames, times, boxes, confidences),
    )
    session.add(tracklet)
    session.flush()
    return tracklet.id


def get_tracklet(session: Session, tracklet_id: int) -> TrackletRow:
    """The tracklet with this id. NotFound."""
    found = get_tracklets(session, [tracklet_id])
    if not found:
        raise _gone(tracklet_id)
    return found[0]


def get_tracklets(session: Session, tracklet_ids: Sequence[int]) -> list[TrackletRow]:
    """Tracklets in the order asked for; those that are gone are left out."""
    rows: dict[int, TrackletRow] = {}
    for batch in in_batches(dict.fromkeys(int(each) for each in tracklet_ids)):
        found = _rows(session, _select().where(Tracklet.id.in_(batch)))
        rows.update((row.id, row) for row in found)
    return [rows[int(each)] for each in tracklet_ids if int(each) in rows]


def list_tracklets(
    session: Session,
    visible: Visible,
    *,
    video_ids: Collection[int] | None = None,
    camera_ids: Collection[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
) -> list[TrackletRow]:
    """Tracklets by video, then by when they begin.

    Args:
        session: any.
        visible: camera ids that the caller may see; None: all.
        video_ids: only of these; None: any.
        camera_ids: only of these; None: any.
        start: UTC; only those that last until then or later, by a trusted start.
        end: UTC; only those that begin then or earlier, by a trusted start.
        limit: at most so many.
        offset: leave out so many first.
    """
    ids = filtered(select(Tracklet.id), visible, video_ids, camera_ids, start, end)
    query = _select().where(Tracklet.id.in_(ids))
    query = query.order_by(Tracklet.video_id, Tracklet.offset_start, Tracklet.id)
    return _rows(session, query.limit(limit).offset(offset))


def tracklet_ids(
    session: Session,
    visible: Visible,
    *,
    video_ids: Collection[int] | None = None,
    camera_ids: Collection[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> NDArray[np.int64]:
    """Ascending ids of what list_tracklets lists, as an array for VectorIndex.search."""
    query = filtered(select(Tracklet.id), visible, video_ids, camera_ids, start, end)
    return np.sort(np.fromiter(session.scalars(query), np.int64))


def tracklets_at(session: Session, video_id: int, time: float, slack: float) -> list[TrackletNear]:
    """Tracklets of a video alive within `slack` seconds of `time` (seconds), by when they begin."""
    found = session.execute(
        select(Tracklet.id, Tracklet.blob)
        .where(
            Tracklet.video_id == video_id,
            Tracklet.offset_start <= time + slack,
            Tracklet.offset_end >= time - slack,
        )
        .order_by(Tracklet.offset_start, Tracklet.id)
    )
    return [TrackletNear(tracklet_id, *unpack(blob)[:3]) for tracklet_id, blob in found]


def load_boxes(session: Session, tracklet_id: int) -> TrackletArrays:
    """What the tracker saw of a tracklet, exactly as stored. NotFound."""
    blob = session.scalar(select(Tracklet.blob).where(Tracklet.id == tracklet_id))
    if blob is None:
        raise _gone(tracklet_id)
    return TrackletArrays(*unpack(blob))


def load_video_boxes(session: Session, video_id: int) -> dict[int, TrackletArrays]:
    """load_boxes of every tracklet of a video, by id, in the order they begin."""
    found = session.execute(
        select(Tracklet.id, Tracklet.blob)
        .where(Tracklet.video_id == video_id)
        .order_by(Tracklet.offset_start, Tracklet.id)
    )
    return {tracklet_id: TrackletArrays(*unpack(blob)) for tracklet_id, blob in found}


def count_tracklets(session: Session, visible: Visible) -> int:
    """How many tracklets the visible cameras have."""
    ids = filtered(select(Tracklet.id), visible, None, None, None, None)
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def last_number(session: Session, video_id: int) -> int:
    """The highest track number of a video; 0 if it has no tracklets."""
    highest = select(func.max(Tracklet.number)).where(Tracklet.video_id == video_id)
    return session.scalar(highest) or 0


def delete_tracklets(session: Session, video_id: int) -> Removal:
    """Remove a video's tracklets and all that hangs on them, before it is tracked anew."""
    require(session, Video, video_id, "video")
    return remove_tracklets(session, video_id)


def activity(session: Session, video_id: int, bin_seconds: float) -> NDArray[np.int32]:
    """How many tracklets are alive in each bin of `bin_seconds`, over the video's duration.

    Returns (bins,) int32, at least one bin; a tracklet counts in every bin it touches. NotFound.
    """
    checks.finite(bin_seconds, "The bin (s)", 1e-3)
    video = require(session, Video, video_id, "video")
    found = session.execute(
        select(Tracklet.offset_start, Tracklet.offset_end).where(Tracklet.video_id == video_id)
    ).all()
    bins = max(1, int(np.ceil(video.duration / bin_seconds)))
    spans = np.array([tuple(row) for row in found], np.float64).reshape(-1, 2)
    first, last = np.clip(spans // bin_seconds, 0, bins - 1).astype(np.int64).T
    steps = np.zeros(bins + 1, np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, last + 1, -1)
    return np.cumsum(steps)[:-1].astype(np.int32)


def _gone(tracklet_id: int) -> NotFound:
    return NotFound(
        f"There is no tracklet {tracklet_id}. It may have been removed; reload the list."
    )


def _select() -> Select[Any]:
    columns: list[Any] = [
        Tracklet.id,
        Tracklet.video_id,
        Tracklet.number,
        Tracklet.frames,
        Tracklet.offset_start,
        Tracklet.offset_end,
        Tracklet.quality,
        Video.name.label("video"),
        Video.start,
        Video.start_source,
        Video.start_confirmed,
        Camera.id.label("camera_id"),
        Camera.name.label("camera"),
        Camera.clock_offset,
    ]
    return (
        select(*columns)
        .join(Video, Video.id == Tracklet.video_id)
        .join(Camera, Camera.id == Video.camera_id)
    )


def _rows(session: Session, query: Select[Any]) -> list[TrackletRow]:
    rows = []
    for found in session.execute(query):
        trusted = found.start is not None and (
            found.start_confirmed or found.start_source == "given"
        )
        begins = found.start + timedelta(seconds=found.clock_offset) if trusted else None
        rows.append(
            TrackletRow(
                id=found.id,
                video_id=found.video_id,
                video=found.video,
                camera_id=found.camera_id,
                camera=found.camera,
                number=found.number,
                frames=found.frames,
                offset_start=found.offset_start,
                offset_end=found.offset_end,
                start=begins and begins + timedelta(seconds=found.offset_start),
                end=begins and begins + timedelta(seconds=found.offset_end),
                quality=found.quality,
            )
        )
    return rows
