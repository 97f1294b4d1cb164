"""Videos."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from storage import checks
from storage.columns import check_utc
from storage.errors import Conflict, DuplicateName, DuplicateVideo, InvalidInput
from storage.lookup import require
from storage.media import check_key
from storage.records import Removal, VideoRow, Visible
from storage.removal import remove_videos
from storage.schema import START_SOURCES, VIDEO_STATES, Camera, Tracklet, Video

_SHA256 = re.compile(r"[0-9a-f]{64}")
_EDITABLE = {"name", "camera_id", "path", "start", "start_source", "start_confirmed"}


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
    """Add a video in state `new`.

    Args:
        session: a writing one.
        camera_id: its camera.
        name: the file's name; made unique in the store ("a.mp4", "a (2).mp4").
        path: a media key if `managed` (the file is ours), else the path of somebody's own file.
        managed: whether removing the video removes the file.
        sha256: of the content, 64 lower-case hexadecimal digits.
        size: bytes.
        duration: seconds, 0 or more.
        width: pixels, upright.
        height: pixels, upright.
        fps: frames a second, 0 if unknown.
        codec: e.g. h264.
        start: of the first frame by the camera's clock, UTC; None if unknown.
        start_source: given, name, metadata or unknown.
        start_confirmed: whether a person vouched for it.
        warnings: what was odd about the file.

    Raises:
        DuplicateVideo: the content is already there.
        NotFound: no such camera.
        InvalidInput: a value is not as above.
    """
    require(session, Camera, camera_id, "camera")
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput(f"{sha256!r} is not a SHA-256 in lower-case hexadecimal digits.")
    twin = session.execute(select(Video.id, Video.name).where(Video.sha256 == sha256)).first()
    if twin is not None:
        raise DuplicateVideo(
            f"{name} is already in the store, as {twin.name}. Nothing was added.",
            video_id=twin.id,
            name=twin.name,
        )
    checks.name(name, "The video's name", longest=250)
    _check_start(start, start_source)
    if managed:
        check_key(path)
    video = Video(
        camera_id=camera_id,
        name=_unique(session, name),
        path=path,
        managed=managed,
        sha256=sha256,
        size=int(checks.finite(size, "The size (bytes)", 0)),
        duration=checks.finite(duration, f"The duration of {name} (s)", 0),
        width=int(checks.finite(width, "The width", 1)),
        height=int(checks.finite(height, "The height", 1)),
        fps=checks.finite(fps, "The frame rate", 0),
        codec=codec,
        start=start,
        start_source=start_source,
        start_confirmed=start_confirmed,
        state="new",
        error=None,
        processed_until=0.0,
        warnings=list(warnings),
        version=1,
    )
    session.add(video)
    session.flush()
    return get_video(session, video.id)


def get_video(session: Session, video_id: int) -> VideoRow:
    """The video with this id. NotFound."""
    require(session, Video, video_id, "video")
    return _rows(session, _select().where(Video.id == video_id))[0]


def find_video(session: Session, name: str) -> VideoRow | None:
    """The video with exactly this name, if there is one."""
    return _first(session, _select().where(Video.name == name))


def find_by_sha256(session: Session, sha256: str) -> VideoRow | None:
    """The video with this content, if there is one."""
    return _first(session, _select().where(Video.sha256 == sha256))


def list_videos(session: Session, visible: Visible, camera_id: int | None = None) -> list[VideoRow]:
    """The visible videos (of one camera), in the order they were added."""
    query = _select().order_by(Video.id)
    if visible is not None:
        query = query.where(Video.camera_id.in_(visible))
    if camera_id is not None:
        query = query.where(Video.camera_id == camera_id)
    return _rows(session, query)


def edit_video(session: Session, video_id: int, *, version: int, **changes: Any) -> VideoRow:
    """Change name, camera_id, path, start, start_source or start_confirmed, as read at `version`.

    The times of its tracklets follow: they are derived from the start whenever they are read.

    Raises:
        Conflict: it was edited since; nothing is changed.
        DuplicateName: another video has the name.
        NotFound, InvalidInput: as for add_video.
    """
    unknown = changes.keys() - _EDITABLE
    if unknown:
        raise InvalidInput(f"A video has no {', '.join(sorted(unknown))} to change.")
    video = require(session, Video, video_id, "video")
    if "camera_id" in changes:
        require(session, Camera, changes["camera_id"], "camera")
    if "name" in changes:
        checks.name(changes["name"], "The video's name", longest=250)
        taken = session.scalar(select(Video.id).where(Video.name == changes["name"]))
        if taken not in (None, video_id):
            raise DuplicateName(
                f"There is already a video called {changes['name']}. Choose another name."
            )
    _check_start(changes.get("start", video.start), changes.get("start_source", video.start_source))
    changed = session.execute(
        update(Video)
        .where(Video.id == video_id, Video.version == version)
        .values(**changes, version=version + 1)
        .returning(Video.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if changed is None:
        raise Conflict(
            f"Video {video.name} was changed by somebody else meanwhile. Reload it and try again."
        )
    return get_video(session, video_id)


def set_video_state(
    session: Session,
    video_id: int,
    state: str,
    error: str | None = None,
    warnings: Sequence[str] | None = None,
) -> None:
    """The worker's word on a video; its version, which is for people's edits, stays.

    Args:
        session: a writing one.
        video_id: which.
        state: new, queued, processing, done or failed.
        error: what failed, or None (which also clears an earlier one).
        warnings: replace those there; None keeps them.

    Raises:
        NotFound, InvalidInput.
    """
    checks.one_of(state, VIDEO_STATES, "The state")
    values: dict[str, Any] = {"state": state, "error": error}
    if warnings is not None:
        values["warnings"] = list(warnings)
    _update(session, video_id, values)


def set_progress(session: Session, video_id: int, processed_until: float) -> None:
    """How far it is processed, in seconds of video time. NotFound, InvalidInput."""
    _update(
        session, video_id, {"processed_until": checks.finite(processed_until, "The progress", 0)}
    )


def remove_video(session: Session, video_id: int) -> Removal:
    """Remove a video: rows, vectors, crops, renditions, jobs. NotFound."""
    require(session, Video, video_id, "video")
    return remove_videos(session, [video_id])


def _update(session: Session, video_id: int, values: dict[str, Any]) -> None:
    video = require(session, Video, video_id, "video")
    for column, value in values.items():
        setattr(video, column, value)
    session.flush()


def _check_start(start: datetime | None, source: str) -> None:
    checks.one_of(source, START_SOURCES, "The start's source")
    if (start is None) != (source == "unknown"):
        raise InvalidInput(
            f"A start of {start} cannot have the source {source!r}: "
            "a video without a start has the source 'unknown', and only that one."
        )
    if start is not None:
        check_utc(start, "The start")


def _unique(session: Session, name: str) -> str:
    path = PurePath(name)
    stem, suffix = path.stem, path.suffix
    taken = set(
        session.scalars(
            select(Video.name).where(
                (Video.name == name) | Video.name.startswith(f"{stem} (", autoescape=True)
            )
        )
    )
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{stem} ({number}){suffix}"
    return candidate


def _select() -> Select[Any]:
    tracklets = (
        select(func.count()).where(Tracklet.video_id == Video.id).correlate(Video).scalar_subquery()
    )
    return select(Video, Camera.name, Camera.clock_offset, tracklets).join(
        Camera, Camera.id == Video.camera_id
    )


def _first(session: Session, query: Select[Any]) -> VideoRow | None:
    rows = _rows(session, query)
    return rows[0] if rows else None


def _rows(session: Session, query: Select[Any]) -> list[VideoRow]:
    found = session.execute(query, execution_options={"populate_existing": True})
    return [
        VideoRow(
            id=video.id,
            camera_id=video.camera_id,
            camera=camera,
            name=video.name,
            path=video.path,
            managed=video.managed,
            sha256=video.sha256,
            size=video.size,
            duration=video.duration,
            width=video.width,
            height=video.height,
            fps=video.fps,
            codec=video.codec,
            start=video.start,
            start_source=video.start_source,
            start_confirmed=video.start_confirmed,
            clock_offset=clock_offset,
            state=video.state,
            error=video.error,
            processed_until=video.processed_until,
            warnings=tuple(video.warnings),
            tracklets=tracklets,
            version=video.version,
            created=video.created,
        )
        for video, camera, clock_offset, tracklets in found
    ]
