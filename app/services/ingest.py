"""Take videos in: check them, recognise what is already there, register, queue the work."""

from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import Image

from app.errors import describe
from app.services.actor import Actor
from app.services.guesses import guess, localise
from app.services.library import zone_of
from app.workspace import Workspace
from storage import audit, cameras, jobs, renditions, videos
from storage.errors import DiskFull, DuplicateVideo
from storage.records import VideoRow
from tracking.errors import VideoError, VideoUnreadable
from tracking.video import VideoInfo, frame_at, probe

THUMBNAIL_WIDTH = 320


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file to take in.

    Args:
        path: where it lies now.
        name: the name people know it by; that of `path` by default.
        camera: name of its camera; None: guessed. A camera that is not known yet is added.
        start: when it begins; naive times are read in the camera's zone; None: guessed.
        start_confirmed: the person said that the guessed start is right.
        managed: take the file over into the store (uploads); else it stays where it is.
    """

    path: Path
    name: str = ""
    camera: str | None = None
    start: datetime | None = None
    start_confirmed: bool = False
    managed: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of one file: state is "queued", "duplicate" or "failed"."""

    file: str
    state: str
    video: VideoRow | None = None
    job_id: int | None = None
    error: str | None = None


def register_files(
    actor: Actor, workspace: Workspace, files: list[IncomingFile]
) -> list[Registered]:
    """Register files one by one; a bad one never stops the others."""
    results = []
    for file in files:
        try:
            results.append(register(actor, workspace, file))
        except Exception as error:
            problem = describe(error)
            if not problem.expected:
                raise
            results.append(Registered(file.name or file.path.name, "failed", error=problem.message))
    return results


def register(actor: Actor, workspace: Workspace, file: IncomingFile) -> Registered:
    """Check a file, register it and queue its ingest.

    Raises:
        tracking.errors.VideoError: not a video that can be read; nothing is stored.
        storage.errors.StorageError: the store cannot take it.
    """
    name = file.name or file.path.name
    if not file.path.is_file():
        raise VideoUnreadable(file.path, f"{file.path}: there is no such file. Check the path.")
    info = probe(file.path)
    sha256 = hash_file(file.path)
    with workspace.database.read() as session:
        known = videos.find_by_sha256(session, sha256)
    if known is not None:
        return _duplicate(actor, workspace, known, name)
    thumbnail = _thumbnail(file.path, info)
    size = file.path.stat().st_size
    path = file.path.absolute()
    stored_path = str(path)
    if file.managed:
        stored_path = workspace.media.adopt(path, path.suffix.lower() or ".video", sha256=sha256)
    try:
        row, job_id = _write(
            actor, workspace, file, name, info, sha256, size, stored_path, thumbnail
        )
    except DuplicateVideo as error:
        with workspace.database.read() as session:
            return _duplicate(actor, workspace, videos.get_video(session, error.video_id), name)
    return Registered(name, "queued", row, job_id)


def _write(
    actor: Actor,
    workspace: Workspace,
    file: IncomingFile,
    name: str,
    info: VideoInfo,
    sha256: str,
    size: int,
    stored_path: str,
    thumbnail: bytes | None,
) -> tuple[VideoRow, int]:
    picture = workspace.media.put(thumbnail, ".jpg") if thumbnail else None
    with workspace.database.write() as session:
        camera = cameras.find_camera(session, file.camera) if file.camera else None
        guessed = guess(name, zone_of(workspace, camera), info.created)
        camera_name = file.camera or guessed.camera
        camera = cameras.find_camera(session, camera_name) or cameras.add_camera(
            session, name=camera_name
        )
        zone = zone_of(workspace, camera)
        again = guess(name, zone, info.created)
        start = localise(file.start, zone) if file.start is not None else again.start
        source = "given" if file.start is not None else again.start_source
        confirmed = source == "given" or (file.start_confirmed and start is not None)
        row = videos.add_video(
            session,
            camera_id=camera.id,
            name=name,
            path=stored_path,
            managed=file.managed,
            sha256=sha256,
            size=size,
            duration=info.duration or 0.0,
            width=info.width,
            height=info.height,
            fps=info.fps,
            codec=info.codec,
            start=start,
            start_source=source,
            start_confirmed=confirmed,
        )
        if picture is not None and thumbnail is not None:
            renditions.add_rendition(
                session,
                video_id=row.id,
                kind="thumbnail",
                key="thumbnail",
                media_key=picture,
                size=len(thumbnail),
            )
        job = jobs.enqueue(session, "ingest", {"actor": actor.name}, video_id=row.id)
        videos.set_video_state(session, row.id, "queued")
        audit.record(
            session, actor.name, "video.add", f"video {row.id}", {"name": name, "sha256": sha256}
        )
        return videos.get_video(session, row.id), job.id


def _duplicate(actor: Actor, workspace: Workspace, known: VideoRow, name: str) -> Registered:
    """The same content again: say which, and queue it again if its ingest never came to an end."""
    job_id = None
    if known.state != "done":
        with workspace.database.write() as session:
            waiting = jobs.list_jobs(session, states=("queued", "running"), video_id=known.id)
            job = (
                waiting[0]
                if waiting
                else jobs.enqueue(session, "ingest", {"actor": actor.name}, video_id=known.id)
            )
            job_id = job.id
    visible = known if actor.may_see(known.camera_id) else None
    return Registered(name, "duplicate", visible, job_id)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def video_path(workspace: Workspace, row: VideoRow) -> Path:
    """Where a video's file lies.

    Raises:
        VideoError: a file that was added by its path has been moved or deleted.
    """
    path = workspace.media.path(row.path) if row.managed else Path(row.path)
    if not path.is_file():
        raise VideoUnreadable(
            path,
            f"The file of video {row.name} is no longer at {path}. Put it back, or remove the "
            "video under Library and add it again from where it is now.",
        )
    return path


def require_space(workspace: Workspace, needed: int, purpose: str) -> None:
    """Raise DiskFull unless the store's disk has `needed` bytes free and some to spare."""
    free = shutil.disk_usage(workspace.home).free
    if free < needed + (64 << 20):
        raise DiskFull(
            f"{purpose} needs {needed / 1e6:.0f} MB but the disk of {workspace.home} has only "
            f"{free / 1e6:.0f} MB free. Remove videos you no longer need, or free some space."
        )


def _thumbnail(path: Path, info: VideoInfo) -> bytes | None:
    try:
        frame = frame_at(path, min(2.0, (info.duration or 0.0) * 0.25))
    except VideoError:
        return None
    image = Image.fromarray(frame.image)
    image.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
