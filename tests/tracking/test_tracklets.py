"""Tracklets end when a person is lost, after a while, and wherever there is doubt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracking.people import box_of
from tracking.tracklets import (
    Step,
    TrackletBuilder,
    TrackletSettings,
    boxes_at,
    interpolate,
)
from tracking.values import Box, Tracklet

Tracked = list[tuple[int, Box, float]]


def build(
    moments: list[tuple[float, Tracked]], settings: TrackletSettings | None = None
) -> list[Tracklet]:
    builder = TrackletBuilder(settings)
    steps: list[Step] = [
        builder.update(round(time * 10), time, tracked) for time, tracked in moments
    ]
    closed = [t for step in [*steps, builder.flush()] for t in step.closed]
    assert builder.open_since == {}
    return closed


def spans(tracklets: list[Tracklet]) -> list[tuple[float, float]]:
    return [(round(t.start, 3), round(t.end, 3)) for t in tracklets]


def walk(start: float, end: float, track: int = 1) -> list[tuple[float, Tracked]]:
    times = np.arange(round(start * 10), round(end * 10) + 1) / 10
    return [(float(t), [(track, box_of(10 + 20 * float(t)), 0.9)]) for t in times]


def test_a_person_in_plain_sight_is_one_tracklet() -> None:
    (tracklet,) = build(walk(0, 30))
    assert (len(tracklet), tracklet.number) == (301, 1)
    assert tracklet.boxes.dtype == np.float32
    assert tracklet.frames.tolist() == list(range(301))


def test_one_unseen_for_longer_than_lost_after_is_lost() -> None:
    kept = walk(0, 2) + walk(2.9, 4)
    lost = walk(0, 2) + walk(3.2, 4)
    assert spans(build(kept)) == [(0.0, 4.0)]
    assert spans(build(lost)) == [(0.0, 2.0), (3.2, 4.0)]


def test_a_tracklet_lasts_no_longer_than_max_duration() -> None:
    settings = TrackletSettings(max_duration=2.0)
    assert spans(build(walk(0, 5), settings)) == [(0.0, 1.9), (2.0, 3.9), (4.0, 5.0)]


def test_a_jump_is_somebody_else() -> None:
    moments = walk(0, 1) + [(1.1 + i / 10, [(1, box_of(150), 0.9)]) for i in range(5)]
    assert spans(build(moments)) == [(0.0, 1.0), (1.1, 1.5)]


def test_a_box_that_suddenly_triples_is_somebody_else() -> None:
    big = box_of(10, 0, 90, 240)
    moments = walk(0, 1) + [(1.1 + i / 10, [(1, big, 0.9)]) for i in range(5)]
    assert spans(build(moments)) == [(0.0, 1.0), (1.1, 1.5)]


def test_two_who_were_too_close_both_end_when_they_part() -> None:
    moments: list[tuple[float, Tracked]] = []
    for i in range(40):
        apart = abs(i - 20) * 3.0
        moments.append((i / 10, [(1, box_of(100 - apart), 0.9), (2, box_of(100 + apart), 0.8)]))
    tracklets = build(moments)
    assert len(tracklets) == 4
    assert len({t.number for t in tracklets}) == 4
    ends = [t.end for t in tracklets[:2]]
    assert ends[0] == ends[1] > 2.0
    assert len(build(moments, TrackletSettings(overlap=2.0))) == 2


def test_two_who_pass_at_a_distance_are_not_split() -> None:
    moments: list[tuple[float, Tracked]] = [
        (i / 10, [(1, box_of(5.0 * i), 0.9), (2, box_of(200 - 5.0 * i, y=150), 0.8)])
        for i in range(40)
    ]
    assert len(build(moments)) == 2


def test_chance_detections_are_dropped_by_name() -> None:
    builder = TrackletBuilder(TrackletSettings(least_frames=3))
    builder.update(0, 0.0, [(1, box_of(0), 0.9)])
    builder.update(1, 0.1, [(1, box_of(0), 0.9)])
    step = builder.update(20, 2.0, [])
    assert (step.closed, step.dropped) == ((), (1,))


@given(st.lists(st.sets(st.integers(1, 4)), min_size=1, max_size=40))
def test_every_box_lands_in_exactly_one_tracklet(presence: list[set[int]]) -> None:
    builder = TrackletBuilder(TrackletSettings(least_frames=1, lost_after=0.25))
    closed: list[Tracklet] = []
    placed: list[tuple[int, int]] = []
    for i, tracks in enumerate(presence):
        tracked = [(t, box_of(100.0 * t + i), 0.9) for t in sorted(tracks)]
        step = builder.update(i, i / 10, tracked)
        closed += step.closed
        placed += [(p.number, i) for p in step.placed]
    closed += builder.flush().closed
    held = [(t.number, int(f)) for t in closed for f in t.frames]
    assert sorted(held) == sorted(placed)
    assert len(placed) == sum(map(len, presence))
    for tracklet in closed:
        assert np.all(np.diff(tracklet.times) <= 0.25 + 1e-9)


def a_tracklet() -> Tracklet:
    times = np.array([1.0, 1.1, 1.2, 2.2])
    return Tracklet(
        1,
        np.array([10, 11, 12, 22], np.int32),
        times,
        np.stack([box_of(float(10 * t)) for t in times]),
        np.full(4, 0.9, np.float32),
    )


@pytest.mark.parametrize(
    ("time", "x"),
    [(0.9, None), (1.0, 10.0), (1.05, 10.5), (1.2, 12.0), (1.7, None), (2.2, 22.0), (2.3, None)],
)
def test_boxes_between_analysed_frames_are_linear_but_not_across_gaps(
    time: float, x: float | None
) -> None:
    box = interpolate(a_tracklet(), time, max_gap=0.25)
    if x is None:
        assert box is None
    else:
        assert box is not None
        assert box.dtype == np.float32
        np.testing.assert_allclose(box, box_of(x), rtol=1e-5)


def test_boxes_at_frames_agree_with_boxes_at_times() -> None:
    tracklet = a_tracklet()
    frames = np.arange(5, 30, dtype=np.int32)
    at, boxes = boxes_at(tracklet, frames, 0.25)
    assert frames[at].tolist() == [10, 11, 12, 22]
    at, boxes = boxes_at(tracklet, frames, 2.0)
    assert frames[at].tolist() == list(range(10, 23))
    for frame, box in zip(frames[at], boxes, strict=True):
        expected = interpolate(tracklet, float(frame) / 10, 2.0)
        assert expected is not None
        np.testing.assert_allclose(box, expected, rtol=1e-4)
    at, boxes = boxes_at(tracklet, np.array([1, 90], np.int32), 2.0)
    assert boxes.shape == (0, 4)


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="lost_after is 0"):
        TrackletSettings(lost_after=0)
    with pytest.raises(ValueError, match="growth"):
        TrackletSettings(growth=1.0)
