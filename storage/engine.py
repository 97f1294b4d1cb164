"""Making the SQLAlchemy engine: where the database is, its pragmas, and how transactions begin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import DatabaseUnreachable, InvalidInput

BUSY_SECONDS = 10.0
READ = {"retrace_begin": "read"}
WRITE = {"retrace_begin": "write"}


def parse_url(url: str) -> URL:
    """The URL of a database given as an SQLAlchemy URL or as a plain file path.

    Raises InvalidInput on anything but a file-backed SQLite or a PostgreSQL database.
    """
    try:
        parsed = make_url(url) if "://" in url else URL.create("sqlite", database=url)
    except ArgumentError as error:
        raise InvalidInput(
            f"{url!r} is not a database address. Use a path, sqlite:///PATH or "
            "postgresql://USER@HOST/NAME."
        ) from error
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise InvalidInput(
            f"Retrace does not know {backend} databases. Use sqlite:///PATH or "
            "postgresql://USER@HOST/NAME."
        )
    if backend == "sqlite" and (not parsed.database or ":memory:" in parsed.database):
        raise InvalidInput("The store needs a database file: sqlite:///PATH.")
    return parsed


def make_engine(url: URL) -> Engine:
    """An engine whose transactions begin as their `READ` or `WRITE` option says.

    Raises DatabaseUnreachable when the driver is missing or the folder cannot be made.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite_engine(url)
        return _postgresql_engine(url)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DatabaseUnreachable(
            f"The driver for {url.render_as_string()} is not installed ({error}). "
            "For PostgreSQL: pip install 'psycopg[binary]'."
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    assert url.database
    folder = Path(url.database).resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnreachable(
            f"The folder {folder} for the database cannot be made: {error.strerror}. "
            "Choose another home."
        ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def connect(dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        dbapi_connection.isolation_level = None  # the driver would begin too late, and deferred
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # removed people leave no bytes behind
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turned writer later could not be made to wait, only to fail.
        if connection.get_execution_options().get("retrace_begin") == "read":
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN DEFERRED")
        else:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("retrace_begin")
        if mode == "read":
            # One snapshot for all statements, as SQLite gives.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        elif mode == "write":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS:.0f}s'")

    return engine
