"""Following people from frame to frame, behind one small interface.

Trackers see boxes, confidences and times only: no pixels, no compensation of camera motion. So
they can be replayed from stored detections and end with the same ids. Ids count from 1 in each
tracker, hence in each video. All times are seconds: frame rates may vary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from tracking.geometry import without_doubles
from tracking.values import Box, FrameDetections

Method = Literal["bytetrack", "ocsort", "botsort"]
METHODS: tuple[Method, ...] = ("bytetrack", "ocsort", "botsort")


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """How people are followed. The defaults are what `benchmarks/trackers.py` found best.

    Args:
        method: which tracker.
        fps: usual analysed frames a second; real steps may differ.
        lost_after: seconds for which an unseen person is waited for.
        new_above: confidence, 0–1, from which an unmatched box begins a track.
        sure_above: confidence, 0–1, from which boxes are matched first.
        least_iou: overlap of prediction and box below which they don't match.
    """

    method: Method = "bytetrack"
    fps: float = 8.0
    lost_after: float = 1.0
    new_above: float = 0.5
    sure_above: float = 0.5
    least_iou: float = 0.3

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"no tracker is called {self.method!r}; there are {METHODS}")
        if not (self.fps > 0 and self.lost_after > 0):
            raise ValueError("fps and lost_after must be more than 0")


class Tracker(Protocol):
    """Follows the people of one video."""

    def update(self, detections: FrameDetections) -> list[tuple[int, Box, float]]:
        """Take in the next analysed frame; times must increase.

        Returns:
            (track id from 1, box (4,) float32 as detected, confidence) of each followed person
            seen in this frame.
        """
        ...


def make_tracker(settings: TrackerSettings | None = None) -> Tracker:
    """A fresh tracker for one video."""
    return _Roboflow(settings or TrackerSettings())


class _Roboflow:
    """The trackers of Roboflow's `trackers`: ByteTrack, OC-SORT, BoT-SORT."""

    def __init__(self, settings: TrackerSettings) -> None:
        import trackers

        buffer = max(1, round(settings.lost_after * 30))  # they count in frames of 30 a second
        common: dict[str, Any] = {
            "lost_track_buffer": buffer,
            "frame_rate": settings.fps,
            "minimum_consecutive_frames": 1,
            "high_conf_det_threshold": settings.sure_above,
        }
        if settings.method == "ocsort":
            self._tracker = trackers.OCSORTTracker(
                **common, minimum_iou_threshold=settings.least_iou
            )
        elif settings.method == "botsort":
            self._tracker = trackers.BoTSORTTracker(
                **common,
                track_activation_threshold=settings.new_above,
                minimum_iou_threshold_first_assoc=settings.least_iou,
                enable_cmc=False,
            )
        else:
            self._tracker = trackers.ByteTrackTracker(
                **common,
                track_activation_threshold=settings.new_above,
                minimum_iou_threshold=settings.least_iou,
            )

    def update(self, detections: FrameDetections) -> list[tuple[int, Box, float]]:
        """See `Tracker.update`."""
        import supervision

        keep = without_doubles(detections.boxes, detections.confidences)
        boxes, confidences = detections.boxes[keep], detections.confidences[keep]
        given = supervision.Detections(
            xyxy=boxes, confidence=confidences, data={"position": np.arange(len(boxes))}
        )
        found = self._tracker.update(given, timestamp=detections.time)
        if found.tracker_id is None or not len(found):
            return []
        return [
            (int(track) + 1, boxes[position], float(confidences[position]))
            for track, position in zip(found.tracker_id, found.data["position"], strict=True)
            if track >= 0
        ]
