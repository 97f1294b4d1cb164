from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from storage import cameras, videos
from storage.database import Database
from storage.errors import Conflict, DuplicateName, DuplicateVideo, InvalidInput, NotFound
from tests.storage.site import NOON, a_camera, a_tracklet, a_video


def test_a_video_comes_back_as_it_was_given(database: Database) -> None:
    with database.write() as session:
        door = a_camera(session, "Door", clock_offset=2.0)
        added = a_video(session, door, "a.mp4", warnings=["odd size"], sha256="0" * 64)
    with database.read() as session:
        assert videos.get_video(session, added.id) == added
        assert videos.find_video(session, "a.mp4") == added
        assert videos.find_by_sha256(session, "0" * 64) == added
        assert videos.find_by_sha256(session, "1" * 64) is None
    assert (added.camera, added.start, added.warnings) == ("Door", NOON, ("odd size",))
    assert (added.state, added.error, added.processed_until) == ("new", None, 0.0)


def test_names_are_made_unique(database: Database) -> None:
    with database.write() as session:
        door = a_camera(session)
        given = ["a.mp4", "a.mp4", "a.mp4", "a (2).mp4", "a_.mp4", "100%", "100%"]
        names = [a_video(session, door, n, size=i).name for i, n in enumerate(given)]
    assert names == [
        "a.mp4",
        "a (2).mp4",
        "a (3).mp4",
        "a (2) (2).mp4",
        "a_.mp4",
        "100%",
        "100% (2)",
    ]


def test_the_same_content_is_recognised(database: Database) -> None:
    with database.write() as session:
        door = a_camera(session)
        first = a_video(session, door, "a.mp4", sha256="a" * 64)
        with pytest.raises(DuplicateVideo, match=r"b\.mp4 is already in the store") as caught:
            a_video(session, door, "b.mp4", sha256="a" * 64)
    assert (caught.value.video_id, caught.value.name) == (first.id, "a.mp4")


@pytest.mark.parametrize(
    "values",
    [
        {"sha256": "A" * 64},
        {"start": datetime(2026, 1, 1)},
        {"start": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
        {"start": None},
        {"start_source": "unknown"},
        {"start_source": "guess"},
        {"duration": float("inf")},
        {"name": "folder/a.mp4"},
        {"managed": True, "path": "/etc/passwd"},
    ],
)
def test_odd_values_are_refused(database: Database, values: dict[str, object]) -> None:
    with database.write() as session:
        door = a_camera(session)
        with pytest.raises(InvalidInput):
            a_video(session, door, **values)  # type: ignore[arg-type]


def test_a_video_needs_a_camera(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound, match="no camera 3"):
        a_video(session, 3)


@pytest.mark.parametrize(
    ("source", "confirmed", "trusted"),
    [
        ("given", False, True),
        ("name", False, False),
        ("name", True, True),
        ("metadata", True, True),
    ],
)
def test_only_given_or_confirmed_starts_are_trusted(
    database: Database, source: str, confirmed: bool, trusted: bool
) -> None:
    with database.write() as session:
        door = a_camera(session, clock_offset=90.0)
        video = a_video(session, door, start_source=source, start_confirmed=confirmed)
    assert video.begins == (NOON + timedelta(seconds=90) if trusted else None)


def test_listing_filters_and_counts(database: Database) -> None:
    with database.write() as session:
        door, hall = a_camera(session, "Door"), a_camera(session, "Hall")
        first, second = a_video(session, door, "1.mp4"), a_video(session, hall, "2.mp4")
        a_tracklet(session, second.id)
        a_tracklet(session, second.id)
        listed = videos.list_videos(session, None)
        assert [(each.id, each.tracklets) for each in listed] == [(first.id, 0), (second.id, 2)]
        assert [v.id for v in videos.list_videos(session, frozenset({hall}))] == [second.id]
        assert [v.id for v in videos.list_videos(session, None, camera_id=door)] == [first.id]
        assert videos.list_videos(session, frozenset({hall}), camera_id=door) == []


def test_edits_carry_a_version_and_the_workers_word_does_not(database: Database) -> None:
    with database.write() as session:
        door, hall = a_camera(session, "Door"), a_camera(session, "Hall")
        video = a_video(session, door)
        videos.set_video_state(session, video.id, "processing", warnings=["cut short"])
        videos.set_progress(session, video.id, 60.0)
        edited = videos.edit_video(
            session,
            video.id,
            version=video.version,
            camera_id=hall,
            start=None,
            start_source="unknown",
            start_confirmed=False,
        )
        assert (edited.camera, edited.start, edited.version) == ("Hall", None, 2)
        assert (edited.state, edited.processed_until) == ("processing", 60.0)
        assert edited.warnings == ("cut short",)
        with pytest.raises(Conflict, match=r"Video a\.mp4 was changed"):
            videos.edit_video(session, video.id, version=video.version, name="b.mp4")


def test_edits_are_checked(database: Database) -> None:
    with database.write() as session:
        door = a_camera(session)
        a_video(session, door, "a.mp4")
        video = a_video(session, door, "b.mp4")
        with pytest.raises(DuplicateName):
            videos.edit_video(session, video.id, version=1, name="a.mp4")
        with pytest.raises(NotFound):
            videos.edit_video(session, video.id, version=1, camera_id=99)
        with pytest.raises(InvalidInput, match="sha256"):
            videos.edit_video(session, video.id, version=1, sha256="0" * 64)
        with pytest.raises(InvalidInput):
            videos.edit_video(session, video.id, version=1, start=datetime(2026, 1, 1))


def test_states_are_checked_and_errors_cleared(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        videos.set_video_state(session, video.id, "failed", error="no such codec")
        assert videos.get_video(session, video.id).error == "no such codec"
        videos.set_video_state(session, video.id, "queued")
        assert videos.get_video(session, video.id).error is None
        with pytest.raises(InvalidInput, match="asleep"):
            videos.set_video_state(session, video.id, "asleep")
        with pytest.raises(NotFound):
            videos.set_video_state(session, 99, "done")
        with pytest.raises(InvalidInput):
            videos.set_progress(session, video.id, float("nan"))


def test_a_new_clock_offset_moves_the_true_start(database: Database) -> None:
    with database.write() as session:
        door = a_camera(session)
        video = a_video(session, door)
        cameras.edit_camera(session, door, version=1, clock_offset=-10.0)
        assert videos.get_video(session, video.id).begins == NOON - timedelta(seconds=10)
