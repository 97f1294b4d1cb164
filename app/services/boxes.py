"""Stored boxes as the values that tracking works on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings
from storage.records import TrackletArrays, TrackletNear
from tracking.tracklets import interpolate
from tracking.values import Tracklet

HELD_STEPS = 1.5
"""Analysis steps from a video's ends within which a box is held to the very end."""


def as_tracklet(identifier: int, stored: TrackletArrays | TrackletNear) -> Tracklet:
    """A stored tracklet, its id standing for its number."""
    confidences = (
        stored.confidences
        if isinstance(stored, TrackletArrays)
        else np.ones(len(stored.frames), np.float32)
    )
    return Tracklet(identifier, stored.frames, stored.times, stored.boxes, confidences)


def longest_gap(settings: Settings) -> float:
    """Seconds between analysed frames across which boxes are interpolated: two analysis steps."""
    return 2.05 / settings.video.analysis_fps


def box_at(
    settings: Settings,
    identifier: int,
    stored: TrackletArrays | TrackletNear,
    time: float,
    duration: float,
) -> NDArray[np.float32] | None:
    """Where a stored tracklet is at `time` seconds of a video: (4,) xyxy, or None.

    At the video's very beginning and end the first and last boxes are held: somebody is followed
    only from the second analysed frame on, and frames after the last analysed one show people too.
    """
    held = HELD_STEPS / settings.video.analysis_fps
    first, last = float(stored.times[0]), float(stored.times[-1])
    if first <= held:
        time = max(time, first)
    if last >= duration - held:
        time = min(time, last)
    return interpolate(as_tracklet(identifier, stored), time, longest_gap(settings))
