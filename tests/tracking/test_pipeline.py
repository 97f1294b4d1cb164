"""From a file to tracklets with crops: in chunks, resumable to the byte, stoppable."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tracking.people import BlockDetector, write_scene
from tracking.detector import PersonDetector
from tracking.errors import DetectorError, ResumeError
from tracking.evaluation import answers_at, evaluate, read_truth
from tracking.pipeline import ChunkResult, Detector, TrackingSettings, track_video
from tracking.video import VideoReader

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:supervision.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:trackeval.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:torch.*"),
]

SETTINGS = TrackingSettings(analysis_fps=8, chunk_seconds=2.5, batch=4)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene") / "scene.mp4")


def analyse(
    path: Path, detector: Detector, settings: TrackingSettings = SETTINGS, **more: Any
) -> list[ChunkResult]:
    with VideoReader(path) as reader:
        return list(track_video(reader, detector, settings, **more))


def content(results: Sequence[ChunkResult]) -> list[Any]:
    """Everything a run yields, in a form that compares byte by byte."""
    return [
        (
            result.chunk.index,
            result.last,
            result.video_time,
            [
                (d.frame, d.time, d.boxes.tobytes(), d.confidences.tobytes())
                for d in result.chunk.detections
            ],
            [
                (
                    person.tracklet.number,
                    person.tracklet.frames.tobytes(),
                    person.tracklet.times.tobytes(),
                    person.tracklet.boxes.tobytes(),
                    person.tracklet.confidences.tobytes(),
                    [(c.kind, c.frame, c.box.tobytes(), c.jpeg, c.quality) for c in person.crops],
                )
                for person in result.people
            ],
        )
        for result in results
    ]


def test_chunks_cover_the_video_and_people_come_when_they_close(scene: Path) -> None:
    detector = BlockDetector()
    results = analyse(scene, detector)
    assert [r.chunk.index for r in results] == [0, 1, 2, 3, 4]
    assert [(r.chunk.start, r.chunk.end) for r in results] == [
        (2.5 * i, 2.5 * (i + 1)) for i in range(5)
    ]
    assert [r.last for r in results] == [False] * 4 + [True]
    assert [r.video_time for r in results] == [2.5, 5.0, 7.5, 10.0, pytest.approx(11.9)]
    moments = [d for r in results for d in r.chunk.detections]
    with VideoReader(scene) as reader:
        assert [d.frame for d in moments] == [f.index for f in reader.frames(8)]
    assert detector.seen == len(moments)
    assert set(results[0].timings) == {"decode", "detect", "track", "crops"}
    closed = {p.tracklet.number: (r.chunk.index, p.tracklet) for r in results for p in r.people}
    spans = sorted((round(t.start), round(t.end), chunk) for chunk, t in closed.values())
    assert spans == [(0, 4, 2), (0, 12, 4), (0, 12, 4), (7, 12, 4)]


def test_crops_show_the_person_they_are_of(scene: Path) -> None:
    import cv2

    for result in analyse(scene, BlockDetector()):
        for person in result.people:
            colours = set()
            for crop in person.crops:
                picture = cv2.imdecode(np.frombuffer(crop.jpeg, np.uint8), cv2.IMREAD_COLOR)
                colours.add(int(np.argmax(picture[30:].mean(axis=(0, 1)))))
                assert (crop.width, crop.height) == picture.shape[1::-1]
            assert len(colours) == 1
            keyframes = [c for c in person.crops if c.kind == "keyframe"]
            strip = [c for c in person.crops if c.kind == "strip"]
            assert 1 <= len(keyframes) <= 8
            assert min(16, len(person.tracklet)) <= len(strip) <= 32


@pytest.mark.parametrize("chunks", [1, 2, 3, 4])
def test_a_resumed_run_yields_what_an_uninterrupted_one_does(scene: Path, chunks: int) -> None:
    whole = analyse(scene, BlockDetector())
    detector = BlockDetector()
    stored = [r.chunk for r in whole[:chunks]]
    resumed = analyse(scene, detector, stored=stored)
    assert content(resumed) == content(whole[chunks:])
    assert detector.seen == sum(len(r.chunk.detections) for r in whole[chunks:])


def test_nothing_follows_the_last_chunk(scene: Path) -> None:
    whole = analyse(scene, BlockDetector())
    assert analyse(scene, BlockDetector(), stored=[r.chunk for r in whole]) == []


def test_batches_never_cross_a_chunks_border(scene: Path) -> None:
    detector = BlockDetector()
    analyse(scene, detector, replace(SETTINGS, batch=7))
    assert detector.batches == [7, 7, 6] * 4 + [7, 7, 2]


def test_stored_chunks_of_other_settings_or_another_file_are_refused(
    scene: Path, tmp_path: Path
) -> None:
    whole = analyse(scene, BlockDetector())
    stored = [r.chunk for r in whole[:2]]
    with pytest.raises(ResumeError, match="settings have changed"):
        analyse(scene, BlockDetector(), replace(SETTINGS, chunk_seconds=3.0), stored=stored)
    with pytest.raises(ResumeError, match="settings have changed"):
        analyse(scene, BlockDetector(), replace(SETTINGS, analysis_fps=5.0), stored=stored)
    with pytest.raises(ResumeError, match="settings have changed"):
        analyse(scene, BlockDetector(), stored=stored[::-1])
    other = write_scene(tmp_path / "other.mp4", rate=7)
    with pytest.raises(ResumeError, match=r"other\.mp4"):
        analyse(other, BlockDetector(), stored=stored)


def own_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("retrace-")]


def test_closing_early_stops_and_joins_every_thread(scene: Path) -> None:
    with VideoReader(scene) as reader:
        run = track_video(reader, BlockDetector(), replace(SETTINGS, chunk_seconds=0.5))
        next(run)
        assert own_threads()
        run.close()
    assert not own_threads()


class Failing(BlockDetector):
    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Any]:
        if self.seen >= 40:
            raise DetectorError("out of memory")
        return super().detect(images)


def test_an_error_in_a_thread_is_raised_to_the_caller_after_what_was_done(scene: Path) -> None:
    got: list[ChunkResult] = []
    with VideoReader(scene) as reader, pytest.raises(DetectorError, match="out of memory"):
        got.extend(track_video(reader, Failing(), SETTINGS))
    assert [r.chunk.index for r in got] == [0]
    assert not own_threads()


class Slow(BlockDetector):
    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Any]:
        time.sleep(0.02 * len(images))
        return super().detect(images)


def test_the_other_stages_hide_behind_the_slowest(scene: Path) -> None:
    begun = time.perf_counter()
    detector = Slow()
    results = analyse(scene, detector)
    spent = time.perf_counter() - begun
    detecting = sum(r.timings["detect"] for r in results)
    assert spent < 1.35 * detecting + 0.5


@pytest.mark.data
@pytest.mark.slow
def test_real_video_real_detector(retrace_data: Path, tmp_path: Path) -> None:
    """The man in plain sight is at most three tracklets; a resumed run is the same to the byte."""
    weights = retrace_data / "weights" / "yolo11n_int8_openvino_model"
    detector = PersonDetector(weights, config_dir=tmp_path)
    path = retrace_data / "videos" / "room2" / "Single1.mp4"
    settings = TrackingSettings(chunk_seconds=2.0)
    whole = analyse(path, detector, settings)
    tracklets = [p.tracklet for r in whole for p in r.people]
    truth = read_truth(retrace_data / "videos" / "room2" / "labels")["Single1"]
    answers = answers_at(tracklets, truth.labelled, 0.26)
    score = evaluate({"Single1": (truth, answers)})["Single1"]
    assert 1 <= score.pieces <= 3
    assert score.hota > 0.75
    assert len(tracklets) <= 4  # a second man shows at the door in the end
    resumed = analyse(path, detector, settings, stored=[r.chunk for r in whole[:2]])
    assert content(resumed) == content(whole[2:])
