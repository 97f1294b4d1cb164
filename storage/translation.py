"""The database drivers' errors in our own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.errors import (
    Conflict,
    DatabaseBroken,
    DatabaseBusy,
    DatabaseUnreachable,
    DiskFull,
    StorageError,
)

# PostgreSQL's codes: lock timeout, deadlock, serialization failure, disk full.
_PG_BUSY = ("55P03", "40P01", "40001")
_PG_FULL = "53100"
_PG_LOST = ("08", "57P")  # connection trouble, a server that shuts down


def translate(error: DBAPIError, where: str) -> StorageError | None:
    """Our error for a driver's, or None where it is no trouble of the database as a whole.

    `where` is the database as people know it: a path, or an address without its password.
    """
    original = error.orig
    code = getattr(original, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    state = getattr(original, "sqlstate", None)
    if isinstance(error, IntegrityError):
        # What people can get wrong is checked before; what is left are two at the same moment.
        return Conflict(
            f"Somebody else changed the same thing in {where} meanwhile ({original}). "
            "Reload and try again."
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or state in _PG_BUSY:
        return DatabaseBusy(
            f"The database {where} is busy: another process is writing to it. Try again."
        )
    if primary == sqlite3.SQLITE_FULL or state == _PG_FULL:
        return DiskFull(f"The disk of the database {where} is full. Free some room and try again.")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DatabaseBroken(
            f"The database {where} is damaged ({original}). Restore it from a backup."
        )
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
        return DatabaseUnreachable(
            f"The database {where} cannot be opened or written ({original}). "
            "Check the permissions of the file and its folder."
        )
    lost = state is None or state.startswith(_PG_LOST)
    if primary is None and lost and isinstance(error, OperationalError):
        return DatabaseUnreachable(
            f"The database {where} does not answer ({str(original).strip()}). "
            "Check that it runs and that the address is right."
        )
    return None


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turns drivers' errors that leave the block into ours."""
    try:
        yield
    except DBAPIError as error:
        ours = translate(error, where)
        if ours is None:
            raise
        raise ours from error
