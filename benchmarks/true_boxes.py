"""The truth in the detector's place: what matching would make of perfect boxes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracking.evaluation import Truth
from tracking.tracklets import boxes_at
from tracking.values import Tracklet
from tracking.video import VideoReader

CONFIDENCE = 0.9
LONGEST_GAP = 0.5  # seconds between labelled frames across which a box is interpolated


class TrueBoxes:
    """Answers like a detector, frame after frame, with the true boxes of one video.

    Boxes that do not count (hardly visible) are left out. Between labelled frames they are
    interpolated.

    Args:
        truth: of the video.
        path: its file.
        fps: analysed frames a second: the frames are asked for in that order, each once.
    """

    device = "cpu"

    def __init__(self, truth: Truth, path: Path, fps: float) -> None:
        with VideoReader(path) as reader:
            times = reader.timeline.times
            frames = np.array([frame.index for frame in reader.frames(fps)], np.int32)
        self.sha256 = hashlib.sha256(truth.boxes.tobytes()).hexdigest()
        self._next = 0
        self._boxes: list[list[NDArray[np.float32]]] = [[] for _ in frames]
        for person in np.unique(truth.ids).tolist():
            at = (truth.ids == person) & truth.counts
            if not at.any():
                continue
            seen = truth.frames[at]
            whole = Tracklet(1, seen, times[seen], truth.boxes[at], np.ones(len(seen), np.float32))
            rows, boxes = boxes_at(whole, frames, LONGEST_GAP)
            for row, box in zip(rows.tolist(), boxes, strict=True):
                self._boxes[row].append(box)

    def detect(
        self, images: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """The true boxes of the next so many analysed frames."""
        found = []
        for image in images:
            height, width = image.shape[:2]
            boxes = np.array(self._boxes[self._next], np.float32).reshape(-1, 4)
            boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
            solid = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
            found.append((boxes[solid], np.full(int(solid.sum()), CONFIDENCE, np.float32)))
            self._next += 1
        return found
