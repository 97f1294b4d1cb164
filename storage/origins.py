"""Who said first what a row says: an undo repeats rows, and what they say is as old as it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import aliased

from storage.schema_people import Assignment, Barred, Judgement


def with_origin(
    query: Select[Any], model: type[Assignment] | type[Barred] | type[Judgement]
) -> tuple[Select[Any], ColumnElement[int]]:
    """The query joined with the rows that its rows repeat, and the decision that said it first."""
    first = aliased(model)
    decision = func.coalesce(first.decision_id, model.decision_id)
    return query.outerjoin(first, first.id == model.origin), decision
