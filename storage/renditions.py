"""Files made from a video on demand and kept: clips, thumbnails, frames.

They are remembered here so that removing the video, or the tracklet they show, removes them too.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import checks
from storage.errors import InvalidInput
from storage.lookup import in_batches, require
from storage.media import check_key
from storage.records import RenditionRow
from storage.schema import Rendition, Tracklet, Video


def add_rendition(
    session: Session,
    *,
    video_id: int,
    kind: str,
    key: str,
    media_key: str,
    size: int,
    tracklet_id: int | None = None,
) -> RenditionRow:
    """Remember a file, or return the one already remembered under (video_id, kind, key).

    Args:
        session: a writing one.
        video_id: what it was made from.
        kind: clip, thumbnail, frame …
        key: what was asked for, in the caller's own words ("12.5-17.0@480").
        media_key: where the file is.
        size: bytes.
        tracklet_id: whom it shows, if it goes with one tracklet.

    Raises:
        NotFound: no such video or tracklet.
        InvalidInput: the tracklet is of another video.
    """
    require(session, Video, video_id, "video")
    if tracklet_id is not None:
        tracklet = require(session, Tracklet, tracklet_id, "tracklet")
        if tracklet.video_id != video_id:
            raise InvalidInput(f"Tracklet {tracklet_id} is not of video {video_id}.")
    known = find_rendition(session, video_id=video_id, kind=kind, key=key)
    if known is not None:
        return known
    rendition = Rendition(
        video_id=video_id,
        tracklet_id=tracklet_id,
        kind=kind,
        key=key,
        media_key=check_key(media_key),
        size=int(checks.finite(size, "The size (bytes)", 0)),
    )
    session.add(rendition)
    session.flush()
    return _row(rendition)


def find_rendition(session: Session, *, video_id: int, kind: str, key: str) -> RenditionRow | None:
    """What was kept under this key, if anything."""
    found = session.scalar(
        select(Rendition).where(
            Rendition.video_id == video_id, Rendition.kind == kind, Rendition.key == key
        )
    )
    return _row(found) if found else None


def list_renditions(session: Session, video_id: int, kind: str | None = None) -> list[RenditionRow]:
    """What was made from a video, oldest first."""
    query = select(Rendition).where(Rendition.video_id == video_id).order_by(Rendition.id)
    if kind is not None:
        query = query.where(Rendition.kind == kind)
    return [_row(found) for found in session.scalars(query)]


def media_keys(session: Session, video_ids: Sequence[int], kind: str) -> dict[int, str]:
    """Video → media key of its newest rendition of a kind, for those that have one."""
    found: dict[int, str] = {}
    for batch in in_batches(video_ids):
        query = (
            select(Rendition.video_id, Rendition.media_key)
            .where(Rendition.video_id.in_(batch), Rendition.kind == kind)
            .order_by(Rendition.id)
        )
        found.update((row.video_id, row.media_key) for row in session.execute(query))
    return found


def _row(rendition: Rendition) -> RenditionRow:
    return RenditionRow(
        id=rendition.id,
        video_id=rendition.video_id,
        tracklet_id=rendition.tracklet_id,
        kind=rendition.kind,
        key=rendition.key,
        media_key=rendition.media_key,
        size=rendition.size,
        created=rendition.created,
    )
