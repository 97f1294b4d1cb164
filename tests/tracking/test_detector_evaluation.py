"""Recall at another detector's precision, on cases with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.detector_evaluation import Outcome, Truth, at_precision, at_threshold, judge, pooled


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def confidences(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


TALL, OTHER, LOW = (0, 0, 40, 100), (100, 0, 140, 100), (200, 0, 220, 50)


def truth(*rows: tuple[float, float, float, float], counted: tuple[bool, ...] | None = None):
    return Truth(boxes(*rows), np.array(counted or (True,) * len(rows), np.bool_))


def test_a_second_box_on_somebody_is_wrong() -> None:
    found = judge(truth(TALL, OTHER), boxes(TALL, TALL), confidences(0.6, 0.9))
    assert found.people == 2
    assert found.confidences == pytest.approx([0.9, 0.6])
    assert found.right.tolist() == [True, False]


def test_low_people_and_those_who_do_not_count_are_neither_missed_nor_found() -> None:
    hidden = truth(TALL, OTHER, LOW, counted=(True, False, True))
    assert judge(hidden, boxes(), confidences()).people == 1
    for box in (OTHER, LOW):
        assert judge(hidden, boxes(box), confidences(0.9)).right.tolist() == []
    nobody_there_and_low = boxes((300, 0, 320, 79))
    assert judge(hidden, nobody_there_and_low, confidences(0.9)).right.tolist() == []
    nobody_there = boxes((300, 0, 320, 80))
    assert judge(hidden, nobody_there, confidences(0.9)).right.tolist() == [False]


def test_a_box_between_two_people_is_of_the_one_who_counts() -> None:
    both = truth((0, 0, 40, 100), (4, 0, 44, 100), counted=(False, True))
    assert judge(both, boxes((1, 0, 41, 100)), confidences(0.9)).right.tolist() == [True]


def test_recall_at_precision_with_a_known_answer() -> None:
    # Sorted by confidence: right, wrong, right, right; precision 1, 1/2, 2/3, 3/4.
    outcome = Outcome(
        confidences(0.9, 0.8, 0.7, 0.6), np.array([True, False, True, True]), people=5
    )
    assert at_threshold(outcome, 0.65).precision == pytest.approx(2 / 3)
    assert at_threshold(outcome, 0.65).recall == pytest.approx(2 / 5)
    point = at_precision(outcome, 0.75)
    assert (point.threshold, point.recall) == (pytest.approx(0.6), pytest.approx(3 / 5))
    assert at_precision(outcome, 0.76).recall == pytest.approx(1 / 5)
    assert at_precision(pooled([]), 0.5).recall == 0


def test_boxes_of_one_confidence_are_shown_together_or_not_at_all() -> None:
    outcome = Outcome(confidences(0.5, 0.5), np.array([True, False]), people=1)
    assert at_precision(outcome, 0.9).recall == 0
    assert at_precision(outcome, 0.5).recall == 1


outcomes = st.lists(st.tuples(st.sampled_from([0.1, 0.25, 0.3, 0.6, 0.9]), st.booleans())).map(
    lambda rows: Outcome(
        confidences(*(c for c, _ in rows)),
        np.array([right for _, right in rows], np.bool_),
        people=sum(right for _, right in rows) + 2,
    )
)


@given(outcomes, st.floats(0, 1))
def test_what_is_found_is_the_best_threshold_there_is(outcome: Outcome, precision: float) -> None:
    point = at_precision(outcome, precision)
    every = [at_threshold(outcome, float(c)) for c in outcome.confidences]
    allowed = [each.recall for each in every if each.precision >= precision - 1e-9]
    assert point.recall == pytest.approx(max(allowed, default=0.0))
    assert at_threshold(outcome, point.threshold).recall == pytest.approx(point.recall)


@given(outcomes)
def test_a_detector_reaches_its_own_recall_at_its_own_precision(outcome: Outcome) -> None:
    own = at_threshold(outcome, 0.25)
    if own.recall:
        assert at_precision(outcome, own.precision).recall >= own.recall
