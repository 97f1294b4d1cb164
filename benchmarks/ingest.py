"""How fast is ingest, and where does its time go? Beside the detector alone on the same frames.

    python -m benchmarks.ingest [VIDEO …]

Default: the labelled footage of RETRACE_DATA. Prints seconds of video a second, the stages' shares
and the ratio to decoding and detecting alone. The table is in docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from app.jobs.progress import Progress
from app.services.actor import OWNER
from app.services.ingest import IncomingFile, register
from app.services.processing import analyse
from app.settings import load_settings
from app.workspace import Launch, Workspace
from tracking.video import VideoReader

STAGES = ("decode", "detect", "track", "crops", "embed", "write")
BATCH = 4
"""As the pipeline takes on a CPU."""


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", type=Path)
    videos = parser.parse_args().videos
    if not videos:
        data = Path(os.environ["RETRACE_DATA"], "videos")
        videos = sorted([*data.glob("retail3/*.mp4"), *data.glob("room2/*.mp4")])
        videos.append(data / "single/people.mp4")
    with tempfile.TemporaryDirectory() as home:
        workspace = Workspace(load_settings(home=Path(home)), Launch(home=Path(home)))
        detector, model = workspace.detector(), workspace.model()
        print(f"detector {detector.name} on {detector.device}; {model.card.name} on {model.device}")
        print(f"{workspace.settings.video.analysis_fps:g} frames analysed a second of video\n")
        print(
            f"| video | seconds | ingest, × real time | detector alone, × | ratio | "
            f"{' | '.join(STAGES)} |"
        )
        print("|---" * (5 + len(STAGES)) + "|")
        for video in videos:
            print(measure(workspace, video))
        workspace.close()


def measure(workspace: Workspace, video: Path) -> str:
    """One line of the table: the detector alone before and after, ingest in between."""
    row = register(OWNER, workspace, IncomingFile(video)).video
    assert row is not None
    before = detector_alone(workspace, video)
    began = time.perf_counter()
    seconds = analyse(workspace, row, Progress(lambda *_: None))
    took = time.perf_counter() - began
    alone = (before + detector_alone(workspace, video)) / 2
    total = sum(seconds.get(stage, 0.0) for stage in STAGES)
    shares = " | ".join(f"{seconds.get(stage, 0.0) / total:.0%}" for stage in STAGES)
    return (
        f"| {video.name} | {row.duration:.0f} | {row.duration / took:.2f} "
        f"| {row.duration / alone:.2f} | {took / alone:.2f} | {shares} |"
    )


def detector_alone(workspace: Workspace, video: Path) -> float:
    """Seconds to decode and detect the same frames in the same batches, and nothing else."""
    settings = workspace.settings
    detector = workspace.detector()
    began = time.perf_counter()
    batch = []
    with VideoReader(video) as reader:
        for frame in reader.frames(settings.video.analysis_fps):
            batch.append(frame.image)
            if len(batch) == BATCH:
                detector.detect(batch)
                batch = []
    if batch:
        detector.detect(batch)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
