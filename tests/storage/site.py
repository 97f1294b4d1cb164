"""A small made-up site: cameras, videos, tracklets with crops and vectors, as ingest would."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from storage import cameras, crops, embeddings, tracklets, videos
from storage.media import MediaStore
from storage.records import NewCrop, VideoRow

SPACE = "resnet50:0123abcd"
DIMENSION = 32
NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def a_camera(session: Session, name: str = "Door", **values: Any) -> int:
    return cameras.add_camera(session, name=name, **values).id


def a_video(session: Session, camera_id: int, name: str = "a.mp4", **values: Any) -> VideoRow:
    defaults: dict[str, Any] = {
        "path": f"/footage/{name}",
        "managed": False,
        "sha256": hashlib.sha256(f"{name}{values}".encode()).hexdigest(),
        "size": 1000,
        "duration": 120.0,
        "width": 640,
        "height": 360,
        "fps": 25.0,
        "codec": "h264",
        "start": NOON,
        "start_source": "given",
        "start_confirmed": True,
    }
    return videos.add_video(session, camera_id=camera_id, name=name, **(defaults | values))


def a_walk(begin: float, end: float, fps: float = 8.0) -> dict[str, Any]:
    """Arrays of somebody who walks to the right from `begin` to `end` (s)."""
    frames = np.arange(round(begin * fps), round(end * fps) + 1, dtype=np.int32)
    steps = np.arange(len(frames), dtype=np.float32)
    boxes = np.stack([steps, steps * 0 + 10, steps + 40, steps * 0 + 110], axis=1)
    return {
        "frames": frames,
        "times": frames / fps,
        "boxes": boxes.astype(np.float32),
        "confidences": np.full(len(frames), 0.9, np.float32),
    }


def a_tracklet(session: Session, video_id: int, begin: float = 0.0, end: float = 4.0) -> int:
    number = tracklets.last_number(session, video_id) + 1
    return tracklets.add_tracklet(
        session, video_id=video_id, number=number, quality=0.5, **a_walk(begin, end)
    )


def a_crop(media_key: str, kind: str = "keyframe", **values: Any) -> NewCrop:
    defaults: dict[str, Any] = {
        "frame": 8,
        "time": 1.0,
        "box": (8.0, 10.0, 48.0, 110.0),
        "width": 40,
        "height": 100,
        "quality": 0.5,
        "size": 100,
    }
    return NewCrop(kind=kind, media_key=media_key, **(defaults | values))


def unit_vectors(seed: int, count: int, dimension: int = DIMENSION) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, dimension))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def register(session: Session, space: str = SPACE, dimension: int = DIMENSION) -> None:
    embeddings.register_embedder(
        session, name="resnet50", space=space, dimension=dimension, fingerprint="f"
    )


def a_populated_video(
    session: Session, media: MediaStore, camera_id: int, name: str, people: int, seed: int
) -> VideoRow:
    """A managed video with `people` tracklets, each with two crops and three vectors."""
    register(session)
    content = f"content of {name}".encode()
    video = a_video(
        session,
        camera_id,
        name,
        path=media.put(content, "mp4"),
        managed=True,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    for person in range(people):
        tracklet = a_tracklet(session, video.id, begin=person, end=person + 3.0)
        pictures = [f"{name}-{person}-{kind}".encode() for kind in ("keyframe", "strip")]
        ids = crops.add_crops(
            session,
            tracklet,
            [
                a_crop(media.put(picture, "jpg"), kind, size=len(picture))
                for picture, kind in zip(pictures, ("keyframe", "strip"), strict=True)
            ],
        )
        embeddings.add_embeddings(
            session,
            SPACE,
            np.full(3, tracklet),
            np.array([*ids, -1]),
            ["image", "image", "tracklet"],
            unit_vectors(seed * 1000 + person, 3),
        )
    return videos.get_video(session, video.id)
