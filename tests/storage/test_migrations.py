from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect

from storage import migrating
from storage.engine import WRITE, make_engine, parse_url
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
