"""From scores to probabilities and words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reid_models.calibration import (
    POSSIBLE,
    STRONG,
    Calibration,
    Line,
    find_calibration,
    fit_line,
    read_calibration,
    strength,
    strengths_within,
    write_calibration,
)
from reid_models.cards import ModelCard, known_cards
from reid_models.errors import CalibrationError
from reid_models.scoring import SCORE_VERSION

from .conftest import MakeCard

LINE = Line(slope=10.0, intercept=-4.0, same=100, different=1000)


def calibration(card: ModelCard | None = None, **changes: object) -> Calibration:
    fields: dict[str, object] = {
        "space": (card.space if card else None) or "tiny@0",
        "model_sha256": (card.sha256 if card else None) or "0" * 64,
        "score_version": SCORE_VERSION,
        "source": "made in the test",
        "protocol": "none",
        "lines": {
            "image_tracklet": LINE,
            "tracklet_tracklet": LINE.model_copy(update={"intercept": -6.0}),
        },
    }
    return Calibration.model_validate(fields | changes)


def test_a_score_that_says_nothing_leaves_the_prior():
    assert calibration().probability(np.array([0.4]), "image_tracklet", 0.05) == pytest.approx(0.05)


def test_the_prior_enters_by_bayes():
    odds = np.exp(10 * 0.7 - 4) * 0.2 / 0.8
    got = calibration().probability(np.array(0.7), "image_tracklet", 0.2)
    assert got == pytest.approx(odds / (1 + odds))


def test_queries_of_two_kinds_are_read_halfway_between_their_lines():
    kinds = ("image_tracklet", "tracklet_tracklet")
    assert calibration().probability(np.array([0.5]), kinds, 0.5) == pytest.approx(0.5)
    alone = calibration().probability(np.array([0.5]), ["image_tracklet"] * 3)
    assert alone == calibration().probability(np.array([0.5]), "image_tracklet")


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=20),
    st.floats(0.001, 0.999),
    st.floats(0.001, 0.999),
)
def test_probabilities_rise_with_the_score_and_with_the_prior(
    scores: list[float], one: float, other: float
):
    ordered = np.sort(scores)
    low, high = sorted((one, other))
    probable = calibration().probability(ordered, "image_tracklet", low)
    assert np.all((probable >= 0) & (probable <= 1))
    assert np.all(np.diff(probable) >= 0)
    assert np.all(calibration().probability(ordered, "image_tracklet", high) >= probable)


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, float("nan")])
def test_a_prior_must_leave_room_for_doubt(prior: float):
    with pytest.raises(CalibrationError, match="prior"):
        calibration().probability(np.array([0.5]), "image_tracklet", prior)


@pytest.mark.parametrize("kind", ["image_image", []])
def test_a_kind_that_was_never_fitted_is_refused(kind: str | list[str]):
    with pytest.raises(CalibrationError, match=r"benchmarks\.calibration"):
        calibration().probability(np.array([0.5]), kind)


def test_two_normal_populations_give_back_their_known_ratio():
    rng = np.random.default_rng(0)
    same, different = rng.normal(0.6, 0.1, 20_000), rng.normal(0.3, 0.1, 200_000)
    line = fit_line(same, different)
    assert line.slope == pytest.approx(0.3 / 0.1**2, rel=0.05)
    assert line.slope * 0.45 + line.intercept == pytest.approx(0, abs=0.15)
    assert (line.same, line.different) == (20_000, 200_000)


@given(st.floats(0.02, 0.5))
def test_the_fit_does_not_depend_on_how_common_matches_are_said_to_be(weight: float):
    rng = np.random.default_rng(1)
    same, different = rng.normal(0.5, 0.1, 3000), rng.normal(0.3, 0.1, 30_000)
    line = fit_line(same, different, weight)
    assert line.slope == pytest.approx(20, rel=0.15)


def test_perfectly_separated_scores_have_a_finite_slope():
    line = fit_line(np.array([0.9, 0.8]), np.array([0.1, 0.2]))
    assert np.isfinite(line.slope)


@pytest.mark.parametrize(
    ("same", "different", "why"),
    [
        ([0.5], [0.1, 0.2], "too few"),
        ([0.9, 0.8], [], "too few"),
        ([0.1, 0.2, 0.1], [0.8, 0.9, 0.85], "more alike"),
    ],
)
def test_pairs_that_calibrate_nothing_are_refused(
    same: list[float], different: list[float], why: str
):
    with pytest.raises(CalibrationError, match=why):
        fit_line(np.array(same), np.array(different))


def test_a_probability_has_a_word():
    assert [strength(p) for p in (1.0, STRONG, 0.89, POSSIBLE, 0.29, 0.0)] == [
        "strong",
        "strong",
        "possible",
        "possible",
        "weak",
        "weak",
    ]


def test_without_a_calibration_only_what_stands_out_is_strong():
    crowd = np.random.default_rng(0).normal(0.3, 0.05, 100).clip(0.2, 0.4)
    words = strengths_within(np.concatenate([crowd, [0.7, 0.5]]))
    assert words[100] == "strong"
    assert words[101] == "possible"
    assert set(words[:100]) == {"weak"}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], []),
        ([0.9], ["possible"]),
        ([0.2, 0.9, 0.1], ["weak", "possible", "weak"]),
        ([0.3] * 40, ["weak"] * 40),
    ],
)
def test_few_or_equal_scores_show_nothing_strong(scores: list[float], expected: list[str]):
    assert strengths_within(np.array(scores)) == expected


def test_a_calibration_comes_back_as_it_was_written(tmp_path: Path):
    write_calibration(calibration(), tmp_path / "calibration.json")
    assert read_calibration(tmp_path / "calibration.json") == calibration()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"space": 3}'])
def test_a_damaged_calibration_is_named(content: str, tmp_path: Path):
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(CalibrationError, match=r"calibration\.json is not a calibration"):
        read_calibration(path)


def test_a_line_that_falls_is_no_calibration():
    with pytest.raises(ValidationError):
        Line(slope=-1.0, intercept=0.0, same=1, different=1)


def test_a_calibration_of_other_weights_or_another_score_is_passed_over(
    tmp_path: Path, make_card: MakeCard
):
    card = make_card()
    path = tmp_path / "calibration.json"
    assert find_calibration(card, tmp_path) is None
    write_calibration(calibration(card), path)
    assert find_calibration(card, tmp_path) == calibration(card)
    for change in ({"model_sha256": "f" * 64}, {"space": "x"}, {"score_version": 0}):
        write_calibration(calibration(card, **change), path)
        assert find_calibration(card, tmp_path) is None


@pytest.mark.parametrize(
    "card", [card for card in known_cards() if card.files], ids=lambda card: card.name
)
def test_every_shipped_model_has_a_calibration_for_every_kind(card: ModelCard, tmp_path: Path):
    found = find_calibration(card, tmp_path)
    assert found is not None
    assert set(found.lines) == {"image_image", "image_tracklet", "tracklet_tracklet"}
    assert "CUHK03" in found.source
    assert card.measured
