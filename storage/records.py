"""Rows as they leave the store: frozen values, detached from any session.

Times of day are aware UTC datetimes; `offset_…` and `time` are seconds from a video's first frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
Visible = frozenset[int] | None
"""Camera ids that the caller may see; None: all of them."""


def no_details() -> Mapping[str, Any]:
    """An empty mapping that nobody can fill."""
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera. `clock_offset` seconds added to its clock give the true time."""

    id: int
    name: str
    time_zone: str  # IANA name, or "" for the machine's own
    clock_offset: float
    notes: str
    videos: int
    version: int
    created: datetime


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A video file. `start` is what the camera's clock said (UTC), before `clock_offset`."""

    id: int
    camera_id: int
    camera: str
    name: str  # unique in the store
    path: str  # a media key if managed, else the absolute path of somebody's own file
    managed: bool
    sha256: str
    size: int  # bytes
    duration: float  # seconds
    width: int
    height: int
    fps: float
    codec: str
    start: datetime | None
    start_source: str  # given, name, metadata, unknown
    start_confirmed: bool
    clock_offset: float  # the camera's
    state: str  # new, queued, processing, done, failed
    error: str | None
    processed_until: float  # seconds of video time
    warnings: tuple[str, ...]
    tracklets: int
    version: int
    created: datetime

    @property
    def begins(self) -> datetime | None:
        """True time of the first frame (UTC), if its start was given or confirmed; else None."""
        if self.start is None or not (self.start_confirmed or self.start_source == "given"):
            return None
        return self.start + timedelta(seconds=self.clock_offset)


@dataclass(frozen=True, slots=True)
class TrackletRow:
    """One person followed for a while in one video, without its boxes (see tracklets.load_boxes).

    `start` and `end` are true times (UTC), or None while the video's start is not trusted.
    """

    id: int
    video_id: int
    video: str
    camera_id: int
    camera: str
    number: int
    frames: int  # analysed frames
    offset_start: float
    offset_end: float
    start: datetime | None
    end: datetime | None
    quality: float  # 0–1


class TrackletArrays(NamedTuple):
    """What the tracker saw, frame by frame: exactly what was stored."""

    frames: NDArray[np.int32]  # (n,)
    times: NDArray[np.float64]  # (n,) seconds
    boxes: NDArray[np.float32]  # (n, 4) xyxy pixels
    confidences: NDArray[np.float32]  # (n,)


class TrackletNear(NamedTuple):
    """A tracklet around a moment of its video."""

    id: int
    frames: NDArray[np.int32]
    times: NDArray[np.float64]
    boxes: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NewCrop:
    """A crop to be stored, its picture already in the media store under `media_key`."""

    kind: str  # keyframe, strip
    media_key: str
    frame: int
    time: float
    box: Box
    width: int
    height: int
    quality: float  # 0–1
    size: int  # bytes of the picture
    parts: Mapping[str, float] = field(default_factory=no_details)  # what the quality is made of


@dataclass(frozen=True, slots=True)
class CropRow:
    """A stored crop of a tracklet."""

    id: int
    tracklet_id: int
    kind: str
    media_key: str
    frame: int
    time: float
    box: Box
    width: int
    height: int
    quality: float
    size: int
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class DetectionChunkRow:
    """All detections of one stretch of video: `counts[i]` of them on analysed frame i, in order."""

    index: int
    start: float
    end: float
    settings_key: str
    counts: NDArray[np.int32]  # (frames,)
    frames: NDArray[np.int32]  # (frames,)
    times: NDArray[np.float64]  # (frames,)
    boxes: NDArray[np.float32]  # (sum of counts, 4)
    confidences: NDArray[np.float32]  # (sum of counts,)


@dataclass(frozen=True, slots=True)
class RenditionRow:
    """A file made from a video on demand and kept: a clip, a thumbnail, a frame."""

    id: int
    video_id: int
    tracklet_id: int | None
    kind: str
    key: str  # what was asked for, in the caller's own words
    media_key: str
    size: int
    created: datetime


@dataclass(frozen=True, slots=True)
class EmbedderRow:
    """A model that filled, or may fill, a vector space."""

    id: int
    name: str
    space: str
    dimension: int
    fingerprint: str
    generation: int  # of the space: grows with every change of its vectors
    vectors: int  # in the space
    created: datetime


class StoredVectors(NamedTuple):
    """Vectors as stored (float16), widened to float32; `crop_ids` is -1 where there is no crop."""

    tracklet_ids: NDArray[np.int64]  # (n,)
    crop_ids: NDArray[np.int64]  # (n,)
    modalities: NDArray[np.str_]  # (n,) "image" or "tracklet"
    vectors: NDArray[np.float32]  # (n, dimension)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A piece of background work."""

    id: int
    kind: str
    state: str  # queued, running, done, failed, cancelled
    params: Mapping[str, Any]
    video_id: int | None
    progress: float  # 0–1
    message: str
    eta: float | None  # seconds
    worker: str | None
    attempts: int  # how many ended without an end: worker lost, or failed
    error: str | None
    cancel_requested: bool
    not_before: datetime | None
    heartbeat: datetime | None
    created: datetime
    updated: datetime
    started: datetime | None
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to what, and when."""

    id: int
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    created: datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal took out of the database, and the files that nothing refers to any more.

    Once the transaction is committed, hand `media_keys` and `began` to MediaStore.delete.
    """

    videos: int
    tracklets: int
    crops: int
    bytes: int  # of the files behind media_keys
    media_keys: tuple[str, ...]
    began: datetime
