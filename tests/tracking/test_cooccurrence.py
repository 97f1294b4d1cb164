"""Who was seen at once: two people for certain, or one boxed twice."""

from __future__ import annotations

import numpy as np

from tracking.association import co_occurring
from tracking.values import Tracklet


def walk(number: int, frames: range, x: float, step: float = 0.0, size: float = 40.0) -> Tracklet:
    n = np.arange(len(frames))
    left = x + step * n
    boxes = np.stack([left, 0 * left, left + size, 0 * left + 2.5 * size], 1).astype(np.float32)
    return Tracklet(
        number=number,
        frames=np.array(frames, np.int32),
        times=np.array(frames) / 8.0,
        boxes=boxes,
        confidences=np.full(len(frames), 0.8, np.float32),
    )


def test_two_people_side_by_side_are_two() -> None:
    together, doubled = co_occurring([walk(1, range(10), 0), walk(2, range(5, 20), 100)])
    assert together.tolist() == [[0, 1]]
    assert doubled.tolist() == []


def test_two_shared_frames_prove_nothing() -> None:
    together, doubled = co_occurring([walk(1, range(10), 0), walk(2, range(8, 20), 100)])
    assert len(together) == len(doubled) == 0


def test_one_person_boxed_twice_is_one() -> None:
    whole, part = walk(1, range(10), 0), walk(2, range(10), 2, size=36)
    together, doubled = co_occurring([whole, part])
    assert together.tolist() == []
    assert doubled.tolist() == [[0, 1]]


def test_a_box_inside_another_is_not_another_person_for_certain() -> None:
    together, doubled = co_occurring([walk(1, range(10), 0, size=80), walk(2, range(10), 5)])
    assert together.tolist() == []
    assert doubled.tolist() == []


def test_people_who_cross_are_two() -> None:
    right, left = walk(1, range(20), 0, step=10), walk(2, range(20), 190, step=-10)
    together, doubled = co_occurring([right, left])
    assert together.tolist() == [[0, 1]]
    assert doubled.tolist() == []


def test_pairs_are_sorted_positions() -> None:
    three = [walk(7, range(10), 200), walk(2, range(10), 0), walk(3, range(10), 100)]
    together, _ = co_occurring(three)
    assert together.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_nobody_is_with_nobody() -> None:
    together, doubled = co_occurring([])
    assert together.shape == doubled.shape == (0, 2)
