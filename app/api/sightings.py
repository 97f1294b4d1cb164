"""Routes: frames with people outlined, sightings, clips, judgements."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import Box, CropOut, TrackletDetailOut, TrackletOut
from app.services import clips, frames, judgements, sightings

router = APIRouter(tags=["sightings"])


class PersonOut(BaseModel):
    """Somebody in a frame; `box` is xyxy in pixels of the video."""

    tracklet: int
    box: Box
    label: str


class FrameOut(BaseModel):
    """A moment of a video with the people in it."""

    video_id: int
    time: float
    width: int
    height: int
    image: str
    people: list[PersonOut]
    tracked_until: float


class ActivityOut(BaseModel):
    """How many people were seen in each bin of a video's time."""

    duration: float
    bin_seconds: float
    bins: tuple[int, ...]


class ClipOut(BaseModel):
    """A clip and the seconds of its video that it shows."""

    url: str
    start: float
    end: float


class JudgementIn(BaseModel):
    """What a person says of two sightings."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": 3, "tracklet": 17, "verdict": "same"}]},
    )
    query: int
    tracklet: int
    verdict: Literal["same", "different"]


class JudgementOut(BaseModel):
    """A stored judgement."""

    id: int
    query: int
    tracklet: int
    verdict: str


@router.get("/videos/{video_id}/frame")
def frame(
    video_id: int, t: Annotated[float, Query(ge=0)], site: SiteDep, actor: ActorDep
) -> FrameOut:
    """The frame shown at `t` seconds and who is in it."""
    view = frames.people_at(actor, site.workspace, video_id, t)
    return FrameOut(
        video_id=video_id,
        time=view.time,
        width=view.video.width,
        height=view.video.height,
        image=site.signer.url(f"frame/{video_id}/{round(t * 1000)}"),
        people=[
            PersonOut(tracklet=person.tracklet, box=person.box, label=f"Person {number}")
            for number, person in enumerate(sorted(view.people, key=lambda p: p.box[0]), 1)
        ],
        tracked_until=view.video.duration
        if view.video.state == "done"
        else view.video.processed_until,
    )


@router.get("/videos/{video_id}/activity")
def activity(video_id: int, site: SiteDep, actor: ActorDep) -> ActivityOut:
    """People over time, for finding one's way."""
    found = frames.activity(actor, site.workspace, video_id)
    return ActivityOut(duration=found.duration, bin_seconds=found.bin_seconds, bins=found.counts)


@router.get("/tracklets")
def list_tracklets(
    site: SiteDep,
    actor: ActorDep,
    video_id: int | None = None,
    camera: str | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[TrackletOut]:
    """Sightings in the order of camera, video and time."""
    found = sightings.list_sightings(
        actor, site.workspace, video_id=video_id, camera=camera, limit=limit, offset=offset
    )
    return [TrackletOut.from_sighting(each, site) for each in found]


@router.get("/tracklets/export", response_class=Response)
def export_tracklets(
    site: SiteDep,
    actor: ActorDep,
    kind: Annotated[Literal["mot", "csv", "json"], Query(alias="format")] = "mot",
) -> Response:
    """All boxes as a ZIP with one file a video."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w") as archive:
        for path in sightings.export_tracklets(actor, site.workspace, kind, Path(folder)):
            archive.write(path, path.name, zipfile.ZIP_DEFLATED)
    name = {"Content-Disposition": f'attachment; filename="tracklets-{kind}.zip"'}
    return Response(buffer.getvalue(), media_type="application/zip", headers=name)


@router.get("/tracklets/{tracklet_id}")
def get_tracklet(tracklet_id: int, site: SiteDep, actor: ActorDep) -> TrackletDetailOut:
    """One sighting with its pictures."""
    row = sightings.get_sighting(actor, site.workspace, tracklet_id)
    crops = sightings.crops_of(actor, site.workspace, tracklet_id)
    best = max(
        (crop for crop in crops if crop.kind == "keyframe"),
        key=lambda crop: crop.quality,
        default=None,
    )
    plain = TrackletOut.from_sighting(sightings.Sighting(row, best), site)
    return TrackletDetailOut(
        **plain.model_dump(), crops=tuple(CropOut.from_row(crop, site) for crop in crops)
    )


@router.post("/tracklets/{tracklet_id}/clip")
def cut_clip(tracklet_id: int, site: SiteDep, actor: ActorDep) -> ClipOut:
    """A clip of the sighting with the person boxed, cut now unless it was before."""
    clip = clips.clip_of(actor, site.workspace, tracklet_id)
    return ClipOut(url=site.media_url(clip.media_key) or "", start=clip.start, end=clip.end)


@router.post("/judgements", status_code=201)
def judge(body: JudgementIn, site: SiteDep, actor: ActorDep) -> JudgementOut:
    """Say that two sightings show the same person, or not."""
    row = judgements.judge(actor, site.workspace, body.query, body.tracklet, body.verdict)
    return JudgementOut(
        id=row.id, query=row.query_tracklet, tracklet=row.tracklet, verdict=row.verdict
    )


@router.delete("/judgements/{judgement_id}", status_code=204)
def withdraw(judgement_id: int, site: SiteDep, actor: ActorDep) -> None:
    """Take a judgement back."""
    judgements.withdraw(actor, site.workspace, judgement_id)
