"""Routes: cameras, videos, guesses from file names."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import CameraOut, Time, VideoOut
from app.services import library
from app.services.guesses import guess
from storage.records import Removal

router = APIRouter(tags=["library"])


class CameraIn(BaseModel):
    """A new camera."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "lobby", "time_zone": "Europe/Berlin"}]},
    )
    name: str = Field(min_length=1, max_length=200)
    time_zone: str = ""
    clock_offset: float = 0.0
    notes: str = ""


class CameraEdit(BaseModel):
    """Changes to a camera; `version` is the one the person saw."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"version": 1, "clock_offset": -12.5}]}
    )
    version: int
    name: str | None = Field(None, min_length=1, max_length=200)
    time_zone: str | None = None
    clock_offset: float | None = None
    notes: str | None = None


class VideoEdit(BaseModel):
    """Changes to a video; a `start` given here counts as confirmed, null forgets it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": 1, "start": "2026-03-01T12:00:00Z"}]},
    )
    version: int
    camera: str | None = Field(None, min_length=1, max_length=200)
    name: str | None = Field(None, min_length=1, max_length=255)
    start: datetime | None = None
    start_confirmed: bool | None = None


class RemovedOut(BaseModel):
    """What a removal took away."""

    videos: int
    tracklets: int
    crops: int
    bytes: int

    @classmethod
    def from_removal(cls, removal: Removal) -> RemovedOut:
        """From the store's account."""
        return cls(**{name: getattr(removal, name) for name in cls.model_fields})


class GuessOut(BaseModel):
    """What a file name suggests."""

    camera: str
    start: Time
    start_source: str


@router.get("/cameras")
def list_cameras(site: SiteDep, actor: ActorDep) -> list[CameraOut]:
    """All cameras, by name."""
    rows = library.list_cameras(actor, site.workspace)
    return [CameraOut.from_row(row) for row in rows]


@router.post("/cameras", status_code=201)
def add_camera(body: CameraIn, site: SiteDep, actor: ActorDep) -> CameraOut:
    """Add a camera."""
    return CameraOut.from_row(library.add_camera(actor, site.workspace, **body.model_dump()))


@router.patch("/cameras/{camera_id}")
def edit_camera(camera_id: int, body: CameraEdit, site: SiteDep, actor: ActorDep) -> CameraOut:
    """Change a camera; 409 when somebody else changed it since `version`."""
    changes = body.model_dump(exclude_unset=True)
    return CameraOut.from_row(library.edit_camera(actor, site.workspace, camera_id, **changes))


@router.delete("/cameras/{camera_id}")
def remove_camera(camera_id: int, site: SiteDep, actor: ActorDep) -> dict[str, RemovedOut]:
    """Remove a camera with everything recorded by it."""
    removal = library.remove_camera(actor, site.workspace, camera_id)
    return {"removed": RemovedOut.from_removal(removal)}


@router.get("/videos")
def list_videos(site: SiteDep, actor: ActorDep, camera: str | None = None) -> list[VideoOut]:
    """All videos with their state and progress."""
    views = library.list_videos(actor, site.workspace, camera)
    return [VideoOut.from_view(view, site) for view in views]


@router.patch("/videos/{video_id}")
def edit_video(video_id: int, body: VideoEdit, site: SiteDep, actor: ActorDep) -> VideoOut:
    """Change camera, name or start of a video; 409 when it was changed since `version`."""
    changes = body.model_dump(exclude_unset=True)
    library.edit_video(actor, site.workspace, video_id, **changes)
    views = library.list_videos(actor, site.workspace)
    return VideoOut.from_view(next(view for view in views if view.row.id == video_id), site)


@router.delete("/videos/{video_id}")
def remove_video(video_id: int, site: SiteDep, actor: ActorDep) -> dict[str, RemovedOut]:
    """Remove a video with its sightings, vectors, crops and clips."""
    removal = library.remove_video(actor, site.workspace, video_id)
    return {"removed": RemovedOut.from_removal(removal)}


@router.get("/guess")
def guess_from_name(
    name: Annotated[str, Query(examples=["cam1_2026-03-01_12-00-00.mp4"])],
    site: SiteDep,
    actor: ActorDep,
    camera: str | None = None,
) -> GuessOut:
    """Guess camera and start from a file's name, its time read in the camera's zone."""
    known = {row.name: row for row in library.list_cameras(actor, site.workspace)}
    first = guess(name, None)
    row = known.get(camera or first.camera)
    found = guess(name, library.zone_of(site.workspace, row))
    return GuessOut(camera=found.camera, start=found.start, start_source=found.start_source)
