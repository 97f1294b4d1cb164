"""Overlaps of boxes, and which boxes show one person twice."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tracking.geometry import covered, iou, same_person, without_doubles

CORNER = st.integers(0, 200)
SIDE = st.integers(1, 100)
BOXES = st.lists(st.tuples(CORNER, CORNER, SIDE, SIDE), max_size=6).map(
    lambda rows: np.array([[x, y, x + w, y + h] for x, y, w, h in rows], np.float32).reshape(-1, 4)
)


def rows(*boxes: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(boxes, dtype=np.float32)


def test_known_overlaps() -> None:
    a = rows((0, 0, 10, 10))
    b = rows((5, 0, 15, 10), (20, 0, 30, 10), (0, 0, 10, 5))
    np.testing.assert_allclose(iou(a, b), [[1 / 3, 0, 0.5]])
    np.testing.assert_allclose(covered(a, b), [[0.5, 0, 0.5]])
    np.testing.assert_allclose(covered(b, a).ravel(), [0.5, 0, 1])


@given(BOXES, BOXES)
def test_iou_is_symmetric_and_a_share(a: NDArray[np.float32], b: NDArray[np.float32]) -> None:
    shares = iou(a, b)
    assert shares.shape == (len(a), len(b))
    np.testing.assert_allclose(shares, iou(b, a).T)
    assert np.all((shares >= 0) & (shares <= 1))
    np.testing.assert_allclose(np.diag(iou(a, a)), 1.0)


@given(BOXES)
def test_what_is_kept_holds_no_doubles_and_misses_nobody(boxes: NDArray[np.float32]) -> None:
    confidences = np.linspace(0.9, 0.2, len(boxes), dtype=np.float32)
    kept = without_doubles(boxes, confidences)
    assert not same_person(boxes)[np.ix_(kept, kept)].any()
    for dropped in set(range(len(boxes))) - set(kept.tolist()):
        assert same_person(boxes)[dropped, kept].any()


def test_head_and_shoulders_of_a_person_are_that_person() -> None:
    whole, upper = (100, 50, 150, 200), (102, 52, 148, 120)
    boxes = rows(upper, whole)
    assert without_doubles(boxes, np.array([0.6, 0.8], np.float32)).tolist() == [1]


def test_neighbours_and_a_box_around_two_stay() -> None:
    left, right, both = (100, 50, 140, 200), (135, 50, 175, 200), (100, 50, 175, 200)
    boxes = rows(left, right, both)
    assert without_doubles(boxes, np.array([0.9, 0.8, 0.7], np.float32)).tolist() == [0, 1, 2]
