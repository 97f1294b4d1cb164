"""Trackers: one interface, deterministic, real time steps, ids from 1 in each video."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tracking.people import box_of, moment
from tracking.tracker import METHODS, Method, TrackerSettings, make_tracker
from tracking.values import FrameDetections

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:supervision.*")


def follow(method: Method, moments: list[FrameDetections]) -> list[list[tuple[int, float]]]:
    tracker = make_tracker(TrackerSettings(method=method))
    return [[(i, float(box[0])) for i, box, _ in tracker.update(m)] for m in moments]


def two_people(times: list[float]) -> list[FrameDetections]:
    return [
        moment(i, t, [box_of(20 + 15 * t), box_of(300 - 15 * t, y=60)]) for i, t in enumerate(times)
    ]


@pytest.mark.parametrize("method", METHODS)
def test_people_keep_their_ids_also_at_irregular_times(method: Method) -> None:
    rng = np.random.default_rng(5)
    times = np.cumsum(rng.uniform(0.04, 0.3, 60)).tolist()
    found = follow(method, two_people(times))
    for position, start in ((0, 20), (1, 300)):
        sign = 1 if position == 0 else -1
        ids = {
            i
            for t, seen in zip(times, found, strict=True)
            for i, x in seen
            if abs(x - (start + sign * 15 * t)) < 0.1
        }
        assert len(ids) == 1
        assert min(ids) >= 1
    assert sum(len(seen) for seen in found) >= 2 * 58


@pytest.mark.parametrize("method", METHODS)
def test_the_same_boxes_give_the_same_ids_in_every_tracker_made(method: Method) -> None:
    moments = two_people([i / 8 for i in range(40)])
    assert follow(method, moments) == follow(method, moments)


@pytest.mark.parametrize("method", METHODS)
def test_boxes_come_back_as_they_were_detected(method: Method) -> None:
    tracker = make_tracker(TrackerSettings(method=method))
    for seen in two_people([i / 8 for i in range(20)]):
        for _, box, confidence in tracker.update(seen):
            assert box.dtype == np.float32
            assert any(np.array_equal(box, given) for given in seen.boxes)
            assert confidence == pytest.approx(0.9)


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_scene_has_no_people(method: Method) -> None:
    tracker = make_tracker(TrackerSettings(method=method))
    assert [tracker.update(moment(i, i / 8, [])) for i in range(5)] == [[]] * 5


def test_a_person_hidden_for_a_moment_comes_back_with_the_same_id() -> None:
    moments = [moment(i, i / 8, [] if 20 <= i < 24 else [box_of(50 + i / 2)]) for i in range(40)]
    found = follow("bytetrack", moments)
    assert {i for seen in found for i, _ in seen} == {1}


def test_two_boxes_on_one_person_are_one() -> None:
    moments = [
        moment(i, i / 8, [box_of(50.0 + i), box_of(51.0 + i, y=41, height=40)], [0.9, 0.7])
        for i in range(20)
    ]
    assert {len(seen) for seen in follow("bytetrack", moments)[1:]} == {1}


def test_weak_boxes_begin_no_track_but_keep_one_alive() -> None:
    weak = [moment(i, i / 8, [box_of(50)], [0.3]) for i in range(10)]
    assert follow("bytetrack", weak) == [[]] * 10
    fading = [moment(i, i / 8, [box_of(50)], [0.9 if i < 5 else 0.3]) for i in range(15)]
    assert {len(seen) for seen in follow("bytetrack", fading)[1:]} == {1}


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="no tracker is called 'sort'"):
        TrackerSettings(method="sort")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than 0"):
        TrackerSettings(fps=0)
