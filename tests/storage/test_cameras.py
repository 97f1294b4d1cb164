from __future__ import annotations

import pytest

from storage import cameras
from storage.database import Database
from storage.errors import Conflict, DuplicateName, InvalidInput, NotFound
from tests.storage.site import a_camera, a_video


def test_a_camera_comes_back_as_it_was_given(database: Database) -> None:
    with database.write() as session:
        added = cameras.add_camera(
            session, name="Door", time_zone="Europe/Berlin", clock_offset=-3.5, notes="left of it"
        )
    with database.read() as session:
        assert cameras.get_camera(session, added.id) == added
        assert cameras.find_camera(session, "Door") == added
        assert cameras.find_camera(session, "door") is None
    assert (added.name, added.time_zone, added.clock_offset, added.notes) == (
        "Door",
        "Europe/Berlin",
        -3.5,
        "left of it",
    )
    assert added.created.utcoffset() is not None


def test_only_visible_cameras_are_listed_with_their_videos_counted(database: Database) -> None:
    with database.write() as session:
        door, hall = a_camera(session, "Door"), a_camera(session, "Hall")
        a_video(session, hall, "1.mp4")
        a_video(session, hall, "2.mp4")
        listed = cameras.list_cameras(session, None)
        assert [(each.name, each.videos) for each in listed] == [("Door", 0), ("Hall", 2)]
        assert [each.id for each in cameras.list_cameras(session, frozenset({door}))] == [door]
        assert cameras.list_cameras(session, frozenset()) == []


def test_names_are_unique(database: Database) -> None:
    with database.write() as session:
        a_camera(session, "Door")
        hall = cameras.add_camera(session, name="Hall")
        with pytest.raises(DuplicateName, match="already a camera called Door"):
            a_camera(session, "Door")
        with pytest.raises(DuplicateName):
            cameras.edit_camera(session, hall.id, version=1, name="Door")
        assert cameras.edit_camera(session, hall.id, version=1, name="Hall").version == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": ""}, "empty"),
        ({"name": " Door"}, "spaces"),
        ({"name": "../Door"}, "slash"),
        ({"name": "x" * 201}, "longer"),
        ({"name": "Door", "time_zone": "Mars/Crater"}, "Europe/Berlin"),
        ({"name": "Door", "clock_offset": float("nan")}, "clock offset"),
    ],
)
def test_odd_values_are_refused(
    database: Database, values: dict[str, object], message: str
) -> None:
    with database.write() as session, pytest.raises(InvalidInput, match=message):
        cameras.add_camera(session, **values)  # type: ignore[arg-type]


def test_a_lost_edit_race_is_an_error_and_changes_nothing(database: Database) -> None:
    with database.write() as session:
        door = cameras.add_camera(session, name="Door")
        cameras.edit_camera(session, door.id, version=door.version, notes="mine")
        with pytest.raises(Conflict, match="Camera Door was changed by somebody else"):
            cameras.edit_camera(session, door.id, version=door.version, notes="yours")
        assert cameras.get_camera(session, door.id).notes == "mine"


def test_what_is_not_there_cannot_be_edited_or_removed(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(NotFound, match="no camera 7"):
            cameras.edit_camera(session, 7, version=1, notes="")
        with pytest.raises(NotFound):
            cameras.remove_camera(session, 7)
        with pytest.raises(InvalidInput, match="colour"):
            cameras.edit_camera(session, 7, version=1, colour="red")


def test_ids_are_never_used_again(database: Database) -> None:
    with database.write() as session:
        first = a_camera(session, "Door")
        cameras.remove_camera(session, first)
        assert a_camera(session, "Door") > first
