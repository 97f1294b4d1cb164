"""The same store on a real PostgreSQL: the catalogue's tests again, and what differs there."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from storage import embeddings, engine, jobs, migrating, people_edits
from storage.database import Database
from storage.errors import Conflict, DatabaseBusy, DatabaseUnreachable
from storage.media import MediaStore
from storage.schema import Base
from storage.vectors import VectorIndex
from tests.storage import postgres_server
from tests.storage.site import (
    DIMENSION,
    SPACE,
    a_camera,
    a_populated_video,
    a_tracklet,
    a_video,
    register,
    unit_vectors,
)
from tests.storage.test_cameras import *  # noqa: F403
from tests.storage.test_crops import *  # noqa: F403
from tests.storage.test_embeddings import *  # noqa: F403
from tests.storage.test_jobs import *  # noqa: F403
from tests.storage.test_matching_runs import *  # noqa: F403
from tests.storage.test_migrations import people_as_before_and_after
from tests.storage.test_people_and_words import *  # noqa: F403
from tests.storage.test_removal import *  # noqa: F403
from tests.storage.test_tracklets import *  # noqa: F403
from tests.storage.test_undo import *  # noqa: F403
from tests.storage.test_videos import *  # noqa: F403

pytest.importorskip("psycopg", reason="psycopg is not installed, so PostgreSQL is not tested")
PROGRAMS = postgres_server.binaries()
if PROGRAMS is None:
    pytest.skip("no PostgreSQL server is installed", allow_module_level=True)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A socket folder, behind it an empty, migrated database `store`."""
    assert PROGRAMS is not None
    with postgres_server.running(PROGRAMS) as folder:
        run(folder, "CREATE DATABASE store")
        Database.open(address(folder, "store")).dispose()
        yield folder


def address(folder: str, name: str) -> str:
    return f"postgresql://retrace@/{name}?host={folder}"


def run(folder: str, statement: str) -> None:
    admin = create_engine(address(folder, "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


@pytest.fixture
def url(server: str) -> str:
    return address(server, "store")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    tables = ", ".join(Base.metadata.tables)
    with opened.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    opened.dispose()


def test_the_migrated_schema_equals_the_models(server: str) -> None:
    run(server, "CREATE DATABASE fresh")
    opened = Database.open(address(server, "fresh"))
    with opened.read() as session:
        assert migrating.differences(session.connection()) == []
    assert opened.check() == []
    opened.dispose()


def test_people_of_the_first_version_are_taken_over_and_given_back(server: str) -> None:
    run(server, "CREATE DATABASE old")
    old = engine.make_engine(engine.parse_url(address(server, "old")))
    people_as_before_and_after(old)
    old.dispose()


def test_decisions_about_people_wait_for_each_other(database: Database) -> None:
    """Two people give the same sighting away at once: the second sees what the first did."""
    with database.write() as session:
        video = a_video(session, a_camera(session))
        a_tracklet(session, video.id)
    caught: list[BaseException] = []

    def second() -> None:
        try:
            with database.write() as session:
                people_edits.create_person(session, actor="ben", tracklets=[1], name="Ben")
        except BaseException as error:
            caught.append(error)

    with database.write() as session:
        people_edits.create_person(session, actor="ann", tracklets=[1], name="Ann")
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert [str(error).startswith("ann placed sighting 1 with Ann") for error in caught] == [True]


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable, match="does not answer") as caught:
        Database.open(f"postgresql://ann:secret@/retrace?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_workers_share_the_queue_without_taking_a_job_twice(database: Database, url: str) -> None:
    with database.write() as session:
        wanted = [jobs.enqueue(session, "ingest", {}).id for _ in range(60)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.storage.claiming", url, f"w{number}"],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    taken = [int(line) for each in workers for line in each.communicate(timeout=60)[0].split()]
    assert sorted(taken) == wanted


def test_waiting_too_long_says_that_the_database_is_busy(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 1.0)
    with database.write() as session:
        register(session)
    with database.write() as first:
        first.execute(text("LOCK TABLE vector_generation"))
        with pytest.raises(DatabaseBusy, match="is busy"), database.write() as second:
            register(second)


def test_two_at_the_same_moment_are_a_conflict(database: Database) -> None:
    with database.write() as first:
        a_camera(first, "Door")
        caught: list[BaseException] = []

        def add() -> None:
            try:
                with database.write() as second:
                    a_camera(second, "Door")
            except BaseException as error:
                caught.append(error)

        thread = threading.Thread(target=add)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert [type(error) for error in caught] == [Conflict]


def test_indexes_follow_what_others_add_and_remove(
    database: Database, media: MediaStore, tmp_path: Path
) -> None:
    index = VectorIndex(database, SPACE, DIMENSION, tmp_path / "cache")
    with database.write() as session:
        camera = a_camera(session)
        kept = a_populated_video(session, media, camera, "a.mp4", people=3, seed=1)
        gone = a_populated_video(session, media, camera, "b.mp4", people=2, seed=2)
    assert index.refresh() == 15
    with database.write() as session:
        videos.remove_video(session, gone.id)  # noqa: F405
    assert index.refresh() == 6
    assert index.check() == []
    with database.read() as session:
        loaded = embeddings.load_embeddings(session, SPACE, list(range(1, 20)))
    query = unit_vectors(3, 1)
    hits = index.search(query, 20)
    assert np.allclose(hits.scores[0, :9], np.sort(loaded.vectors @ query[0])[::-1], atol=1e-6)
    assert kept.tracklets == 3
    assert database.check() == []


def test_vectors_become_visible_in_the_order_of_their_ids(
    database: Database, tmp_path: Path
) -> None:
    """What an index relies on: it never meets a lower row id after a higher one."""
    with database.write() as session:
        register(session)
        video = a_video(session, a_camera(session))
        people = [a_tracklet(session, video.id) for _ in range(40)]
    index = VectorIndex(database, SPACE, DIMENSION, tmp_path / "cache")

    def add(tracklets: list[int]) -> None:
        for tracklet in tracklets:
            with database.write() as session:
                embeddings.add_embeddings(
                    session,
                    SPACE,
                    np.array([tracklet]),
                    np.array([-1]),
                    "image",
                    unit_vectors(tracklet, 1),
                )

    threads = [threading.Thread(target=add, args=(people[at::2],)) for at in range(2)]
    for thread in threads:
        thread.start()
    seen = 0
    while any(thread.is_alive() for thread in threads):
        seen += index.refresh()
    for thread in threads:
        thread.join()
    assert seen + index.refresh() == 40
    assert index.check() == []
