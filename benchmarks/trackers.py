"""Compare trackers on the labelled videos: the reason for the default.

    RETRACE_DATA=… python -m benchmarks.trackers [--fps 8] [--weights yolo11n_int8_openvino_model]

People are detected once and the boxes kept under runs/, so that all trackers see the same ones.
Scores are of tracklets, as they would be stored: after splitting and dropping the shortest.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracking.detector import PersonDetector, load_ultralytics
from tracking.detector_weights import weights_sha256
from tracking.evaluation import Answers, TrackScores, Truth, answers_at, evaluate, read_truth
from tracking.geometry import without_doubles
from tracking.tracker import Tracker, TrackerSettings, make_tracker
from tracking.tracklets import TrackletBuilder
from tracking.values import Box, FrameDetections, Tracklet
from tracking.video import VideoReader

LABELS = {"bytetrack": "ByteTrack", "ocsort": "OC-SORT", "botsort": "BoT-SORT"}
SETTINGS = ((0.5, 0.5, 0.3), (0.5, 0.5, 0.1), (0.5, 0.3, 0.1), (0.5, 0.3, 0.3), (0.3, 0.3, 0.2))
SETS = ("retail3", "room2")
PLAIN_SIGHT = "Single1"  # one man, always visible: at most three tracklets


@dataclass(frozen=True, slots=True)
class Result:
    """What one tracker made of the boxes."""

    scores: dict[str, TrackScores]
    tracklets: dict[str, int]
    updates_per_second: float


class UltralyticsByteTrack:
    """Ultralytics' own ByteTrack with its default settings, on arrays."""

    def __init__(self) -> None:
        load_ultralytics()
        from ultralytics.trackers.byte_tracker import BYTETracker
        from ultralytics.utils import YAML, IterableSimpleNamespace
        from ultralytics.utils.checks import check_yaml

        arguments = IterableSimpleNamespace(**YAML.load(check_yaml("bytetrack.yaml")))
        self._tracker = BYTETracker(arguments)

    def update(self, detections: FrameDetections) -> list[tuple[int, Box, float]]:
        """See `tracking.tracker.Tracker`."""
        from ultralytics.engine.results import Boxes

        keep = without_doubles(detections.boxes, detections.confidences)
        boxes, confidences = detections.boxes[keep], detections.confidences[keep]
        rows = np.column_stack([boxes, confidences, np.zeros(len(boxes), np.float32)])
        found = self._tracker.update(Boxes(rows.astype(np.float32), (0, 0)))
        return [(int(r[4]), boxes[int(r[7])], float(confidences[int(r[7])])) for r in found]


def candidates(fps: float) -> dict[str, Callable[[], Tracker]]:
    """Trackers by name; the numbers are new_above / sure_above / least_iou."""

    def own(**changes: object) -> Callable[[], Tracker]:
        return lambda: make_tracker(TrackerSettings(fps=fps, **changes))  # type: ignore[arg-type]

    made: dict[str, Callable[[], Tracker]] = {}
    for method, label in LABELS.items():
        for new, sure, iou in SETTINGS:
            made[f"{label} {new}/{sure}/{iou}"] = own(
                method=method, new_above=new, sure_above=sure, least_iou=iou
            )
    made["Ultralytics ByteTrack"] = UltralyticsByteTrack
    return made


def detect(data: Path, weights: str, fps: float, cache: Path) -> dict[str, list[FrameDetections]]:
    """Boxes of every labelled video, from the cache where they are there."""
    folder = data / "weights" / weights
    detector: PersonDetector | None = None
    found = {}
    for video in _videos(data):
        kept = cache / f"{video.stem}-{weights_sha256(folder)[:12]}-{fps:g}.npz"
        if not kept.exists():
            detector = detector or PersonDetector(folder)
            _detect_one(video, detector, fps, kept)
        found[video.stem] = _load(kept)
    return found


def run(
    make: Callable[[], Tracker],
    detections: dict[str, list[FrameDetections]],
    truths: dict[str, Truth],
    fps: float,
) -> Result:
    """Track every video with a fresh tracker, and score the tracklets."""
    pairs: dict[str, tuple[Truth, Answers]] = {}
    counts = {}
    spent, frames = 0.0, 0
    for name, seen in detections.items():
        tracker, builder = make(), TrackletBuilder()
        tracklets: list[Tracklet] = []
        begun = time.perf_counter()
        for moment in seen:
            tracked = tracker.update(moment)
            tracklets += builder.update(moment.frame, moment.time, tracked).closed
        tracklets += builder.flush().closed
        spent += time.perf_counter() - begun
        frames += len(seen)
        counts[name] = len(tracklets)
        pairs[name] = (truths[name], answers_at(tracklets, truths[name].labelled, 2.05 / fps))
    return Result(evaluate(pairs), counts, frames / spent)


def table(results: dict[str, Result]) -> Iterable[str]:
    """The comparison as Markdown."""
    yield (
        "| tracker (new/sure/IoU) | HOTA | DetA | AssA | IDF1 | MOTA | purity | tracklets a person "
        f"| in {PLAIN_SIGHT} | updates/s |"
    )
    yield "|---|" + "--:|" * 9
    for name, result in results.items():
        s = result.scores["all"]
        numbers = " | ".join(
            f"{100 * v:.1f}" for v in (s.hota, s.deta, s.assa, s.idf1, s.mota, s.purity)
        )
        yield (
            f"| {name} | {numbers} | {s.pieces:.2f} | {result.tracklets[PLAIN_SIGHT]} "
            f"| {result.updates_per_second:.0f} |"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--fps", type=float, default=8.0)
    parser.add_argument("--weights", default="yolo11n_int8_openvino_model")
    parser.add_argument("--cache", type=Path, default=Path("runs/trackers"))
    arguments = parser.parse_args()
    if "RETRACE_DATA" not in os.environ:
        sys.exit("RETRACE_DATA must name the folder with the development data.")
    data = Path(os.environ["RETRACE_DATA"])
    truths: dict[str, Truth] = {}
    for name in SETS:
        truths |= read_truth(data / "videos" / name / "labels")
    detections = detect(data, arguments.weights, arguments.fps, arguments.cache)
    results = {
        name: run(make, detections, truths, arguments.fps)
        for name, make in candidates(arguments.fps).items()
    }
    print(f"{arguments.weights}, {arguments.fps:g} analysed frames a second, {', '.join(SETS)}\n")
    print("\n".join(table(results)))


def _videos(data: Path) -> list[Path]:
    return [v for name in SETS for v in sorted((data / "videos" / name).glob("*.mp4"))]


def _detect_one(video: Path, detector: PersonDetector, fps: float, kept: Path) -> None:
    frames, times, counts, boxes, confidences = [], [], [], [], []
    with VideoReader(video) as reader:
        for frame in reader.frames(fps):
            found, certain = detector.detect([frame.image])[0]
            frames.append(frame.index)
            times.append(frame.time)
            counts.append(len(certain))
            boxes.append(found)
            confidences.append(certain)
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        kept,
        frames=frames,
        times=times,
        counts=counts,
        boxes=np.concatenate(boxes),
        confidences=np.concatenate(confidences),
    )


def _load(kept: Path) -> list[FrameDetections]:
    with np.load(kept) as arrays:
        ends = np.cumsum(arrays["counts"])
        boxes = np.split(arrays["boxes"], ends[:-1])
        confidences = np.split(arrays["confidences"], ends[:-1])
        return [
            FrameDetections(int(f), float(t), b, c)
            for f, t, b, c in zip(
                arrays["frames"], arrays["times"], boxes, confidences, strict=True
            )
        ]


if __name__ == "__main__":
    main()
