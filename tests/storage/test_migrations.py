from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from storage import identities, judgements, migrating, people_edits, placements, undo
from storage.engine import WRITE, make_engine, parse_url
from storage.errors import Conflict
from storage.migrations import HEAD
from storage.schema_version import bring_up_to_date, stamped

REVISIONS = migrating.revisions()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(parse_url(str(tmp_path / "empty.db")))
    yield engine
    engine.dispose()


def test_there_is_one_line_of_migrations() -> None:
    assert REVISIONS[-1] == HEAD


def test_the_migrated_schema_equals_the_models(empty: Engine) -> None:
    bring_up_to_date(empty, "here")
    with empty.connect() as connection:
        assert migrating.differences(connection) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_step_goes_up_and_down_again(empty: Engine, revision: str) -> None:
    with empty.connect().execution_options(**WRITE) as connection, connection.begin():
        command.upgrade(migrating.config(connection), revision)
        assert stamped(connection) == revision
        command.downgrade(migrating.config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(migrating.config(connection), "head")


OLD = {
    "camera": ["(1, 'Door', '', 0, '', 1, 0)"],
    "video": [
        "(1, 1, 'a.mp4', 'a', false, 'x', 1, 1, 1, 1, 1, 'h264', null, 'unknown', false, 'done', "
        "null, 0, '[]', 1, 0)"
    ],
    "tracklet": [f"({n}, 1, {n}, 1, 0, 1, 0.5, '')" for n in (1, 2, 3)],
    "identity": ["(4, 'Ann', 1, 100)", "(5, '', 2, 200)"],
    "assignment": [
        "(1, 1, 4, 'me', null, null, 300)",
        "(2, 2, 5, 'me', 'night', 0.75, 400)",
        "(3, 1, 5, 'me', null, null, 500)",
        "(7, 2, null, 'me', null, null, 600)",
    ],
    "judgement": [
        "(1, 1, 2, 'same', 'ann', 100, 250, 'ben')",
        "(2, 2, 1, 'different', 'ann', 260, null, null)",
        "(6, 1, 3, 'same', 'ben', 270, 280, 'ann')",
    ],
}


def test_people_of_the_first_version_are_taken_over_and_given_back(empty: Engine) -> None:
    people_as_before_and_after(empty)


def people_as_before_and_after(engine: Engine) -> None:
    """Up with rows in place, a look at them with today's queries, and down again."""

    def kept(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        columns = {
            "identity": "id, name, version, created",
            "assignment": "id, tracklet_id, identity_id, actor, run, probability, created",
            "judgement": "query_tracklet, tracklet, verdict, actor, created, withdrawn, "
            "withdrawn_by",
        }
        return {
            table: [
                tuple(row)
                for row in connection.execute(text(f"SELECT {names} FROM {table} ORDER BY id"))
            ]
            for table, names in columns.items()
        }

    with engine.connect().execution_options(**WRITE) as connection, connection.begin():
        command.upgrade(migrating.config(connection), "0001")
        for table, rows in OLD.items():
            for row in rows:
                connection.execute(text(f"INSERT INTO {table} VALUES {row}"))
        before = kept(connection)
        command.upgrade(migrating.config(connection), "0002")
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            known = identities.get_identities(session)
            assert {each: row.name for each, row in known.items()} == {4: "Ann", 5: ""}
            now = placements.current_assignments(session)
            assert {each: row.identity_id for each, row in now.items()} == {1: 5, 2: None}
            (word,) = judgements.list_judgements(session)
            assert (word.tracklet, word.verdict) == (1, "different")
            undo.undo(session, word.decision_id, "me")
            assert judgements.list_judgements(session) == []
            with pytest.raises(Conflict, match="earlier version"):
                undo.undo(session, now[1].decision_id, "me")
            made = people_edits.create_person(session, actor="me", tracklets=[3], name="Cleo")
            assert made.identity not in (4, 5)
            session.rollback()
        command.downgrade(migrating.config(connection), "0001")
        assert kept(connection) == before


def test_a_failed_migration_leaves_nothing_behind(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade

    def breaks(*args: object) -> None:
        upgrade(*args)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(command, "upgrade", breaks)
    with pytest.raises(RuntimeError):
        bring_up_to_date(empty, "here")
    with empty.connect() as connection:
        assert inspect(connection).get_table_names() == []
