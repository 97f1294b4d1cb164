"""The JSON that leaves the API. `from_…` builds each from what the services return."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer

from app.api.deps import Site
from app.services.hits import Hit
from app.services.ingest import Registered
from app.services.library import VideoView
from app.services.sightings import Sighting
from app.times import iso
from storage.records import CameraRow, CropRow, JobRow

Time = Annotated[datetime | None, PlainSerializer(iso, return_type=str | None)]
Box = tuple[float, float, float, float]


class Shape(BaseModel):
    """A JSON object."""

    model_config = ConfigDict(frozen=True)


class CameraOut(Shape):
    """A camera; `clock_offset` seconds are added to its clock to get the true time."""

    id: int
    name: str
    time_zone: str
    clock_offset: float
    notes: str
    videos: int
    version: int

    @classmethod
    def from_row(cls, row: CameraRow) -> CameraOut:
        """From a stored camera."""
        return cls(**_copied(cls, row))


class VideoOut(Shape):
    """A video and what is going on with it."""

    id: int
    video: str
    camera: str
    camera_id: int
    state: str
    error: str | None
    progress: float | None
    message: str
    eta_seconds: float | None
    job: int | None
    job_state: str | None
    duration: float
    width: int
    height: int
    fps: float
    codec: str
    size: int
    sha256: str
    start: Time
    start_source: str
    start_confirmed: bool
    processed_until: float
    tracklets: int
    warnings: tuple[str, ...]
    thumbnail: str | None
    managed: bool
    version: int

    @classmethod
    def from_view(cls, view: VideoView, site: Site) -> VideoOut:
        """From a video and its latest job."""
        row, job = view.row, view.job
        active = job is not None and job.state in ("queued", "running")
        failed = job.error if job is not None and job.state == "failed" else None
        own = {
            "video": row.name,
            "state": view.state,
            "error": row.error if view.state == "failed" else failed,
            "progress": job.progress if active and job else None,
            "message": view.message,
            "eta_seconds": job.eta if active and job else None,
            "job": job.id if job else None,
            "job_state": job.state if job else None,
            "thumbnail": site.media_url(view.thumbnail),
        }
        return cls(**_copied(cls, row, **own))


class RegisteredOut(Shape):
    """What became of one file that was taken in: queued, duplicate or failed."""

    file: str
    state: str
    id: int | None
    video: str | None
    camera: str | None
    error: str | None
    job: int | None

    @classmethod
    def from_result(cls, result: Registered) -> RegisteredOut:
        """From the ingest service."""
        video = result.video
        return cls(
            file=result.file,
            state=result.state,
            id=video.id if video else None,
            video=video.name if video else None,
            camera=video.camera if video else None,
            error=result.error,
            job=result.job_id,
        )


class JobOut(Shape):
    """A piece of background work."""

    id: int
    kind: str
    state: str
    progress: float
    message: str
    eta_seconds: float | None
    attempts: int
    error: str | None
    video_id: int | None
    params: dict[str, Any]
    cancel_requested: bool
    created: Time
    updated: Time
    started: Time
    finished: Time

    @classmethod
    def from_row(cls, row: JobRow) -> JobOut:
        """From a stored job."""
        return cls(**_copied(cls, row, eta_seconds=row.eta, params=dict(row.params)))


class CropOut(Shape):
    """A picture of a sighting."""

    id: int
    kind: str
    url: str | None
    time: float
    box: Box
    quality: float

    @classmethod
    def from_row(cls, row: CropRow, site: Site) -> CropOut:
        """From a stored crop."""
        return cls(**_copied(cls, row, url=site.media_url(row.media_key)))


class TrackletOut(Shape):
    """A sighting: one person followed for a while in one video."""

    id: int
    camera: str
    camera_id: int
    video: str
    video_id: int
    start: Time
    end: Time
    offset_start: float
    offset_end: float
    frames: int
    quality: float
    thumbnail: str | None

    @classmethod
    def from_sighting(cls, sighting: Sighting, site: Site) -> TrackletOut:
        """From a sighting and its best crop."""
        cover = sighting.cover.media_key if sighting.cover else None
        return cls(**_copied(cls, sighting.row, thumbnail=site.media_url(cover)))


class TrackletDetailOut(TrackletOut):
    """A sighting with all its pictures."""

    crops: tuple[CropOut, ...]


class PersonNameOut(Shape):
    """Whom a sighting is placed with."""

    id: int
    label: str


class HitOut(Shape):
    """A sighting that may show the person asked for."""

    tracklet: int
    camera: str
    camera_id: int
    video: str
    video_id: int
    start: Time
    end: Time
    offset_start: float
    offset_end: float
    probability: float | None
    strength: str
    score: float
    crop: str | None
    crops: tuple[str, ...]
    own_camera: bool
    judgement: str | None
    judgement_id: int | None
    person: PersonNameOut | None

    @classmethod
    def from_hit(cls, hit: Hit, site: Site) -> HitOut:
        """From the search service."""
        urls = [site.media_url(crop.media_key) or "" for crop in hit.crops]
        own = {
            "tracklet": hit.tracklet.id,
            "probability": hit.probability,
            "strength": hit.strength,
            "score": hit.score,
            "crop": urls[0] if urls else None,
            "crops": tuple(urls),
            "own_camera": hit.own_camera,
            "judgement": hit.verdict,
            "judgement_id": hit.judgement_id,
            "person": hit.person and PersonNameOut(id=hit.person.id, label=hit.person.label),
        }
        return cls(**_copied(cls, hit.tracklet, **own))


def _copied(shape: type[Shape], row: object, **own: Any) -> dict[str, Any]:
    """The shape's fields: those given here, and those the row has under the same name."""
    names = [name for name in shape.model_fields if name not in own]
    return {name: getattr(row, name) for name in names} | own
