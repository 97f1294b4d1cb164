"""Clips of sightings, cut on demand and kept until their video is removed."""

from __future__ import annotations

from dataclasses import dataclass

from app.services.actor import Actor
from app.services.boxes import box_at
from app.services.ingest import require_space, video_path
from app.services.library import get_video
from app.services.sightings import get_sighting
from app.workspace import Workspace
from storage import renditions, tracklets
from tracking.clips import cut_clip

MARGIN = 1.0
"""Seconds shown before and after the sighting."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A browser-playable clip: media key and the seconds of the video it shows."""

    media_key: str
    start: float
    end: float


def clip_of(actor: Actor, workspace: Workspace, tracklet_id: int) -> Clip:
    """The clip of a sighting with the person boxed; cut now unless it was before."""
    row = get_sighting(actor, workspace, tracklet_id)
    video = get_video(actor, workspace, row.video_id)
    start = max(row.offset_start - MARGIN, 0.0)
    end = min(row.offset_end + MARGIN, video.duration or row.offset_end + MARGIN)
    key = f"clip {row.id}"
    with workspace.database.read() as session:
        known = renditions.find_rendition(session, video_id=video.id, kind="clip", key=key)
        boxes = tracklets.load_boxes(session, row.id)
    if known is not None and workspace.media.exists(known.media_key):
        return Clip(known.media_key, start, end)
    require_space(workspace, 50 << 20, "Cutting a clip")
    target = workspace.media.temp_path(".mp4")
    try:
        cut_clip(
            video_path(workspace, video),
            start,
            end,
            lambda time: box_at(workspace.settings, row.id, boxes, time, video.duration),
            target,
        )
        size = target.stat().st_size
        media_key = workspace.media.adopt(target, ".mp4")
    finally:
        target.unlink(missing_ok=True)
    with workspace.database.write() as session:
        renditions.add_rendition(
            session,
            video_id=video.id,
            tracklet_id=row.id,
            kind="clip",
            key=key,
            media_key=media_key,
            size=size,
        )
    return Clip(media_key, start, end)
