from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import cameras, engine
from storage.database import Database
from storage.errors import (
    DatabaseBroken,
    DatabaseBusy,
    DatabaseNewer,
    DatabaseUnreachable,
    InvalidInput,
    NotFound,
)
from tests.storage.site import a_camera


def test_opening_makes_the_folder_and_the_tables(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/a/b/retrace.db")
    assert database.check() == []
    database.dispose()


def test_opening_again_finds_what_was_stored(tmp_path: Path) -> None:
    for expected in ([], ["Door"]):
        database = Database.open(str(tmp_path / "retrace.db"))
        with database.write() as session:
            assert [camera.name for camera in cameras.list_cameras(session, None)] == expected
            if not expected:
                a_camera(session, "Door")
        database.dispose()


def test_the_pragmas_of_the_design_hold(database: Database) -> None:
    with database.read() as session:
        values = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    normal = 1
    assert values == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "synchronous": normal,
    }


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with pytest.raises(NotFound), database.write() as session:
        cameras.get_camera(session, a_camera(session) + 1)
    with database.read() as session:
        assert cameras.list_cameras(session, None) == []


def test_a_reader_sees_one_snapshot_while_others_write(database: Database) -> None:
    with database.read() as reader:
        assert cameras.list_cameras(reader, None) == []
        with database.write() as writer:
            a_camera(writer)
        assert cameras.list_cameras(reader, None) == []
    with database.read() as reader:
        assert len(cameras.list_cameras(reader, None)) == 1


def test_writing_in_a_reading_session_is_an_error(database: Database) -> None:
    with pytest.raises(DatabaseUnreachable, match="readonly"), database.read() as session:
        a_camera(session)


def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    inside, done = threading.Event(), []

    def second() -> None:
        inside.wait()
        with database.write() as session:
            done.append(len(cameras.list_cameras(session, None)))

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as session:
        inside.set()
        a_camera(session)
        thread.join(0.2)
        assert done == []
    thread.join()
    assert done == [1]


def test_waiting_too_long_says_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    first, second = (Database.open(str(tmp_path / "retrace.db")) for _ in range(2))
    with (
        first.write(),
        pytest.raises(DatabaseBusy, match=r"retrace\.db is busy.*Try again"),
        second.write(),
    ):
        pass
    first.dispose()
    second.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "x://"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        Database.open(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "retrace.db").write_bytes(b"not a database, but long enough to look at" * 50)
    with pytest.raises(DatabaseBroken, match=r"retrace\.db is damaged"):
        Database.open(str(tmp_path / "retrace.db"))


@pytest.mark.skipif(os.name == "nt", reason="folders under a file")
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnreachable, match="file/home"):
        Database.open(str(tmp_path / "file" / "home" / "retrace.db"))


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "retrace.db"
    Database.open(str(path)).dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseNewer, match="newer version of Retrace"):
        Database.open(str(path))


def test_check_names_what_is_wrong(database: Database) -> None:
    with sqlite3.connect(str(database.engine.url.database)) as connection:
        connection.execute(
            "INSERT INTO vector_generation (space, dimension, epoch, generation, vectors) "
            "VALUES ('s', 4, 'e', 1, 7)"
        )
        connection.execute(
            'INSERT INTO detections (video_id, settings_key, chunk, start, "end", blob) '
            "VALUES (5, 'k', 0, 0, 1, x'')"
        )
    connection.close()
    problems = database.check()
    assert any("detections" in problem for problem in problems)
    assert any("should hold 7 vectors, but holds 0" in problem for problem in problems)
