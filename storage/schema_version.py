"""Whether a database has this version's schema: asked at every start, so without Alembic.

Alembic takes a second to import, and is needed only where there is something to migrate.
"""

from __future__ import annotations

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, inspect, text

from storage.engine import READ
from storage.errors import DatabaseBusy, DatabaseUnreachable
from storage.migrations import HEAD

LOCK_SECONDS = 60.0


def stamped(connection: Connection) -> str | None:
    """The revision a database says it is at; None if it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Migrate a database to HEAD if it is not there, one process at a time.

    Raises DatabaseNewer for a revision that this version does not know, DatabaseBusy when another
    process has been migrating for a minute, and DatabaseUnreachable.
    """
    if engine.dialect.name != "sqlite":
        _migrate(engine, where)
        return
    try:
        # Around the very first connection too: it turns WAL on, which does not wait its turn.
        with FileLock(f"{engine.url.database}.migrate.lock", timeout=LOCK_SECONDS):
            _migrate(engine, where)
    except Timeout as error:
        raise DatabaseBusy(
            f"Another Retrace is bringing {where} up to date. Try again in a minute."
        ) from error
    except OSError as error:
        raise DatabaseUnreachable(
            f"The folder of the database {where} cannot be written: {error.strerror}. "
            "Choose another home."
        ) from error


def _migrate(engine: Engine, where: str) -> None:
    with engine.connect().execution_options(**READ) as connection:
        revision = stamped(connection)
    if revision != HEAD:
        from storage import migrating

        migrating.upgrade(engine, revision, where)
