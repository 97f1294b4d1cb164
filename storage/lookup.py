"""Finding rows by id, and long lists in pieces that every database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from storage.errors import NotFound
from storage.schema import Base

BATCH = 5000

Row = TypeVar("Row", bound=Base)
Item = TypeVar("Item")


def require(session: Session, model: type[Row], row_id: int, what: str) -> Row:
    """The row with this id, as the database has it now. NotFound says what was looked for."""
    found = session.get(model, row_id, populate_existing=True)
    if found is None:
        raise NotFound(f"There is no {what} {row_id}. It may have been removed; reload the list.")
    return found


def in_batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Lists of at most BATCH: databases limit the parameters of one statement."""
    iterator = iter(list(items))
    while batch := list(islice(iterator, BATCH)):
        yield batch


def insert_many(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns, without reading anything back.

    By the table, not the model: the ORM would make a statement of its own for each pattern of
    None among the values.
    """
    table = model.__table__
    assert isinstance(table, Table)
    for batch in in_batches(rows):
        session.execute(insert(table), batch)
