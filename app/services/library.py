"""Cameras and videos: what there is, who may see it, editing and complete removal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.services.actor import Actor
from app.services.guesses import localise
from app.settings import check_time_zone
from app.workspace import Workspace
from storage import audit, cameras, jobs, renditions, videos
from storage.errors import InvalidInput, NotFound
from storage.records import CameraRow, JobRow, Removal, VideoRow


@dataclass(frozen=True, slots=True)
class VideoView:
    """A video with the job that works on it, if one does or did.

    `thumbnail` is a media key or None.
    """

    row: VideoRow
    job: JobRow | None
    thumbnail: str | None

    @property
    def state(self) -> str:
        """new, queued, processing, done, failed – the job's word where it is newer."""
        if self.job is not None and self.job.state == "running":
            return "processing"
        if self.job is not None and self.job.state == "queued":
            return "queued"
        return self.row.state

    @property
    def message(self) -> str:
        """One short line on what is going on."""
        if self.job is None:
            return ""
        if self.job.state == "cancelled":
            return "cancelled; what was done is kept – retry goes on from there"
        return self.job.message


def list_cameras(actor: Actor, workspace: Workspace) -> list[CameraRow]:
    """The cameras this actor may see, by name."""
    with workspace.database.read() as session:
        return list(cameras.list_cameras(session, actor.cameras))


def find_camera(actor: Actor, workspace: Workspace, name: str) -> CameraRow:
    """The camera called `name`; NotFound names those there are."""
    with workspace.database.read() as session:
        camera = cameras.find_camera(session, name)
        if camera is None or not actor.may_see(camera.id):
            known = ", ".join(row.name for row in cameras.list_cameras(session, actor.cameras))
            raise NotFound(
                f"There is no camera called {name!r}. "
                + (f"Known cameras: {known}." if known else "No camera has been added yet.")
            )
        return camera


def add_camera(
    actor: Actor,
    workspace: Workspace,
    name: str,
    *,
    time_zone: str = "",
    clock_offset: float = 0.0,
    notes: str = "",
) -> CameraRow:
    """Add a camera. Raises DuplicateName, InvalidInput."""
    with workspace.database.write() as session:
        camera = cameras.add_camera(
            session,
            name=name,
            time_zone=_zone(time_zone),
            clock_offset=clock_offset,
            notes=notes,
        )
        audit.record(session, actor.name, "camera.add", f"camera {camera.id}", {"name": name})
        return camera


def edit_camera(
    actor: Actor, workspace: Workspace, camera_id: int, *, version: int, **changes: Any
) -> CameraRow:
    """Change name, time_zone, clock_offset or notes; Conflict when `version` is no longer it."""
    if "time_zone" in changes:
        changes["time_zone"] = _zone(changes["time_zone"])
    _require_camera(actor, camera_id)
    with workspace.database.write() as session:
        camera = cameras.edit_camera(session, camera_id, version=version, **changes)
        audit.record(session, actor.name, "camera.edit", f"camera {camera_id}", changes)
        return camera


def remove_camera(actor: Actor, workspace: Workspace, camera_id: int) -> Removal:
    """Remove a camera with all its videos, sightings, vectors, crops and clips."""
    _require_camera(actor, camera_id)
    with workspace.database.write() as session:
        for video in videos.list_videos(session, actor.cameras, camera_id=camera_id):
            _stop_jobs(session, video.id)
        name = cameras.get_camera(session, camera_id).name
        removal = cameras.remove_camera(session, camera_id)
        audit.record(session, actor.name, "camera.remove", f"camera {camera_id}", {"name": name})
    workspace.media.delete(removal.media_keys, before=removal.began)
    return removal


def list_videos(actor: Actor, workspace: Workspace, camera: str | None = None) -> list[VideoView]:
    """The videos this actor may see, by camera and start."""
    with workspace.database.read() as session:
        camera_id = None
        if camera is not None:
            found = cameras.find_camera(session, camera)
            if found is None:
                raise NotFound(f"There is no camera called {camera!r}.")
            camera_id = found.id
        rows = videos.list_videos(session, actor.cameras, camera_id=camera_id)
        latest = _latest_jobs(jobs.list_jobs(session))
        pictures = renditions.media_keys(session, [row.id for row in rows], "thumbnail")
        return [VideoView(row, latest.get(row.id), pictures.get(row.id)) for row in rows]


def get_video(actor: Actor, workspace: Workspace, video_id: int) -> VideoRow:
    """One video; NotFound when there is none or it may not be seen."""
    with workspace.database.read() as session:
        row = videos.get_video(session, video_id)
    if not actor.may_see(row.camera_id):
        raise NotFound(f"There is no video {video_id}.")
    return row


def find_video(actor: Actor, workspace: Workspace, name: str) -> VideoRow:
    """The video called `name`; NotFound when there is none or it may not be seen."""
    for view in list_videos(actor, workspace):
        if view.row.name == name or str(view.row.id) == name:
            return view.row
    raise NotFound(f"There is no video called {name!r}. `videos list` shows them.")


def edit_video(
    actor: Actor, workspace: Workspace, video_id: int, *, version: int, **changes: Any
) -> VideoRow:
    """Change camera (by name, made when new), name, start or start_confirmed of a video.

    A start entered here counts as given, hence confirmed; a naive one is read in the zone of the
    camera. `start=None` forgets it. Conflict when `version` is no longer the video's.
    """
    row = get_video(actor, workspace, video_id)
    with workspace.database.write() as session:
        camera_id = row.camera_id
        name = changes.pop("camera", None)
        if name is not None:
            found = cameras.find_camera(session, name)
            camera_id = (found or cameras.add_camera(session, name=name)).id
            changes["camera_id"] = camera_id
        if "start" in changes:
            start = changes["start"]
            if start is None:
                changes |= {"start_source": "unknown", "start_confirmed": False}
            else:
                zone = zone_of(workspace, cameras.get_camera(session, camera_id))
                changes["start"] = localise(start, zone)
                if changes["start"] != row.start:
                    changes |= {"start_source": "given", "start_confirmed": True}
        if changes.get("start_confirmed") and changes.get("start", row.start) is None:
            raise InvalidInput(f"{row.name} has no start time to confirm. Enter one first.")
        edited = videos.edit_video(session, video_id, version=version, **changes)
        audit.record(session, actor.name, "video.edit", f"video {video_id}", _plain(changes))
        return edited


def remove_video(actor: Actor, workspace: Workspace, video_id: int) -> Removal:
    """Remove a video with its sightings, vectors, crops and clips.

    An uploaded file is deleted; one that was added by its path stays where it is.
    """
    row = get_video(actor, workspace, video_id)
    with workspace.database.write() as session:
        _stop_jobs(session, video_id)
        removal = videos.remove_video(session, video_id)
        audit.record(session, actor.name, "video.remove", f"video {video_id}", {"name": row.name})
    workspace.media.delete(removal.media_keys, before=removal.began)
    return removal


def zone_of(workspace: Workspace, camera: CameraRow | None) -> ZoneInfo | None:
    """The zone in which a camera's naive times are read; None: that of this machine."""
    name = (camera.time_zone if camera else "") or workspace.settings.video.time_zone
    return ZoneInfo(name) if name else None


def _latest_jobs(rows: list[JobRow]) -> dict[int, JobRow]:
    latest: dict[int, JobRow] = {}
    for job in sorted(rows, key=lambda row: row.id):
        if job.video_id is not None and job.kind == "ingest":
            latest[job.video_id] = job
    return latest


def _stop_jobs(session: Any, video_id: int) -> None:
    for job in jobs.list_jobs(session, states=("queued", "running"), video_id=video_id):
        jobs.request_cancel(session, job.id)


def _require_camera(actor: Actor, camera_id: int) -> None:
    if not actor.may_see(camera_id):
        raise NotFound(f"There is no camera {camera_id}.")


def _zone(name: str) -> str:
    try:
        return check_time_zone(name)
    except ValueError as error:
        raise InvalidInput(f"{error}") from error


def _plain(changes: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in changes.items()
    }
