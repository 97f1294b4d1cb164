"""From a video to tracklets with crops: decode → detect → track, a thread each, bounded queues.

Work is handed out in chunks of video time. A stopped run goes on from its stored chunks: the
tracker is replayed from their detections, and frames are decoded again only from where the
earliest tracklet began that was still open, so the result is the same to the byte.
"""

from __future__ import annotations

import time as clock
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracking.channels import Channel, Stage
from tracking.crops import CropCollector
from tracking.errors import ResumeError, VideoUnreadable
from tracking.tracker import TrackerSettings, make_tracker
from tracking.tracklets import Step, TrackletBuilder, TrackletSettings
from tracking.values import DetectionChunk, FrameDetections, TrackedPerson
from tracking.video import Frame, VideoReader


class Detector(Protocol):
    """What the pipeline needs of a detector; `detector.PersonDetector` is one."""

    def detect(
        self, images: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Boxes (n, 4) and confidences (n,) of the people in each picture."""
        ...


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """How a video is analysed.

    Args:
        analysis_fps: analysed frames a second.
        chunk_seconds: video time handed out, and to be stored, at once.
        batch: frames detected at once; None takes 16 on a GPU and 4 on a CPU.
        tracker: how people are followed.
        tracklets: when tracklets end.
    """

    analysis_fps: float = 8.0
    chunk_seconds: float = 60.0
    batch: int | None = None
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    tracklets: TrackletSettings = field(default_factory=TrackletSettings)

    def __post_init__(self) -> None:
        if not (self.analysis_fps > 0 and self.chunk_seconds > 0):
            raise ValueError("analysis_fps and chunk_seconds must be more than 0")
        if self.batch is not None and self.batch < 1:
            raise ValueError(f"batch is {self.batch}, expected 1 or more")


@dataclass(frozen=True, slots=True, eq=False)
class ChunkResult:
    """What one chunk of video time brought.

    Args:
        chunk: its detections, to be stored for resuming.
        people: tracklets that closed within it, by number; with the last chunk all that were open.
        last: whether the video ends with it.
        timings: seconds spent on "decode", "detect", "track" and "crops" (waiting not counted).
        video_time: seconds of the video done so far.
    """

    chunk: DetectionChunk
    people: tuple[TrackedPerson, ...]
    last: bool
    timings: dict[str, float]
    video_time: float


def track_video(
    reader: VideoReader,
    detector: Detector,
    settings: TrackingSettings | None = None,
    stored: Sequence[DetectionChunk] = (),
    watch: Callable[[float], None] | None = None,
) -> Generator[ChunkResult]:
    """Analyse a video, chunk by chunk; closing the iterator stops and joins its threads.

    Args:
        reader: the video.
        detector: finds people.
        settings: how; must be those of the stored chunks.
        stored: chunks of an earlier, stopped run, from the video's start on. They are not yielded
            again, nor are the tracklets that closed in them.
        watch: hears the seconds of each analysed frame, from another thread; what it raises ends
            the run and is raised here.

    Raises:
        ResumeError: at once or later, stored chunks that don't fit settings or video.
        VideoError: not one frame decodes.
        DetectorError: detection fails.
    """
    settings = settings or TrackingSettings()
    _check_stored(reader, settings, stored)
    return _run(reader, detector, settings, tuple(stored), watch)


@dataclass(slots=True, eq=False)
class _Analysed:
    """A frame on its way, with the seconds spent on it so far."""

    frame: Frame
    detections: FrameDetections | None
    decode: float
    detect: float = 0.0


def _run(
    reader: VideoReader,
    detector: Detector,
    settings: TrackingSettings,
    stored: tuple[DetectionChunk, ...],
    watch: Callable[[float], None] | None,
) -> Generator[ChunkResult]:
    batch = settings.batch or (16 if _on_gpu(detector) else 4)
    border = stored[-1].end if stored else 0.0
    still_open = _open_at_the_border(settings, stored)
    start = min(still_open.values(), default=border)
    decoded: Channel[_Analysed] = Channel(2 * batch)
    detected: Channel[_Analysed] = Channel(2 * batch)
    results: Channel[ChunkResult] = Channel(2)
    people = _People(settings, frozenset(still_open) if stored else None)
    stages = (
        Stage("decode", decoded, _decode(reader, settings.analysis_fps, start)),
        Stage("detect", detected, _detect(decoded, detector, settings, batch, border)),
        Stage("track", results, _track(detected, people, settings, stored, start, reader, watch)),
    )
    try:
        for stage in stages:
            stage.start()
        yield from results
    finally:
        for channel in (decoded, detected, results):
            channel.stop()
        for stage in stages:
            stage.join()


def _decode(reader: VideoReader, fps: float, start: float) -> Iterator[_Analysed]:
    begun = clock.perf_counter()
    for frame in reader.frames(fps, start):
        now = clock.perf_counter()
        yield _Analysed(frame, None, now - begun)
        begun = clock.perf_counter()


def _detect(
    frames: Channel[_Analysed],
    detector: Detector,
    settings: TrackingSettings,
    batch: int,
    border: float,
) -> Iterator[_Analysed]:
    waiting: list[_Analysed] = []
    for item in frames:
        if item.frame.time < border:
            yield item
            continue
        # Which frames share a batch may show in the last digits: it must not depend on where a
        # run began, so a batch never crosses a chunk's border.
        if waiting and _chunk_of(item, settings) != _chunk_of(waiting[0], settings):
            yield from _detect_batch(waiting, detector)
            waiting = []
        waiting.append(item)
        if len(waiting) == batch:
            yield from _detect_batch(waiting, detector)
            waiting = []
    if waiting:
        yield from _detect_batch(waiting, detector)


def _detect_batch(items: list[_Analysed], detector: Detector) -> Iterator[_Analysed]:
    begun = clock.perf_counter()
    found = detector.detect([item.frame.image for item in items])
    each = (clock.perf_counter() - begun) / len(items)
    for item, (boxes, confidences) in zip(items, found, strict=True):
        frame = item.frame
        item.detections = FrameDetections(frame.index, frame.time, boxes, confidences)
        item.detect = each
        yield item


def _track(
    frames: Channel[_Analysed],
    people: _People,
    settings: TrackingSettings,
    stored: tuple[DetectionChunk, ...],
    start: float,
    reader: VideoReader,
    watch: Callable[[float], None] | None,
) -> Iterator[ChunkResult]:
    replay = deque(d for chunk in stored for d in chunk.detections)
    while replay and replay[0].time < start:
        people.feed(replay.popleft(), None)
    timings = dict.fromkeys(("decode", "detect", "track", "crops"), 0.0)
    index: int | None = None
    fresh: list[FrameDetections] = []
    for item in frames:
        timings["decode"] += item.decode
        timings["detect"] += item.detect
        if watch is not None:
            watch(item.frame.time)
        if item.detections is None:
            while replay and replay[0].frame < item.frame.index:
                people.feed(replay.popleft(), None)
            if not replay or replay[0].frame != item.frame.index:
                raise _does_not_fit(reader)
            people.feed(replay.popleft(), item.frame.image)
            continue
        while replay:
            people.feed(replay.popleft(), None)
        now = _chunk_of(item, settings)
        if index is not None and now != index:
            yield _result(index, settings, fresh, people, timings, last=False)
            timings = dict.fromkeys(timings, 0.0)
            fresh = []
        if index is None:
            people.begin()
        index = now
        fresh.append(item.detections)
        people.feed(item.detections, item.frame.image)
    if index is not None:
        people.end()
        yield _result(index, settings, fresh, people, timings, last=True)
    elif not stored:
        raise VideoUnreadable(
            reader.path,
            f"No picture of '{reader.path.name}' decodes: it is damaged. Copy it again from its "
            "source.",
        )


def _result(
    index: int,
    settings: TrackingSettings,
    detections: list[FrameDetections],
    people: _People,
    timings: dict[str, float],
    *,
    last: bool,
) -> ChunkResult:
    start, end = index * settings.chunk_seconds, (index + 1) * settings.chunk_seconds
    closed, timings["track"], timings["crops"] = people.take()
    return ChunkResult(
        chunk=DetectionChunk(index, start, end, tuple(detections)),
        people=closed,
        last=last,
        timings=timings,
        video_time=detections[-1].time if last else end,
    )


class _People:
    """Tracker, tracklets and their crops, fed frame by frame.

    Args:
        settings: how a video is analysed.
        replayed: while stored detections are replayed, the numbers of the only tracklets whose
            crops are wanted; None where nothing is replayed.
    """

    def __init__(self, settings: TrackingSettings, replayed: frozenset[int] | None) -> None:
        self._tracker = make_tracker(settings.tracker)
        self._builder = TrackletBuilder(settings.tracklets)
        self._wanted = replayed
        self._collectors: dict[int, CropCollector] = {}
        self._closed: list[TrackedPerson] = []
        self._tracking = 0.0
        self._cropping = 0.0

    def begin(self) -> None:
        """The replay is over: what closes from now on is new."""
        self._wanted = None
        self._closed = []

    def feed(self, detections: FrameDetections, image: NDArray[np.uint8] | None) -> None:
        """Take in one frame; without a picture nothing is cut out of it."""
        begun = clock.perf_counter()
        tracked = self._tracker.update(detections)
        step = self._builder.update(detections.frame, detections.time, tracked)
        done = clock.perf_counter()
        self._tracking += done - begun
        self._close(step)
        if image is not None and step.placed:
            boxes = np.stack([placed.box for placed in step.placed])
            for position, placed in enumerate(step.placed):
                if self._wanted is not None and placed.number not in self._wanted:
                    continue
                collector = self._collectors.setdefault(placed.number, CropCollector())
                others = np.delete(boxes, position, axis=0)
                collector.add(
                    detections.frame,
                    detections.time,
                    image,
                    placed.box,
                    placed.confidence,
                    others,
                )
        self._cropping += clock.perf_counter() - done

    def end(self) -> None:
        """The video is over: close every open tracklet."""
        self._close(self._builder.flush())

    def take(self) -> tuple[tuple[TrackedPerson, ...], float, float]:
        """What closed since the last call, and the seconds spent tracking and cropping."""
        taken = tuple(sorted(self._closed, key=lambda p: p.tracklet.number))
        spent = (taken, self._tracking, self._cropping)
        self._closed, self._tracking, self._cropping = [], 0.0, 0.0
        return spent

    def _close(self, step: Step) -> None:
        for tracklet in step.closed:
            collector = self._collectors.pop(tracklet.number, None)
            crops = collector.finish() if collector is not None else ()
            self._closed.append(TrackedPerson(tracklet, crops))
        for number in step.dropped:
            self._collectors.pop(number, None)


def _open_at_the_border(
    settings: TrackingSettings, stored: tuple[DetectionChunk, ...]
) -> dict[int, float]:
    """Numbers of the tracklets open when the stored chunks end → seconds where they began."""
    tracker, builder = make_tracker(settings.tracker), TrackletBuilder(settings.tracklets)
    for chunk in stored:
        for detections in chunk.detections:
            builder.update(detections.frame, detections.time, tracker.update(detections))
    return builder.open_since


def _check_stored(
    reader: VideoReader, settings: TrackingSettings, stored: Sequence[DetectionChunk]
) -> None:
    for before, chunk in zip((None, *stored), stored, strict=False):
        whole = chunk.index * settings.chunk_seconds == chunk.start
        if not whole or chunk.end - chunk.start != settings.chunk_seconds:
            raise _does_not_fit(reader)
        if before is not None and chunk.index <= before.index:
            raise _does_not_fit(reader)


def _does_not_fit(reader: VideoReader) -> ResumeError:
    return ResumeError(
        f"The stored detections of '{reader.path.name}' don't fit: the file or the analysis "
        "settings have changed since. Analyse the video again from its start."
    )


def _chunk_of(item: _Analysed, settings: TrackingSettings) -> int:
    return int(item.frame.time // settings.chunk_seconds)


def _on_gpu(detector: Detector) -> bool:
    return str(getattr(detector, "device", "cpu")).startswith("cuda")
