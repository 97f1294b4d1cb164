"""Scores with known answers: perfect, swapped, missing, don't-care."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tracking.errors import EvaluationError
from tracking.evaluation import Answers, Truth, answers_at, evaluate, read_truth
from tracking.values import Tracklet

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:trackeval.*")


def write_truth(folder: Path, rows: list[str], notes: dict[str, object] | None = None) -> Truth:
    (folder / "hall.txt").write_text("\n".join(rows) + "\n")
    if notes is not None:
        (folder / "labels.json").write_text(json.dumps(notes))
    return read_truth(folder)["hall"]


def two_people(frames: range, extra: str = ",1,1,1.0") -> list[str]:
    return [
        f"{frame},{person},{100 * person + frame},50,40,100{extra}"
        for frame in frames
        for person in (1, 2)
    ]


def answers(truth: Truth, ids: np.ndarray | None = None) -> Answers:
    return Answers(truth.frames, truth.ids if ids is None else ids, truth.boxes)


def test_perfect_answers_score_one(tmp_path: Path) -> None:
    truth = write_truth(tmp_path, two_people(range(1, 21)))
    scores = evaluate({"hall": (truth, answers(truth))})
    for score in scores.values():
        assert (score.hota, score.idf1, score.mota, score.deta, score.assa) == (1, 1, 1, 1, 1)
        assert (score.purity, score.pieces, score.truth_boxes) == (1, 1, 40)
    assert set(scores) == {"hall", "all"}


def test_ids_exchanged_half_way_halve_idf1_but_not_detection(tmp_path: Path) -> None:
    truth = write_truth(tmp_path, two_people(range(1, 21)))
    swapped = np.where(truth.frames < 10, truth.ids, 3 - truth.ids).astype(np.int32)
    score = evaluate({"hall": (truth, answers(truth, swapped))})["hall"]
    assert score.idf1 == pytest.approx(0.5)
    assert score.deta == pytest.approx(1)
    assert score.purity == pytest.approx(0.5)
    assert score.mota == pytest.approx(1 - 2 / 40)


def test_tracklets_that_end_half_way_stay_pure(tmp_path: Path) -> None:
    truth = write_truth(tmp_path, two_people(range(1, 21)))
    split = (truth.ids + 10 * (truth.frames >= 10)).astype(np.int32)
    score = evaluate({"hall": (truth, answers(truth, split))})["hall"]
    assert (score.purity, score.pieces) == (1, 2)
    assert score.idf1 == pytest.approx(0.5)


def test_no_answers_score_nothing(tmp_path: Path) -> None:
    truth = write_truth(tmp_path, two_people(range(1, 21)))
    score = evaluate({"hall": (truth, answers_at([], truth.labelled, 1.0))})["hall"]
    assert (score.hota, score.idf1, score.mota, score.pieces) == (0, 0, 0, 0)


def test_only_labelled_frames_are_scored(tmp_path: Path) -> None:
    notes = {"frames_labelled": {"hall": {"stride": 3, "first": 1, "last": 10}}, "ignore": []}
    truth = write_truth(tmp_path, two_people(range(1, 21)), notes)
    assert truth.labelled.tolist() == [0, 3, 6, 9]
    assert evaluate({"hall": (truth, answers(truth))})["hall"].truth_boxes == 8


@pytest.mark.parametrize("extra", [",1,1,0.3", ",0,1,1.0", ",1,8,1.0"])
def test_what_does_not_count_need_not_be_found_and_may_be(tmp_path: Path, extra: str) -> None:
    certain = two_people(range(1, 11))
    truth = write_truth(tmp_path, certain + [f"{f},3,400,50,40,100{extra}" for f in range(1, 11)])
    found = evaluate({"hall": (truth, answers(truth))})["hall"]
    keep = truth.ids != 3
    without = Answers(truth.frames[keep], truth.ids[keep], truth.boxes[keep])
    missed = evaluate({"hall": (truth, without)})["hall"]
    assert found.mota == missed.mota == 1
    assert found.truth_boxes == missed.truth_boxes == 20


def test_answers_in_an_ignored_region_are_nobodys_fault_while_it_lasts(tmp_path: Path) -> None:
    region = {"camera": "hall", "frames": [1, 5], "box_xywh": [390, 40, 60, 120]}
    truth = write_truth(tmp_path, two_people(range(1, 11)), {"ignore": [region]})
    ghost = np.tile(np.array([400, 50, 440, 150], np.float32), (10, 1))
    given = Answers(
        np.concatenate([truth.frames, np.arange(10, dtype=np.int32)]),
        np.concatenate([truth.ids, np.full(10, 9, np.int32)]),
        np.concatenate([truth.boxes, ghost]),
    )
    assert evaluate({"hall": (truth, given)})["hall"].mota == pytest.approx(1 - 5 / 20)


def test_tracklets_answer_between_their_frames(tmp_path: Path) -> None:
    truth = write_truth(tmp_path, two_people(range(1, 20)))
    tracklets = []
    for person in (1, 2):
        boxes = truth.boxes[truth.ids == person][::3]
        frames = np.arange(0, 19, 3, dtype=np.int32)
        confidences = np.full(7, 0.9, np.float32)
        tracklets.append(Tracklet(person, frames, frames / 24.0, boxes, confidences))
    given = answers_at(tracklets, truth.labelled, 0.25)
    assert evaluate({"hall": (truth, given)})["hall"].hota == pytest.approx(1)


def test_all_is_over_all_cameras(tmp_path: Path) -> None:
    truth = write_truth(tmp_path, two_people(range(1, 11)))
    nothing = answers_at([], truth.labelled, 1.0)
    scores = evaluate({"a": (truth, answers(truth)), "b": (truth, nothing)})
    assert scores["all"].mota == pytest.approx(0.5)
    assert scores["all"].truth_boxes == 40


def test_unreadable_truth_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="holds no truth"):
        read_truth(tmp_path)
    with pytest.raises(EvaluationError, match=r"hall\.txt', line 2"):
        write_truth(tmp_path, ["1,1,0,0,5,5", "2,1,zero"])
    (tmp_path / "hall.txt").write_text("1,1,0,0,5,5\n")
    (tmp_path / "labels.json").write_text("{")
    with pytest.raises(EvaluationError, match="not JSON"):
        read_truth(tmp_path)
    with pytest.raises(EvaluationError, match="nothing to score"):
        evaluate({})
