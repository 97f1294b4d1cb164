"""Bringing a database's schema to this version's, one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text

from storage.engine import READ, WRITE
from storage.errors import DatabaseBusy, DatabaseNewer, DatabaseUnreachable
from storage.schema import Base

LOCK_SECONDS = 60.0
_PG_LOCK = 7_306_418_215  # any number, as long as every Retrace uses the same


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def current(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision this version of Retrace works with."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def differences(connection: Connection) -> list[str]:
    """How a database's schema differs from the models, in Alembic's words; empty if it does not."""
    context = MigrationContext.configure(connection)
    return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def migrate(engine: Engine, where: str) -> None:
    """Upgrade to head, all steps in one transaction, under a lock across processes.

    Raises DatabaseNewer for a revision that this version does not know, and DatabaseBusy when
    another process has been migrating for a minute.
    """
    if engine.dialect.name != "sqlite":
        _upgrade(engine, where)
        return
    try:
        # Around the very first connection too: it turns WAL on, which does not wait its turn.
        with FileLock(f"{engine.url.database}.migrate.lock", timeout=LOCK_SECONDS):
            _upgrade(engine, where)
    except Timeout as error:
        raise DatabaseBusy(
            f"Another Retrace is bringing {where} up to date. Try again in a minute."
        ) from error
    except OSError as error:
        raise DatabaseUnreachable(
            f"The folder of the database {where} cannot be written: {error.strerror}. "
            "Choose another home."
        ) from error


def _upgrade(engine: Engine, where: str) -> None:
    with engine.connect().execution_options(**READ) as connection:
        revision = current(connection)
    if revision == head():
        return
    _refuse_unknown(revision, where)
    with engine.connect().execution_options(**WRITE) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})
        command.upgrade(config(connection), "head")


def _refuse_unknown(revision: str | None, where: str) -> None:
    if revision is None:
        return
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if revision not in known:
        raise DatabaseNewer(
            f"The database {where} was written by a newer version of Retrace "
            f"(schema {revision}). Update Retrace, or choose another home."
        )
