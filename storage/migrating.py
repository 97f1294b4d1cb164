"""Alembic, without files of its own: migrating a database and comparing it with the models."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from storage.engine import WRITE
from storage.errors import DatabaseNewer
from storage.schema import Base

_PG_LOCK = 7_306_418_215  # any number, as long as every Retrace uses the same


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration over an open connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def revisions() -> list[str]:
    """All revisions this version knows, oldest first."""
    scripts = ScriptDirectory.from_config(config()).walk_revisions("base", "heads")
    return [script.revision for script in scripts][::-1]


def differences(connection: Connection) -> list[str]:
    """How a database's schema differs from the models, in Alembic's words; empty if it does not."""
    context = MigrationContext.configure(connection)
    return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def upgrade(engine: Engine, revision: str | None, where: str) -> None:
    """Take a database that is at `revision` to head, all steps in one transaction.

    Raises DatabaseNewer for a revision that is not among ours.
    """
    if revision is not None and revision not in revisions():
        raise DatabaseNewer(
            f"The database {where} was written by a newer version of Retrace "
            f"(schema {revision}). Update Retrace, or choose another home."
        )
    with engine.connect().execution_options(**WRITE) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})
        command.upgrade(config(connection), "head")
