"""One frame of a video with the people in it, for scrubbing and clicking."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

from app.services.actor import Actor
from app.services.boxes import box_at, longest_gap
from app.services.ingest import video_path
from app.services.library import get_video
from app.workspace import Workspace
from storage import tracklets
from storage.records import VideoRow
from tracking.video import frame_at

PICTURE_HEIGHT = 1080
_CACHED = 48


@dataclass(frozen=True, slots=True)
class PersonInFrame:
    """A sighting in a frame; `box` is xyxy in pixels of the video."""

    tracklet: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FrameView:
    """A moment of a video: `time` seconds, the people outlined, and how far it is analysed."""

    video: VideoRow
    time: float
    people: tuple[PersonInFrame, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """How many people were seen in each bin of a video's time."""

    duration: float
    bin_seconds: float
    counts: tuple[int, ...]


def people_at(actor: Actor, workspace: Workspace, video_id: int, time: float) -> FrameView:
    """Who is where at `time` seconds of a video, boxes interpolated between analysed frames."""
    video = get_video(actor, workspace, video_id)
    slack = longest_gap(workspace.settings)
    with workspace.database.read() as session:
        near = tracklets.tracklets_at(session, video_id, time, slack)
    people = []
    for found in near:
        box = box_at(workspace.settings, found.id, found, time, video.duration)
        if box is not None:
            x1, y1, x2, y2 = (float(value) for value in box)
            people.append(PersonInFrame(found.id, (x1, y1, x2, y2)))
    return FrameView(video, time, tuple(people))


def activity(actor: Actor, workspace: Workspace, video_id: int, bins: int = 200) -> Activity:
    """People a bin over the whole video."""
    video = get_video(actor, workspace, video_id)
    seconds = max(video.duration / bins, 1.0 / workspace.settings.video.analysis_fps)
    with workspace.database.read() as session:
        counts = tracklets.activity(session, video_id, seconds)
    return Activity(video.duration, seconds, tuple(int(count) for count in counts))


class FramePictures:
    """JPEG frames on demand, the latest few kept in memory.

    Safe to share between threads.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def jpeg(self, actor: Actor, video_id: int, time: float) -> bytes:
        """The frame shown at `time` seconds, at most 1080 high. Raises VideoError."""
        key = (video_id, round(time * 1000))
        video = get_video(actor, self._workspace, video_id)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        image = frame_at(video_path(self._workspace, video), time).image
        height, width = image.shape[:2]
        if height > PICTURE_HEIGHT:
            size = (round(width * PICTURE_HEIGHT / height), PICTURE_HEIGHT)
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        done, encoded = cv2.imencode(
            ".jpg", np.ascontiguousarray(image[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 88]
        )
        assert done
        jpeg = encoded.tobytes()
        with self._lock:
            self._kept[key] = jpeg
            while len(self._kept) > _CACHED:
                self._kept.popitem(last=False)
        return jpeg
