from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import cameras, tracklets, videos
from storage.database import Database
from storage.errors import InvalidInput, NotFound
from tests.storage.site import NOON, a_camera, a_tracklet, a_video, a_walk


def test_a_tracklet_comes_back_exactly(database: Database) -> None:
    walk = a_walk(1.0, 5.5)
    with database.write() as session:
        video = a_video(session, a_camera(session))
        added = tracklets.add_tracklet(session, video_id=video.id, number=7, quality=0.25, **walk)
    with database.read() as session:
        row = tracklets.get_tracklet(session, added)
        arrays = tracklets.load_boxes(session, added)
        assert tracklets.load_video_boxes(session, video.id).keys() == {added}
    assert (row.number, row.frames, row.quality) == (7, len(walk["frames"]), 0.25)
    assert (row.offset_start, row.offset_end) == (1.0, 5.5)
    assert (row.video, row.camera) == ("a.mp4", "Door")
    for name, array in walk.items():
        stored = getattr(arrays, name)
        assert stored.dtype == array.dtype
        assert stored.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "wrong",
    [
        {name: values[:0] for name, values in a_walk(0, 1).items()},
        {"frames": a_walk(0, 1)["frames"].astype(np.int64)},
        {"times": a_walk(0, 1)["times"][::-1].copy()},
        {"boxes": a_walk(0, 2)["boxes"]},
        {"confidences": a_walk(0, 1)["confidences"] * np.float32(np.inf)},
        {"quality": 1.5},
        {"number": 1},
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(
    database: Database, wrong: dict[str, Any]
) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        a_tracklet(session, video.id)
        values = {"number": 2, "quality": 0.5, **a_walk(0, 1)} | wrong
        with pytest.raises(InvalidInput):
            tracklets.add_tracklet(session, video_id=video.id, **values)


def test_times_of_day_follow_the_videos_start_and_the_cameras_clock(database: Database) -> None:
    with database.write() as session:
        door = a_camera(session, clock_offset=30.0)
        video = a_video(session, door)
        tracklet = a_tracklet(session, video.id, 10.0, 14.0)
        row = tracklets.get_tracklet(session, tracklet)
        assert row.start == NOON + timedelta(seconds=40)
        assert row.end == NOON + timedelta(seconds=44)
        videos.edit_video(session, video.id, version=1, start=NOON + timedelta(hours=1))
        cameras.edit_camera(session, door, version=1, clock_offset=0.0)
        row = tracklets.get_tracklet(session, tracklet)
        assert row.start == NOON + timedelta(hours=1, seconds=10)


def test_an_untrusted_start_gives_no_time_of_day(database: Database) -> None:
    with database.write() as session:
        guessed = a_video(session, a_camera(session), start_source="name", start_confirmed=False)
        tracklet = a_tracklet(session, guessed.id)
        row = tracklets.get_tracklet(session, tracklet)
        assert (row.start, row.end) == (None, None)
        assert tracklets.tracklet_ids(session, None, start=NOON).tolist() == []
        videos.edit_video(session, guessed.id, version=1, start_confirmed=True)
        assert tracklets.tracklet_ids(session, None, start=NOON).tolist() == [tracklet]


@pytest.fixture
def site(database: Database) -> Database:
    """Two cameras, three videos (one without a start), spans of whole seconds in each."""
    with database.write() as session:
        door, hall = a_camera(session, "Door"), a_camera(session, "Hall", clock_offset=-5.0)
        for camera, name, values in [
            (door, "1.mp4", {}),
            (hall, "2.mp4", {"start": NOON + timedelta(seconds=20)}),
            (hall, "3.mp4", {"start": None, "start_source": "unknown", "start_confirmed": False}),
        ]:
            video = a_video(session, camera, name, **values)
            for begin in (0, 5, 20, 50):
                a_tracklet(session, video.id, begin, begin + 10)
    return database


ids = st.none() | st.sets(st.integers(1, 4), max_size=3)
moments = st.none() | st.integers(-20, 90).map(lambda s: NOON + timedelta(seconds=s))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(visible=ids, video_ids=ids, camera_ids=ids, start=moments, end=moments)
def test_filters_agree_with_looking_at_every_row(
    site: Database, visible: Any, video_ids: Any, camera_ids: Any, start: Any, end: Any
) -> None:
    filters = {"video_ids": video_ids, "camera_ids": camera_ids, "start": start, "end": end}
    seen = None if visible is None else frozenset(visible)
    with site.read() as session:
        everything = tracklets.list_tracklets(session, None)
        listed = tracklets.list_tracklets(session, seen, **filters)
        selected = tracklets.tracklet_ids(session, seen, **filters)
    expected = [
        row
        for row in everything
        if (seen is None or row.camera_id in seen)
        and (camera_ids is None or row.camera_id in camera_ids)
        and (video_ids is None or row.video_id in video_ids)
        and (start is None or (row.end is not None and row.end >= start))
        and (end is None or (row.start is not None and row.start <= end))
    ]
    assert listed == expected
    assert selected.dtype == np.int64
    assert selected.tolist() == sorted(row.id for row in expected)


def test_pages_of_a_listing_join_to_the_whole(site: Database) -> None:
    with site.read() as session:
        whole = tracklets.list_tracklets(session, None)
        pages = [
            tracklets.list_tracklets(session, None, limit=5, offset=at) for at in (0, 5, 10, 15)
        ]
        assert [row for page in pages for row in page] == whole
        assert len(whole) == tracklets.count_tracklets(session, None) == 12
        assert tracklets.count_tracklets(session, frozenset({2})) == 8


def test_tracklets_come_in_the_order_asked_for(site: Database) -> None:
    with site.read() as session:
        rows = tracklets.get_tracklets(session, [3, 99, 1, 3])
        assert [row.id for row in rows] == [3, 1, 3]
        with pytest.raises(NotFound, match="no tracklet 99"):
            tracklets.get_tracklet(session, 99)
        with pytest.raises(NotFound):
            tracklets.load_boxes(session, 99)


def test_who_is_there_at_a_moment(site: Database) -> None:
    with site.read() as session:
        at = {
            (time, slack): [near.id for near in tracklets.tracklets_at(session, 1, time, slack)]
            for time, slack in [(0.0, 0.0), (7.0, 0.0), (16.0, 0.0), (16.0, 1.0), (19.0, 1.0)]
        }
        near = tracklets.tracklets_at(session, 1, 7.0, 0.0)[0]
        exact = tracklets.load_boxes(session, near.id)
    assert at == {
        (0.0, 0.0): [1],
        (7.0, 0.0): [1, 2],
        (16.0, 0.0): [],
        (16.0, 1.0): [2],
        (19.0, 1.0): [3],
    }
    assert np.array_equal(near.boxes, exact.boxes)


def test_activity_counts_people_a_bin(site: Database) -> None:
    with site.read() as session:
        bins = tracklets.activity(session, 1, 10.0)
        assert bins.tolist() == [2, 2, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0]
        assert tracklets.activity(session, 1, 1000.0).tolist() == [4]
        with pytest.raises(NotFound):
            tracklets.activity(session, 99, 1.0)
        with pytest.raises(InvalidInput):
            tracklets.activity(session, 1, 0.0)


def test_numbers_go_on_from_the_highest(site: Database) -> None:
    with site.read() as session:
        assert tracklets.last_number(session, 1) == 4
        assert tracklets.last_number(session, 99) == 0
