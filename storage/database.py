"""An open store: its transactions and its health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from storage.engine import READ, WRITE, make_engine, parse_url
from storage.migrations import HEAD
from storage.schema import Embedding, VectorGeneration
from storage.schema_version import bring_up_to_date, stamped
from storage.translation import translated


class Database:
    """An open store: `read()` and `write()` hand out sessions, each one transaction.

    Safe to share between threads; a forked process opens its own. On SQLite one writer works at
    a time and the others wait for up to ten seconds, so keep everything slow (decoding,
    inference, file work) outside of `write()`.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database at `url`, making and migrating it if need be.

        Args:
            url: a file path, sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME (needs
                psycopg 3, which is not among the requirements).

        Raises:
            InvalidInput: not such an address.
            DatabaseUnreachable: no driver, no server, no right to write there.
            DatabaseNewer: written by a newer version of Retrace.
            DatabaseBusy, DatabaseBroken, DiskFull: as their names say.
        """
        parsed = parse_url(url)
        where = (
            str(parsed.database)
            if parsed.get_backend_name() == "sqlite"
            else parsed.render_as_string(hide_password=True)
        )
        engine = make_engine(parsed)
        try:
            with translated(where):
                bring_up_to_date(engine, where)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, where)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent snapshot of the database. Writing in it is an error."""
        with self._session(READ) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, undone on any error.

        Raises DatabaseBusy when another writer does not finish within ten seconds, and DiskFull.
        """
        with self._session(WRITE) as session:
            yield session
            session.commit()

    @contextmanager
    def _session(self, options: Mapping[str, str]) -> Iterator[Session]:
        engine = self.engine.execution_options(**options)
        with translated(self.where), Session(engine, expire_on_commit=False) as session:
            session.connection()  # begin now, so that waiting for the lock happens here
            yield session

    def check(self) -> list[str]:
        """What is wrong with the database, in words; empty when nothing is."""
        from storage import migrating  # slow to import, and only needed here

        problems: list[str] = []
        with self.read() as session:
            if self.engine.dialect.name == "sqlite":
                found = session.execute(text("PRAGMA integrity_check(20)")).scalars().all()
                problems += [f"SQLite: {line}" for line in found if line != "ok"]
                broken = session.execute(text("PRAGMA foreign_key_check")).all()
                problems += [
                    f"Row {row[1]} of table {row[0]} refers to a row of {row[2]} that is gone."
                    for row in broken[:20]
                ]
            revision = stamped(session.connection())
            if revision != HEAD:
                problems.append(f"The schema is {revision}, expected {HEAD}.")
            problems += [
                f"The schema differs from this version's: {difference}."
                for difference in migrating.differences(session.connection())
            ]
            grouped = select(Embedding.space_id, func.count()).group_by(Embedding.space_id)
            counts = dict(iter(session.execute(grouped)))
            for space in session.scalars(select(VectorGeneration)):
                if counts.get(space.id, 0) != space.vectors:
                    problems.append(
                        f"Space {space.space} should hold {space.vectors} vectors, but holds "
                        f"{counts.get(space.id, 0)}."
                    )
        return problems

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
