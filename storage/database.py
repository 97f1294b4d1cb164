"""The engine, its transactions and its migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


class Database:
    """An open store: `read()` and `write()` hand out sessions that are transactions."""

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database at an SQLAlchemy URL or a plain path, made and migrated if need be."""
        raise NotImplementedError

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent snapshot; writing in it is an error."""
        raise NotImplementedError
        yield

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, undone on any error."""
        raise NotImplementedError
        yield

    def check(self) -> list[str]:
        """Integrity problems in words; empty when there are none."""
        raise NotImplementedError

    def dispose(self) -> None:
        """Close every connection."""
        raise NotImplementedError
