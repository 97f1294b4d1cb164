"""The ingest job: a registered video becomes tracklets, crops and vectors, a minute at a time.

A chunk of video is one transaction: its detections, the tracklets that closed in it, their crops
and vectors. After a crash the tracker is replayed from the stored detections and goes on from the
first chunk that is missing, so that nothing is detected twice and the result is the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass

import numpy as np

from app.errors import ModelNotAllowed, describe
from app.jobs.progress import JobCancelled, JobInterrupted, Progress
from app.services.actor import Actor
from app.services.embedding import CropPictures, VectorBatch, embed_tracklets, write_vectors
from app.services.ingest import video_path
from app.services.switching import catch_up
from app.workspace import Workspace
from reid_models.errors import ModelUntrained, WeightsMissing
from reid_models.registry import LoadedModel
from storage import audit, crops, detections, tracklets, videos
from storage.errors import NotFound
from storage.records import DetectionChunkRow, JobRow, NewCrop, VideoRow
from tracking.pipeline import ChunkResult, TrackingSettings, track_video
from tracking.tracker import TrackerSettings
from tracking.values import Crop, DetectionChunk, FrameDetections, TrackedPerson
from tracking.video import VideoReader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredCrop:
    """A crop whose picture is in the media store already."""

    row: NewCrop
    crop: Crop


def ingest_video(workspace: Workspace, job: JobRow, progress: Progress) -> None:
    """Run the ingest job of one video from wherever an earlier attempt left it."""
    assert job.video_id is not None
    with workspace.database.read() as session:
        video = videos.get_video(session, job.video_id)
    actor = Actor(str(job.params.get("actor", "owner")))
    used = workspace.model_name_or_none()
    try:
        seconds = analyse(workspace, video, progress)
    except JobInterrupted:
        raise
    except JobCancelled:
        with workspace.database.write() as session, suppress(NotFound):
            videos.set_video_state(session, video.id, "new")
        raise
    except Exception as error:
        with workspace.database.write() as session, suppress(NotFound):
            videos.set_video_state(session, video.id, "failed", error=describe(error).message)
        raise
    with workspace.database.write() as session:
        audit.record(session, actor.name, "video.ingested", f"video {video.id}", {})
    if used is not None:
        catch_up(actor, workspace, used)
    log.info(
        "%s: %s",
        video.name,
        ", ".join(f"{stage} {value:.1f} s" for stage, value in sorted(seconds.items())),
    )


def analyse(workspace: Workspace, video: VideoRow, progress: Progress) -> dict[str, float]:
    """Analyse what is not analysed yet of a video; returns the seconds each stage worked.

    Stages run side by side, so that their sum exceeds the time it took.
    """
    progress.step(0.0, "loading the models")
    path = video_path(workspace, video)
    detector = workspace.detector()
    model, unsearchable = _model(workspace)
    settings = tracking_settings(workspace)
    key = settings_key(settings, detector.sha256)
    stored = _prepare(workspace, video, key)
    warnings = [unsearchable] if unsearchable else []
    with VideoReader(path) as reader:

        def watch(seconds: float) -> None:
            done = seconds / video.duration if video.duration else 0.0
            progress.step(min(done, 0.99), f"{_clock(seconds)} of {_clock(video.duration)}")

        with closing(track_video(reader, detector, settings, stored, watch)) as results:
            seconds = _consume(workspace, video, results, model, key, progress)
        warnings = [*reader.warnings, *warnings]
    with workspace.database.write() as session:
        videos.set_video_state(session, video.id, "done", warnings=warnings)
    return seconds


def _model(workspace: Workspace) -> tuple[LoadedModel | None, str | None]:
    """The active model, or why there is none and what to do about it."""
    try:
        return workspace.model(), None
    except ModelNotAllowed as error:
        return None, f"This video cannot be searched yet. {error}"
    except (WeightsMissing, ModelUntrained):
        return None, (
            "No re-ID model was ready, so this video cannot be searched yet. Run `models fetch` or "
            "`models import`, then `embed`."
        )


def _prepare(workspace: Workspace, video: VideoRow, key: str) -> list[DetectionChunk]:
    """The chunks an earlier attempt stored with these settings; what other settings left goes."""
    with workspace.database.write() as session:
        rows = detections.load_chunks(session, video.id, key)
        videos.set_video_state(session, video.id, "processing")
        if rows:
            return [_chunk(row) for row in rows]
        detections.delete_chunks(session, video.id)
        removal = tracklets.delete_tracklets(session, video.id)
        videos.set_progress(session, video.id, 0.0)
    workspace.media.delete(removal.media_keys, before=removal.began)
    return []


def _consume(
    workspace: Workspace,
    video: VideoRow,
    results: Iterator[ChunkResult],
    model: LoadedModel | None,
    key: str,
    progress: Progress,
) -> dict[str, float]:
    seconds: defaultdict[str, float] = defaultdict(float)
    for result in results:
        for stage, value in result.timings.items():
            seconds[stage] += value
        began = time.perf_counter()
        people = [(person, _store_crops(workspace, person)) for person in result.people]
        stored = time.perf_counter()
        batch = None
        if model is not None and people:
            batch = embed_tracklets(
                model, [_pictures([stored.crop for stored in kept]) for _, kept in people]
            )
        embedded = time.perf_counter()
        progress.check()
        _write_chunk(workspace, video, key, result, people, model, batch)
        seconds["embed"] += embedded - stored
        seconds["write"] += stored - began + time.perf_counter() - embedded
    return dict(seconds)


def _write_chunk(
    workspace: Workspace,
    video: VideoRow,
    key: str,
    result: ChunkResult,
    people: list[tuple[TrackedPerson, list[StoredCrop]]],
    model: LoadedModel | None,
    batch: VectorBatch | None,
) -> None:
    with workspace.database.write() as session:
        _add_chunk(session, video.id, key, result.chunk)
        ids, crop_ids = [], []
        for person, kept in people:
            tracklet = person.tracklet
            identifier = tracklets.add_tracklet(
                session,
                video_id=video.id,
                number=tracklet.number,
                frames=tracklet.frames,
                times=tracklet.times,
                boxes=tracklet.boxes,
                confidences=tracklet.confidences,
                quality=max((stored.row.quality for stored in kept), default=0.0),
            )
            ids.append(identifier)
            crop_ids.append(crops.add_crops(session, identifier, [stored.row for stored in kept]))
        if model is not None and batch is not None:
            write_vectors(session, model, ids, crop_ids, batch)
        videos.set_progress(session, video.id, result.video_time)


def _add_chunk(session: object, video_id: int, key: str, chunk: DetectionChunk) -> None:
    found = chunk.detections
    empty = np.zeros((0, 4), np.float32)
    detections.add_chunk(
        session,  # type: ignore[arg-type]
        video_id,
        chunk.index,
        chunk.start,
        chunk.end,
        key,
        np.array([len(each) for each in found], np.int32),
        np.array([each.frame for each in found], np.int32),
        np.array([each.time for each in found], np.float64),
        np.concatenate([empty, *(each.boxes for each in found)]),
        np.concatenate([empty[:, 0], *(each.confidences for each in found)]),
    )


def _chunk(row: DetectionChunkRow) -> DetectionChunk:
    borders = np.concatenate([[0], np.cumsum(row.counts)])
    return DetectionChunk(
        index=row.index,
        start=row.start,
        end=row.end,
        detections=tuple(
            FrameDetections(
                int(row.frames[i]),
                float(row.times[i]),
                row.boxes[borders[i] : borders[i + 1]],
                row.confidences[borders[i] : borders[i + 1]],
            )
            for i in range(len(row.counts))
        ),
    )


def _store_crops(workspace: Workspace, person: TrackedPerson) -> list[StoredCrop]:
    kept = []
    for crop in person.crops:
        x1, y1, x2, y2 = (float(value) for value in crop.box)
        row = NewCrop(
            kind=crop.kind,
            media_key=workspace.media.put(crop.jpeg, ".jpg"),
            frame=crop.frame,
            time=crop.time,
            box=(x1, y1, x2, y2),
            width=crop.width,
            height=crop.height,
            quality=crop.quality.score,
            size=len(crop.jpeg),
            parts={
                name: round(value, 4)
                for name, value in asdict(crop.quality).items()
                if name != "score"
            },
        )
        kept.append(StoredCrop(row, crop))
    return kept


def _pictures(kept: list[Crop]) -> CropPictures:
    return CropPictures(
        kinds=tuple(crop.kind for crop in kept), jpegs=tuple(crop.jpeg for crop in kept)
    )


def tracking_settings(workspace: Workspace) -> TrackingSettings:
    """What the configuration says to the tracking pipeline."""
    video, detector = workspace.settings.video, workspace.settings.detector
    return TrackingSettings(
        analysis_fps=video.analysis_fps,
        chunk_seconds=video.chunk_seconds,
        batch=detector.batch or None,
        tracker=TrackerSettings(fps=video.analysis_fps),
    )


def settings_key(settings: TrackingSettings, detector_sha256: str) -> str:
    """Names everything that the tracklets of a video depend on."""
    content = json.dumps([asdict(settings), detector_sha256], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
