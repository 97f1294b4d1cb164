"""Files made from a video on demand and kept: clips, thumbnails, frames."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage.records import RenditionRow


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
    """Remember it, or return the one already remembered under (video_id, kind, key)."""
    raise NotImplementedError


def find_rendition(session: Session, *, video_id: int, kind: str, key: str) -> RenditionRow | None:
    """What was kept under this key."""
    raise NotImplementedError


def list_renditions(session: Session, video_id: int, kind: str | None = None) -> list[RenditionRow]:
    """Oldest first."""
    raise NotImplementedError
