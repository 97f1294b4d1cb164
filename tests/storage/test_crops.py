from __future__ import annotations

import pytest

from storage import crops
from storage.database import Database
from storage.errors import InvalidInput, NotFound
from tests.storage.site import a_camera, a_crop, a_tracklet, a_video

KEY = f"ab/{'c' * 62}.jpg"


@pytest.fixture
def tracklet(database: Database) -> int:
    with database.write() as session:
        return a_tracklet(session, a_video(session, a_camera(session)).id)


def test_crops_come_back_as_given(database: Database, tracklet: int) -> None:
    with database.write() as session:
        (crop_id,) = crops.add_crops(
            session, tracklet, [a_crop(KEY, quality=0.75, parts={"sharpness": 0.5})]
        )
    with database.read() as session:
        crop = crops.get_crop(session, crop_id)
    assert (crop.tracklet_id, crop.kind, crop.media_key) == (tracklet, "keyframe", KEY)
    assert (crop.box, crop.width, crop.height) == ((8.0, 10.0, 48.0, 110.0), 40, 100)
    assert (crop.quality, dict(crop.parts)) == (0.75, {"sharpness": 0.5})


def test_crops_are_listed_by_tracklet_kind_and_time(database: Database, tracklet: int) -> None:
    with database.write() as session:
        other = a_tracklet(session, 1)
        crops.add_crops(session, other, [a_crop(KEY)])
        added = crops.add_crops(
            session,
            tracklet,
            [a_crop(KEY, "strip", time=1), a_crop(KEY, time=3), a_crop(KEY, time=2)],
        )
        listed = crops.list_crops(session, [other, tracklet])
        assert [(crop.tracklet_id, crop.kind, crop.time) for crop in listed] == [
            (tracklet, "keyframe", 2),
            (tracklet, "keyframe", 3),
            (tracklet, "strip", 1),
            (other, "keyframe", 1),
        ]
        assert [crop.id for crop in crops.list_crops(session, [tracklet], "strip")] == added[:1]
        assert crops.list_crops(session, []) == []


def test_the_cover_is_the_best_keyframe(database: Database, tracklet: int) -> None:
    with database.write() as session:
        empty = a_tracklet(session, 1)
        _, best, _, _ = crops.add_crops(
            session,
            tracklet,
            [
                a_crop(KEY, quality=0.2, time=1),
                a_crop(KEY, quality=0.8, time=2),
                a_crop(KEY, quality=0.8, time=3),
                a_crop(KEY, "strip", quality=1.0),
            ],
        )
        covers = crops.covers(session, [tracklet, empty])
    assert {tracklet: best} == {key: crop.id for key, crop in covers.items()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"media_key": "../../etc/passwd"},
        {"kind": "frame"},
        {"quality": 2.0},
        {"width": 0},
        {"box": (0.0, 0.0, float("nan"), 1.0)},
    ],
)
def test_odd_crops_are_refused(database: Database, tracklet: int, wrong: dict) -> None:
    values = {"media_key": KEY, "kind": "strip"} | wrong
    with database.write() as session, pytest.raises(InvalidInput):
        crops.add_crops(session, tracklet, [a_crop(**values)])


def test_a_crop_needs_its_tracklet(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(NotFound):
            crops.add_crops(session, 9, [a_crop(KEY)])
        with pytest.raises(NotFound):
            crops.get_crop(session, 9)
