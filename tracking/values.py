"""The values that cross this package's border. Constructors check and never convert.

Boxes are xyxy float32 in pixels of the decoded, upright frame; times are seconds (float64) from
the first frame's timestamp; frame numbers are 0-based, in presentation order, in the file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Box = NDArray[np.float32]
CropKind = Literal["keyframe", "strip"]


@dataclass(frozen=True, slots=True, eq=False)
class FrameDetections:
    """Every person detected in one analysed frame, as the tracker sees them.

    Args:
        frame: number of the frame in the file, 0 or more.
        time: seconds from the first frame's timestamp, 0 or more.
        boxes: (n, 4) float32.
        confidences: (n,) float32 in 0–1.

    Raises:
        TypeError: an array of another type; nothing is converted silently.
        ValueError: a wrong shape, a box turned inside out, a value out of range.
    """

    frame: int
    time: float
    boxes: NDArray[np.float32]
    confidences: NDArray[np.float32]

    def __post_init__(self) -> None:
        _check_moment("FrameDetections", self.frame, self.time)
        _check_boxes("FrameDetections", self.boxes, self.confidences)

    def __len__(self) -> int:
        return len(self.confidences)


@dataclass(frozen=True, slots=True, eq=False)
class DetectionChunk:
    """What was detected in one stretch of a video: the unit that is stored and resumed from.

    Args:
        index: 0-based; the chunk covers [index × chunk_seconds, (index + 1) × chunk_seconds).
            A stretch without a single analysed frame has no chunk.
        start: seconds where it begins.
        end: seconds where it ends, exclusive; more than `start`.
        detections: one entry an analysed frame, in time order, all within [start, end).

    Raises:
        ValueError: frames out of order or outside the chunk.
    """

    index: int
    start: float
    end: float
    detections: tuple[FrameDetections, ...]

    def __post_init__(self) -> None:
        if self.index < 0 or not 0 <= self.start < self.end:
            raise ValueError(f"chunk {self.index} can't cover {self.start}–{self.end} s")
        times = [d.time for d in self.detections]
        frames = [d.frame for d in self.detections]
        if times and not self.start <= times[0] <= times[-1] < self.end:
            raise ValueError(
                f"chunk {self.index} covers {self.start}–{self.end} s but holds frames at "
                f"{times[0]}–{times[-1]} s"
            )
        if any(b <= a for a, b in pairwise(frames)):
            raise ValueError(f"chunk {self.index}: frame numbers must increase")
        if any(b <= a for a, b in pairwise(times)):
            raise ValueError(f"chunk {self.index}: times must increase")


@dataclass(frozen=True, slots=True, eq=False)
class Tracklet:
    """One person followed without doubt over analysed frames of one camera.

    Args:
        number: the track number, from 1, unique within its video.
        frames: (n,) int32, increasing; n is at least 1.
        times: (n,) float64 seconds, increasing.
        boxes: (n, 4) float32.
        confidences: (n,) float32 in 0–1.

    Raises:
        TypeError: an array of another type.
        ValueError: lengths that differ, times out of order, a value out of range.
    """

    number: int
    frames: NDArray[np.int32]
    times: NDArray[np.float64]
    boxes: NDArray[np.float32]
    confidences: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError(f"track numbers start at 1, not {self.number}")
        _check_array("Tracklet.frames", self.frames, np.int32, 1)
        _check_array("Tracklet.times", self.times, np.float64, 1)
        _check_boxes("Tracklet", self.boxes, self.confidences)
        lengths = {len(self.frames), len(self.times), len(self.boxes)}
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError(f"tracklet {self.number}: lengths {sorted(lengths)}, expected one > 0")
        if np.any(np.diff(self.frames) <= 0) or self.frames[0] < 0:
            raise ValueError(f"tracklet {self.number}: frame numbers must increase from 0")
        if not np.all(np.isfinite(self.times)) or np.any(np.diff(self.times) <= 0):
            raise ValueError(f"tracklet {self.number}: times must increase")

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def start(self) -> float:
        """Seconds of the first analysed frame."""
        return float(self.times[0])

    @property
    def end(self) -> float:
        """Seconds of the last analysed frame."""
        return float(self.times[-1])


@dataclass(frozen=True, slots=True)
class CropQuality:
    """How good a picture of its person a crop is. Every number is 0 (worst) to 1 (best) but two.

    Args:
        sharpness: 0–1.
        size: 0–1, of the box's height.
        truncation: 0–1, the *worse* the higher: how much the frame's edge cuts off.
        overlap: 0–1, the *worse* the higher: share of the box that others' boxes cover.
        confidence: the detector's, 0–1.
        score: 0–1, all of these in one number; see quality.py.
    """

    sharpness: float
    size: float
    truncation: float
    overlap: float
    confidence: float
    score: float

    def __post_init__(self) -> None:
        for name in ("sharpness", "size", "truncation", "overlap", "confidence", "score"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"CropQuality.{name} is {value}, expected 0 to 1")


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A picture of one person, cut from one analysed frame.

    Args:
        kind: "keyframe" (one of the best) or "strip" (evenly in time, never filtered).
        frame: number of the frame in the file.
        time: seconds from the first frame.
        box: (4,) float32, where it was cut, in pixels of the frame.
        jpeg: the encoded picture, at most 256 high.
        width: of the encoded picture, in pixels.
        height: of the encoded picture, in pixels.
        quality: how good it is.
    """

    kind: CropKind
    frame: int
    time: float
    box: Box
    jpeg: bytes
    width: int
    height: int
    quality: CropQuality

    def __post_init__(self) -> None:
        if self.kind not in ("keyframe", "strip"):
            raise ValueError(f"a crop is a keyframe or of the strip, not {self.kind!r}")
        _check_moment("Crop", self.frame, self.time)
        _check_array("Crop.box", self.box, np.float32, 1)
        if self.box.shape != (4,):
            raise ValueError(f"Crop.box has shape {self.box.shape}, expected (4,)")
        if not self.jpeg or self.width < 1 or self.height < 1:
            raise ValueError(f"crop of frame {self.frame} is empty")


@dataclass(frozen=True, slots=True, eq=False)
class TrackedPerson:
    """A closed tracklet with its crops: keyframes first, each kind in time order."""

    tracklet: Tracklet
    crops: tuple[Crop, ...]


def _check_moment(owner: str, frame: int, time: float) -> None:
    if frame < 0:
        raise ValueError(f"{owner}.frame is {frame}, expected 0 or more")
    if not (math.isfinite(time) and time >= 0):
        raise ValueError(f"{owner}.time is {time}, expected 0 s or more")


def _check_array(name: str, value: object, dtype: type[np.generic], dimensions: int) -> None:
    if not isinstance(value, np.ndarray) or value.dtype != dtype:
        kind = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{name} is {kind}, expected a {np.dtype(dtype)} array")
    if value.ndim != dimensions:
        raise ValueError(f"{name} has {value.ndim} dimensions, expected {dimensions}")


def _check_boxes(owner: str, boxes: object, confidences: object) -> None:
    _check_array(f"{owner}.boxes", boxes, np.float32, 2)
    _check_array(f"{owner}.confidences", confidences, np.float32, 1)
    assert isinstance(boxes, np.ndarray)
    assert isinstance(confidences, np.ndarray)
    if boxes.shape != (len(confidences), 4):
        raise ValueError(
            f"{owner}: boxes {boxes.shape} don't fit {len(confidences)} confidences, "
            f"expected ({len(confidences)}, 4)"
        )
    if not np.all(np.isfinite(boxes)):
        raise ValueError(f"{owner}.boxes must be finite")
    if np.any(boxes[:, 2:] < boxes[:, :2]):
        raise ValueError(f"{owner}.boxes must be xyxy with x2 >= x1 and y2 >= y1")
    if len(confidences) and not (np.all(confidences >= 0) and np.all(confidences <= 1)):
        raise ValueError(f"{owner}.confidences must lie in 0–1")
