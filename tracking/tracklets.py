"""From a tracker's ids to tracklets: closed when a person is lost, split when in doubt.

A tracklet must show one person only; joining pieces of one person is done later, elsewhere, with
more knowledge than boxes. So wherever two people may have been exchanged, both tracklets end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracking.geometry import iou
from tracking.values import Box, Tracklet


@dataclass(frozen=True, slots=True)
class TrackletSettings:
    """When tracklets end.

    Args:
        max_duration: seconds after which a tracklet ends and the next begins.
        lost_after: seconds without a box after which a person is lost.
        jump: how far, in heights of the box, a centre may move in `jump_time` seconds or less
            before somebody else is assumed.
        growth: how often its height a box may grow or shrink from one analysed frame to the next.
        overlap: intersection over union from which two people are too close to be told apart;
            both tracklets end when they part again. More than 1 switches this off.
        least_frames: shorter tracklets are dropped as chance detections.
    """

    max_duration: float = 120.0
    lost_after: float = 1.0
    jump: float = 0.75
    jump_time: float = 0.25
    growth: float = 2.5
    overlap: float = 0.7
    least_frames: int = 3

    def __post_init__(self) -> None:
        for name in ("max_duration", "lost_after", "jump", "jump_time", "overlap"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected more than 0")
        if self.growth <= 1 or self.least_frames < 1:
            raise ValueError("growth must be more than 1 and least_frames at least 1")


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A box of this frame and the open tracklet it went to."""

    number: int
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one frame did: boxes placed into open tracklets, and tracklets that ended before it."""

    placed: tuple[Placed, ...]
    closed: tuple[Tracklet, ...]
    dropped: tuple[int, ...]


@dataclass(slots=True, eq=False)
class _Open:
    number: int
    frames: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    close_to: set[int] = field(default_factory=set)


class TrackletBuilder:
    """Collects tracked boxes frame by frame. Deterministic: the same input gives the same output.

    Args:
        settings: when tracklets end.
    """

    def __init__(self, settings: TrackletSettings | None = None) -> None:
        self._settings = settings or TrackletSettings()
        self._open: dict[int, _Open] = {}
        self._next = 1

    @property
    def open_since(self) -> dict[int, float]:
        """Numbers of the open tracklets → seconds of their first frames."""
        return {t.number: t.times[0] for t in self._open.values()}

    def update(self, frame: int, time: float, tracked: Sequence[tuple[int, Box, float]]) -> Step:
        """Take in one analysed frame.

        Args:
            frame: its number; greater than the last one's.
            time: seconds; greater than the last one's.
            tracked: (track id, box, confidence) each, an id at most once.

        Returns:
            Where the boxes went, and the tracklets that ended, in the order of their numbers.
        """
        ended = self._take_lost(time)
        ended += self._take_parted(tracked)
        placed = []
        for track, box, confidence in tracked:
            tracklet = self._open.get(track)
            if tracklet is not None and self._must_split(tracklet, time, box):
                ended.append(self._open.pop(track))
                tracklet = None
            if tracklet is None:
                tracklet = self._open[track] = _Open(self._next)
                self._next += 1
            tracklet.frames.append(frame)
            tracklet.times.append(time)
            tracklet.boxes.append(box)
            tracklet.confidences.append(confidence)
            placed.append(Placed(tracklet.number, box, confidence))
        self._note_close(tracked)
        return self._step(placed, ended)

    def flush(self) -> Step:
        """End every open tracklet: the video is over."""
        ended = list(self._open.values())
        self._open.clear()
        return self._step([], ended)

    def _step(self, placed: list[Placed], ended: list[_Open]) -> Step:
        ended.sort(key=lambda t: t.number)
        least = self._settings.least_frames
        return Step(
            placed=tuple(placed),
            closed=tuple(_close(t) for t in ended if len(t.frames) >= least),
            dropped=tuple(t.number for t in ended if len(t.frames) < least),
        )

    def _take_lost(self, time: float) -> list[_Open]:
        lost = [
            track
            for track, tracklet in self._open.items()
            if time - tracklet.times[-1] > self._settings.lost_after
        ]
        return [self._open.pop(track) for track in lost]

    def _must_split(self, tracklet: _Open, time: float, box: Box) -> bool:
        settings = self._settings
        if time - tracklet.times[0] >= settings.max_duration:
            return True
        last = tracklet.boxes[-1]
        height = max(float(last[3] - last[1]), float(box[3] - box[1]))
        moved = float(np.hypot(*((box[:2] + box[2:] - last[:2] - last[2:]) / 2)))
        allowance = settings.jump * max(1.0, (time - tracklet.times[-1]) / settings.jump_time)
        if moved > allowance * height:
            return True
        lower = min(float(last[3] - last[1]), float(box[3] - box[1]))
        return height > settings.growth * max(lower, 1.0)

    def _take_parted(self, tracked: Sequence[tuple[int, Box, float]]) -> list[_Open]:
        """End the tracklets of people who were too close to be told apart and no longer are."""
        boxes = {track: box for track, box, _ in tracked}
        parted: set[int] = set()
        for track, tracklet in self._open.items():
            for other in tracklet.close_to & boxes.keys():
                apart = self._settings.overlap / 2
                if track in boxes and _iou(boxes[track], boxes[other]) < apart:
                    parted |= {track, other}
        return [self._open.pop(track) for track in sorted(parted) if track in self._open]

    def _note_close(self, tracked: Sequence[tuple[int, Box, float]]) -> None:
        if len(tracked) < 2:
            return
        boxes = np.stack([box for _, box, _ in tracked])
        for i, j in np.argwhere(np.triu(iou(boxes, boxes) >= self._settings.overlap, k=1)).tolist():
            a, b = tracked[i][0], tracked[j][0]
            self._open[a].close_to.add(b)
            self._open[b].close_to.add(a)


def boxes_at(
    tracklet: Tracklet, frames: NDArray[np.int32], max_gap: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """A tracklet's boxes at given frame numbers, linear between its analysed frames.

    Args:
        tracklet: whose boxes.
        frames: (f,) int32 increasing, 0-based.
        max_gap: seconds; between analysed frames further apart there is no box.

    Returns:
        Positions (m,) in `frames` where there is a box, and the boxes (m, 4).
    """
    inside = np.flatnonzero((frames >= tracklet.frames[0]) & (frames <= tracklet.frames[-1]))
    wanted = frames[inside]
    right = np.searchsorted(tracklet.frames, wanted)
    left = np.where(tracklet.frames[right] == wanted, right, right - 1)
    near = tracklet.times[right] - tracklet.times[left] <= max_gap
    inside, wanted, left, right = inside[near], wanted[near], left[near], right[near]
    span = np.maximum(tracklet.frames[right] - tracklet.frames[left], 1)
    share = ((wanted - tracklet.frames[left]) / span).astype(np.float32)[:, None]
    return inside, tracklet.boxes[left] * (1 - share) + tracklet.boxes[right] * share


def interpolate(tracklet: Tracklet, time: float, max_gap: float) -> Box | None:
    """A tracklet's box at a time, linear between its analysed frames.

    Args:
        tracklet: whose box.
        time: seconds.
        max_gap: seconds; between analysed frames further apart there is no box. By convention
            two analysis steps: 2 / analysis_fps, and a little for rounding.

    Returns:
        (4,) float32, or None before its start, after its end, and in long gaps.
    """
    times = tracklet.times
    if not times[0] <= time <= times[-1]:
        return None
    right = int(np.searchsorted(times, time))
    if times[right] == time:
        return tracklet.boxes[right].copy()
    left = right - 1
    if times[right] - times[left] > max_gap:
        return None
    share = np.float32((time - times[left]) / (times[right] - times[left]))
    box: Box = tracklet.boxes[left] * (1 - share) + tracklet.boxes[right] * share
    return box


def _iou(a: Box, b: Box) -> float:
    return float(iou(a[None], b[None])[0, 0])


def _close(tracklet: _Open) -> Tracklet:
    return Tracklet(
        number=tracklet.number,
        frames=np.array(tracklet.frames, dtype=np.int32),
        times=np.array(tracklet.times, dtype=np.float64),
        boxes=np.stack(tracklet.boxes).astype(np.float32, copy=False),
        confidences=np.array(tracklet.confidences, dtype=np.float32),
    )
