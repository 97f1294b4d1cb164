"""Tracklets as people see them – sightings – and their export."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.library import find_camera, list_videos
from app.workspace import Workspace
from storage import crops, tracklets
from storage.errors import NotFound
from storage.records import CropRow, TrackletRow, VideoRow

FORMATS = ("mot", "csv", "json")
CSV_COLUMNS = (
    "camera",
    "video",
    "tracklet",
    "frame",
    "seconds",
    "x1",
    "y1",
    "x2",
    "y2",
    "confidence",
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A tracklet with the crop that shows it best, if it has any."""

    row: TrackletRow
    cover: CropRow | None


def get_sighting(actor: Actor, workspace: Workspace, tracklet_id: int) -> TrackletRow:
    """One tracklet; NotFound when there is none or it may not be seen."""
    with workspace.database.read() as session:
        row = tracklets.get_tracklet(session, tracklet_id)
    if not actor.may_see(row.camera_id):
        raise NotFound(f"There is no sighting {tracklet_id}.")
    return row


def crops_of(actor: Actor, workspace: Workspace, tracklet_id: int) -> list[CropRow]:
    """All crops of a sighting, keyframes and strip, each in time order."""
    get_sighting(actor, workspace, tracklet_id)
    with workspace.database.read() as session:
        return crops.list_crops(session, [tracklet_id])


def list_sightings(
    actor: Actor,
    workspace: Workspace,
    *,
    video_id: int | None = None,
    camera: str | None = None,
    limit: int | None = None,
    offset: int | None = None,
) -> list[Sighting]:
    """Tracklets in the order of camera, video and time."""
    camera_ids = None if camera is None else [find_camera(actor, workspace, camera).id]
    with workspace.database.read() as session:
        rows = tracklets.list_tracklets(
            session,
            actor.cameras,
            video_ids=None if video_id is None else [video_id],
            camera_ids=camera_ids,
            limit=limit,
            offset=offset,
        )
        covers = crops.covers(session, [row.id for row in rows])
    return [Sighting(row, covers.get(row.id)) for row in rows]


def export_tracklets(actor: Actor, workspace: Workspace, kind: str, folder: Path) -> list[Path]:
    """Write every tracklet's boxes, one file a video, and return the files.

    Args:
        kind: "mot" (frame from 1, id, x, y, w, h, confidence, -1, -1, -1; ids are tracklet ids),
            "csv" or "json".
        folder: made when missing; files of the same name are replaced.
    """
    if kind not in FORMATS:
        raise BadRequest(f"There is no export format {kind!r}. Use one of {', '.join(FORMATS)}.")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    rows = [view.row for view in list_videos(actor, workspace)]
    for video in rows:
        alone = sum(other.camera_id == video.camera_id for other in rows) == 1
        stem = video.camera if alone else f"{video.camera}__{Path(video.name).stem}"
        path = folder / f"{_safe(stem)}.{'txt' if kind == 'mot' else kind}"
        with workspace.database.read() as session:
            boxes = tracklets.load_video_boxes(session, video.id)
        table = sorted(
            (int(frame), identifier, float(time), [float(v) for v in box], float(confidence))
            for identifier, found in boxes.items()
            for frame, time, box, confidence in zip(*found, strict=True)
        )
        _WRITERS[kind](path, video, table)
        written.append(path)
    return written


_Table = list[tuple[int, int, float, list[float], float]]


def _write_mot(path: Path, _video: VideoRow, table: _Table) -> None:
    lines = [
        f"{frame + 1},{identifier},{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},"
        f"{confidence:.4f},-1,-1,-1"
        for frame, identifier, _, (x1, y1, x2, y2), confidence in table
    ]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _write_csv(path: Path, video: VideoRow, table: _Table) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        for frame, identifier, time, box, confidence in table:
            writer.writerow(
                [video.camera, video.name, identifier, frame, round(time, 4)]
                + [round(value, 2) for value in box]
                + [round(confidence, 4)]
            )


def _write_json(path: Path, video: VideoRow, table: _Table) -> None:
    content = {
        "camera": video.camera,
        "video": video.name,
        "fps": video.fps,
        "boxes": [
            {
                "tracklet": identifier,
                "frame": frame,
                "seconds": round(time, 4),
                "box": [round(value, 2) for value in box],
                "confidence": round(confidence, 4),
            }
            for frame, identifier, time, box, confidence in table
        ],
    }
    path.write_text(json.dumps(content), encoding="utf-8")


_WRITERS = {"mot": _write_mot, "csv": _write_csv, "json": _write_json}


def _safe(stem: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " ._-()" else "_" for letter in stem)
