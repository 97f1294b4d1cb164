"""Identities across cameras, scored: answers known by hand, and TrackEval on the same files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.errors import EvaluationError
from tracking.evaluation import Truth
from tracking.people_evaluation import Found, bcubed, evaluate_people, identity_f1, pairwise

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:trackeval.*")
FRAMES = 10


def site(*cameras: str) -> dict[str, tuple[Truth, Found]]:
    """Two people in each camera, each followed by one tracklet and found rightly."""
    frames = np.repeat(np.arange(FRAMES, dtype=np.int32), 2)
    people = np.tile(np.array([1, 2], np.int32), FRAMES)
    left = (100 * people + frames).astype(np.float32)
    boxes = np.stack([left, left * 0, left + 40, left * 0 + 100], axis=1)
    pairs = {}
    for number, name in enumerate(cameras):
        truth = Truth(name, np.arange(FRAMES, dtype=np.int32), frames, people, boxes, people > 0)
        tracklets = people.astype(np.int64) + 10 * number
        pairs[name] = (truth, Found(frames, tracklets, people.astype(np.int64) + 50, boxes))
    return pairs


def given_to(found: Found, identities: dict[int, int]) -> Found:
    who = np.array([identities[t] for t in found.tracklets.tolist()], np.int64)
    return Found(found.frames, found.tracklets, who, found.boxes)


def test_all_people_told_apart_score_one() -> None:
    scores = evaluate_people(site("hall", "yard"))
    assert (scores.idf1, scores.hota, scores.assa) == (1, 1, 1)
    assert (scores.pairwise.f1, scores.bcubed.f1) == (1, 1)
    assert (scores.identities_found, scores.identities_true, scores.tracklets) == (2, 2, 4)
    assert scores.camera_pairs[("hall", "yard")].f1 == 1


def test_people_exchanged_in_the_second_camera_are_half_right() -> None:
    pairs = site("hall", "yard")
    truth, found = pairs["yard"]
    pairs["yard"] = (truth, given_to(found, {11: 52, 12: 51}))
    scores = evaluate_people(pairs)
    assert scores.idf1 == pytest.approx(0.5)
    assert scores.pairwise.precision == scores.pairwise.recall == 0
    assert scores.bcubed.precision == pytest.approx(0.5)
    assert scores.camera_pairs[("hall", "yard")].f1 == 0


def test_an_unassigned_tracklet_is_an_identity_of_its_own() -> None:
    pairs = site("hall", "yard")
    truth, found = pairs["yard"]
    pairs["yard"] = (truth, given_to(found, {11: 0, 12: 0}))
    scores = evaluate_people(pairs)
    assert scores.identities_found == 4
    assert scores.idf1 == pytest.approx(2 * 20 / (40 + 40))
    assert (scores.pairwise.precision, scores.pairwise.recall) == (1, 0)


def test_everybody_in_one_identity_is_found_but_not_told_apart() -> None:
    pairs = {
        name: (truth, given_to(found, dict.fromkeys(found.tracklets.tolist(), 7)))
        for name, (truth, found) in site("hall", "yard").items()
    }
    scores = evaluate_people(pairs)
    assert (scores.pairwise.precision, scores.pairwise.recall) == (pytest.approx(2 / 6), 1)
    assert scores.identities_found == 1


def test_a_tracklet_is_whom_most_of_its_boxes_show() -> None:
    truth, found = site("hall")["hall"]
    tracklets = np.where(found.frames < 4, found.tracklets, 3 - found.tracklets)
    mixed = Found(found.frames, tracklets, np.where(tracklets == 1, 9, 8), found.boxes)
    scores = evaluate_people({"hall": (truth, mixed)})
    assert (scores.tracklets, scores.pairwise.f1) == (2, 1)
    assert scores.idf1 == pytest.approx(0.6)


def test_nothing_to_score_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="nothing to score"):
        evaluate_people({})


def test_arithmetic_is_trackevals_own_on_the_same_files(tmp_path: Path) -> None:
    """TrackEval reads MOT files of the cameras laid end to end, and says the same."""
    import trackeval

    random = np.random.default_rng(4)
    pairs = {}
    for name, (truth, found) in site("hall", "yard", "gate").items():
        keep = random.random(len(found.frames)) < 0.8
        who = 51 + (truth.ids + random.integers(0, 3, FRAMES)[found.frames]) % 3
        boxes = found.boxes + random.normal(0, 4, found.boxes.shape).astype(np.float32)
        drawn = Found(
            found.frames[keep], found.tracklets[keep] + 20 * who[keep], who[keep], boxes[keep]
        )
        pairs[name] = (truth, drawn)
    ours = evaluate_people(pairs)

    truth_rows, found_rows = [], []
    for place, (_, (truth, found)) in enumerate(sorted(pairs.items())):
        for rows, frames, ids, boxes in (
            (truth_rows, truth.frames, truth.ids, truth.boxes),
            (found_rows, found.frames, found.identities, found.boxes),
        ):
            for frame, who, (x, y, right, bottom) in zip(frames, ids, boxes.tolist(), strict=True):
                at = frame + 1 + FRAMES * place
                rows.append(f"{at},{who},{x},{y},{right - x},{bottom - y},1,1,1")
    gt, answers = tmp_path / "gt" / "site", tmp_path / "trackers" / "ours" / "data"
    (gt / "gt").mkdir(parents=True)
    answers.mkdir(parents=True)
    (gt / "gt" / "gt.txt").write_text("\n".join(truth_rows))
    (answers / "site.txt").write_text("\n".join(found_rows))
    data = trackeval.datasets.MotChallenge2DBox(
        {
            "GT_FOLDER": str(tmp_path / "gt"),
            "TRACKERS_FOLDER": str(tmp_path / "trackers"),
            "SKIP_SPLIT_FOL": True,
            "DO_PREPROC": False,
            "SEQ_INFO": {"site": 3 * FRAMES},
            "PRINT_CONFIG": False,
        }
    )
    raw = data.get_raw_seq_data("ours", "site")
    prepared = data.get_preprocessed_seq_data(raw, "pedestrian")
    quiet = {"PRINT_CONFIG": False}
    assert ours.idf1 == pytest.approx(
        trackeval.metrics.Identity(quiet).eval_sequence(prepared)["IDF1"]
    )
    hota = trackeval.metrics.HOTA().eval_sequence(prepared)
    assert ours.hota == pytest.approx(np.mean(hota["HOTA"]))
    assert ours.assa == pytest.approx(np.mean(hota["AssA"]))


labelled = st.integers(0, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(-1, 4), min_size=n, max_size=n),
        st.lists(st.integers(0, 4), min_size=n, max_size=n),
    )
)


@settings(max_examples=40)
@given(labelled)
def test_pairs_are_counted_as_one_would_by_hand(case: tuple[list[int], list[int]]) -> None:
    labels, truth = (np.array(each, np.int64) for each in case)
    said = right = true = 0
    for i in range(len(labels)):
        for j in range(i):
            together = labels[i] == labels[j] >= 0
            said += together
            true += truth[i] == truth[j]
            right += together and truth[i] == truth[j]
    shares = pairwise(labels, truth)
    assert shares.precision == pytest.approx(right / said if said else 1)
    assert shares.recall == pytest.approx(right / true if true else 1)


@settings(max_examples=40)
@given(labelled)
def test_the_truth_itself_is_perfect_whatever_its_numbers(
    case: tuple[list[int], list[int]],
) -> None:
    truth = np.array(case[1], np.int64)
    renamed = (7 * truth + 3) % 31
    assert pairwise(renamed, truth).f1 == 1
    assert identity_f1(renamed, truth) == 1
    if len(truth):
        assert bcubed(renamed, truth).f1 == pytest.approx(1)


def test_identity_f1_matches_identities_one_to_one() -> None:
    truth = np.array([1, 1, 1, 2, 2, 2], np.int64)
    found = np.array([5, 5, 6, 6, 6, 6], np.int64)
    assert identity_f1(found, truth) == pytest.approx(5 / 6)
    assert identity_f1(found, truth, np.array([1.0, 1, 8, 1, 1, 1])) == pytest.approx(8 / 13)
