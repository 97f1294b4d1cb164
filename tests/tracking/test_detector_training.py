"""Training a detector: short runs add up, nothing is fetched, odd runs are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.tracking.detector_lessons import lesson
from tracking.detector import PersonDetector
from tracking.detector_cards import shipped_detectors
from tracking.detector_training.assembly import assemble
from tracking.detector_training.export import export_detector
from tracking.detector_training.recipe import (
    DetectorRecipe,
    known_detector_recipes,
    load_detector_recipe,
)
from tracking.detector_training.training import EpochReport, state_of_run, train_detector
from tracking.detector_weights import find_weights
from tracking.errors import DetectorTrainingError

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ultralytics.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::UserWarning:torch.*"),
]

TINY = DetectorRecipe(
    summary="A network for tests.", width=0.0625, image_size=64, epochs=1, batch=2, cooldown=1
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [lesson(f"t{i}") for i in range(4)] + [lesson("w", "watch")]
    return assemble(pictures, tmp_path_factory.mktemp("lessons") / "data").folder


@pytest.mark.slow
def test_short_runs_add_up(data: Path, tmp_path: Path) -> None:
    run, seen = tmp_path / "run", list[EpochReport]()
    first = train_detector(TINY, data, run, device="cpu", config_dir=tmp_path, report=seen.append)
    assert (first.epochs, first.finished) == (1, True)
    assert state_of_run(run) == first
    with pytest.raises(DetectorTrainingError, match="has its 1 epochs"):
        train_detector(TINY, data, run, device="cpu")
    run = run.rename(tmp_path / "moved")
    longer = TINY.model_copy(update={"epochs": 9})
    second = train_detector(longer, data, run, device="cpu", minutes=0, report=seen.append)
    assert (second.epochs, second.finished) == (2, False)
    assert second.checkpoint == run / "weights" / "last.pt"
    assert [report.epoch for report in seen] == [1, 2]
    assert all(np.isfinite(list(report.losses.values())).all() for report in seen)
    _ours_is_picked_up_and_runs(run, tmp_path)
    # A crash while the newest checkpoint is written costs one epoch, not the run.
    second.checkpoint.write_bytes(b"torn")
    before = state_of_run(run)
    assert before is not None
    assert before.epochs == 1
    with pytest.raises(DetectorTrainingError, match="begun with another width"):
        train_detector(TINY.model_copy(update={"width": 0.125}), data, run, device="cpu")


def _ours_is_picked_up_and_runs(run: Path, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    weights = export_detector(run, shipped, "tiny", config_dir=tmp_path)
    assert find_weights("yolo11n", [], shipped=shipped) == weights
    (own,) = shipped_detectors(shipped)
    assert own.card.recipe == "train detector run, 2 epochs, 64 pixels"
    for file in own.card.files:
        content = (shipped / "tiny" / file.name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
    assert "AGPL-3.0" in (shipped / "tiny" / "LICENSE").read_text()
    detector = PersonDetector(weights, device="cpu", confidence=0.01, config_dir=tmp_path)
    assert detector.runtime == "openvino"
    ((boxes, confidences),) = detector.detect([np.zeros((48, 64, 3), np.uint8)])
    assert len(boxes) == len(confidences)
    state = state_of_run(run)
    assert state is not None
    assert state.epochs == 2, "the run can still go on"


def test_runs_that_cannot_be_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DetectorTrainingError, match="holds no pictures to train on"):
        train_detector(TINY, tmp_path, tmp_path / "run")
    with pytest.raises(DetectorTrainingError, match="no CUDA device"):
        train_detector(TINY, data, tmp_path / "run", device="cuda")
    with pytest.raises(DetectorTrainingError, match="no run with a whole epoch"):
        export_detector(tmp_path / "none", tmp_path / "out", "tiny")


def test_recipes_are_read_checked_and_changed(tmp_path: Path) -> None:
    for name in known_detector_recipes():
        assert load_detector_recipe(name).summary
    changed = load_detector_recipe("nano", ["epochs=7", "augmentation.mosaic=0"])
    assert (changed.epochs, changed.augmentation.mosaic) == (7, 0)
    for pair, why in (
        ("epochs", "is not KEY=VALUE"),
        ("epochs=0", "epochs: Input should be greater than 0"),
        ("image_size=100", "image_size: Input should be a multiple of 32"),
        ("colour=1", "colour: Extra inputs"),
        ("seed.x=1", "leads into 'seed'"),
    ):
        with pytest.raises(DetectorTrainingError, match=why):
            load_detector_recipe("nano", [pair])
    with pytest.raises(DetectorTrainingError, match="Known: nano"):
        load_detector_recipe("giant")
