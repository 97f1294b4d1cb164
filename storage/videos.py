"""Videos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage.records import Removal, VideoRow, Visible


def add_video(
    session: Session,
    *,
    camera_id: int,
    name: str,
    path: str,
    managed: bool,
    sha256: str,
    size: int,
    duration: float,
    width: int,
    height: int,
    fps: float,
    codec: str,
    start: datetime | None,
    start_source: str,
    start_confirmed: bool,
    warnings: Sequence[str] = (),
) -> VideoRow:
    """The name is made unique. DuplicateVideo, NotFound (camera), InvalidInput."""
    raise NotImplementedError


def get_video(session: Session, video_id: int) -> VideoRow:
    """NotFound."""
    raise NotImplementedError


def find_video(session: Session, name: str) -> VideoRow | None:
    """By its unique name."""
    raise NotImplementedError


def find_by_sha256(session: Session, sha256: str) -> VideoRow | None:
    """The video with this content."""
    raise NotImplementedError


def list_videos(session: Session, visible: Visible, camera_id: int | None = None) -> list[VideoRow]:
    """Oldest first (by id)."""
    raise NotImplementedError


def edit_video(session: Session, video_id: int, *, version: int, **changes: Any) -> VideoRow:
    """Change name, camera_id, path, start, start_source, start_confirmed. Conflict on a race."""
    raise NotImplementedError


def set_video_state(
    session: Session,
    video_id: int,
    state: str,
    error: str | None = None,
    warnings: Sequence[str] | None = None,
) -> None:
    """The worker's word: does not touch the version. NotFound."""
    raise NotImplementedError


def set_progress(session: Session, video_id: int, processed_until: float) -> None:
    """How far it is processed, in seconds of video time. NotFound."""
    raise NotImplementedError


def remove_video(session: Session, video_id: int) -> Removal:
    """Rows, vectors, crops, renditions, jobs."""
    raise NotImplementedError
