"""Undo and redo: decisions that put back exactly what another one changed.

An undo appends, for each cell that the decision touched, the row that the cell showed before. It is
possible while every such cell still shows what the decision put there (the same origin). Otherwise
later decisions stand in the way: they are named, and undone first, newest first, or nothing is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from storage.columns import now
from storage.decisions import (
    add_decision,
    concern,
    get_decision,
    get_decisions,
    list_decisions,
    one_at_a_time,
    undone,
)
from storage.errors import Conflict
from storage.people_records import DecisionRow
from storage.schema_people import (
    NOTHING,
    Assignment,
    Barred,
    DecisionIdentity,
    IdentityEdit,
    Judgement,
)

_FINAL = ("import",)
_REVERSALS = ("undo", "redo")


@dataclass(frozen=True, slots=True)
class _Cells:
    """A table of cells: what tells them apart, and what a row holds where there was nothing."""

    model: Any
    nothing: dict[str, Any]
    kept: tuple[str, ...] = ()  # columns that a repeated row takes over besides those

    def key(self, row: Any) -> tuple[ColumnElement[Any], ...]:
        """What tells this row's cell apart."""
        if self.model is Assignment:
            return (row.tracklet_id,)
        if self.model is IdentityEdit:
            return (row.identity_id,)
        if self.model is Barred:
            return row.tracklet_id, row.identity_id
        one, other = row.query_tracklet, row.tracklet
        return case((one < other, one), else_=other), case((one < other, other), else_=one)


_TABLES = (
    _Cells(
        Assignment,
        {"identity_id": None, "probability": None, "run_id": None},
        ("tracklet_id", "placed_by", "actor"),
    ),
    _Cells(IdentityEdit, {"name": "", "notes": "", "state": "active"}, ("identity_id",)),
    _Cells(Judgement, {"verdict": "none"}, ("query_tracklet", "tracklet", "actor")),
    _Cells(Barred, {"barred": False}, ("tracklet_id", "identity_id")),
)
_STAMPED = (Assignment, Judgement)  # have a column `created`


def undo(session: Session, decision_id: int, actor: str, *, with_later: bool = False) -> list[int]:
    """Undo a decision – of an undo: redo – and, if asked to, the later ones in its way.

    Args:
        session: a writing one.
        decision_id: which.
        actor: who undoes.
        with_later: also undo what in_the_way lists.

    Returns:
        The new decisions, one for each undone, in order; the last one undoes `decision_id`.

    Raises:
        NotFound: no such decision.
        Conflict: it is undone already, or later decisions are in the way.
    """
    one_at_a_time(session)
    decision = get_decision(session, decision_id)
    later = in_the_way(session, decision_id)
    if later and not with_later:
        raise Conflict(
            f"{len(later)} later decision{'s' if len(later) > 1 else ''} changed the same "
            f"sightings or people ({', '.join(str(each.id) for each in later)}). "
            "Undo them together, or none."
        )
    return [_reverse(session, each, actor) for each in [*later, decision]]


def in_the_way(session: Session, decision_id: int) -> list[DecisionRow]:
    """The later decisions that must be undone before this one can be, newest first.

    Raises:
        NotFound, Conflict (it cannot be undone, or is already).
    """
    decision = get_decision(session, decision_id)
    _check_undoable(decision)
    gone = undone(session)
    found: set[int] = set()
    waiting = [decision_id]
    while waiting:
        current = waiting.pop()
        later = {each for each in _later_on_same_cells(session, current) if each not in gone}
        reversals = {row.id: row.reverses for row in get_decisions(session, later)}
        # An undo of something later than this one leaves nothing behind on these cells.
        holding = {each for each in later if (reversals[each] or 0) <= current}
        waiting += sorted(holding - found)
        found |= holding
    return get_decisions(session, found)


def can_undo(session: Session, rows: Sequence[DecisionRow]) -> list[bool]:
    """For each decision whether it holds and may be undone (perhaps with later ones)."""
    return [row.undone_by is None and row.kind not in _FINAL for row in rows]


def newest_undoable(session: Session, actor: str) -> DecisionRow | None:
    """The newest decision of this actor that holds and is no undo or redo itself."""
    for row in list_decisions(session, actor=actor):
        if row.undone_by is None and row.kind not in (*_REVERSALS, *_FINAL):
            return row
    return None


def newest_redoable(session: Session, actor: str) -> DecisionRow | None:
    """The newest undo of this actor that can be redone: nothing new was decided after it."""
    for row in list_decisions(session, actor=actor):
        if row.kind == "undo" and row.undone_by is None:
            return row
        if row.kind not in _REVERSALS:
            return None
    return None


def _check_undoable(decision: DecisionRow) -> None:
    if decision.kind in _FINAL:
        raise Conflict(
            f"Decision {decision.id} took over what an earlier version had stored. "
            "It cannot be undone; change the people instead."
        )
    if decision.undone_by is not None:
        raise Conflict(
            f"Decision {decision.id} is undone already (by decision {decision.undone_by}). "
            "Reload the page."
        )


def _reverse(session: Session, decision: DecisionRow, actor: str) -> int:
    new = add_decision(
        session,
        kind="redo" if decision.kind == "undo" else "undo",
        actor=actor,
        reverses=decision.id,
    )
    for table in _TABLES:
        _put_back(session, table, decision.id, new)
    concern(
        session,
        new,
        session.scalars(
            select(DecisionIdentity.identity_id).where(DecisionIdentity.decision_id == decision.id)
        ).all(),
    )
    return new


def _put_back(session: Session, table: _Cells, decision_id: int, new: int) -> None:
    model = table.model
    touched = _touched(table, decision_id)
    own, before = aliased(model), aliased(model)
    none_before = before.id.is_(None)
    values = {name: getattr(own, name) for name in table.kept}
    for name in table.kept:
        values[name] = case((none_before, getattr(own, name)), else_=getattr(before, name))
    for name, empty in table.nothing.items():
        column = getattr(before, name)
        values[name] = case((none_before, literal(empty, column.type)), else_=column)
    values["decision_id"] = literal(new)
    values["origin"] = func.coalesce(before.origin, before.id, NOTHING)
    if model in _STAMPED:
        values["created"] = func.coalesce(before.created, literal(now(), model.created.type))
    query = (
        select(*(value.label(name) for name, value in values.items()))
        .select_from(touched)
        .join(own, own.id == touched.c.first)
        .outerjoin(before, before.id == touched.c.before)
        .order_by(touched.c.first)
    )
    session.execute(insert(model).from_select(list(values), query))


def _later_on_same_cells(session: Session, decision_id: int) -> set[int]:
    """Decisions after this one with rows in those of its cells that do not show it any more."""
    found: set[int] = set()
    for table in _TABLES:
        model = table.model
        touched = _touched(table, decision_id)
        own, latest, between = aliased(model), aliased(model), aliased(model)
        query = (
            select(between.decision_id)
            .select_from(touched)
            .join(own, own.id == touched.c.last)
            .join(latest, latest.id == touched.c.latest)
            .join(between, _same_cell(table, between, own))
            .where(
                _origin(own) != _origin(latest),
                between.id > touched.c.last,
                between.decision_id > decision_id,
            )
            .distinct()
        )
        found.update(session.scalars(query))
    return found


def _touched(table: _Cells, decision_id: int) -> Subquery:
    """Each cell of a decision: its first and last row in it, the row before, the latest of all."""
    model = table.model
    keys = [key.label(f"key{place}") for place, key in enumerate(table.key(model))]
    own: Select[Any] = (
        select(*keys, func.min(model.id).label("first"), func.max(model.id).label("last"))
        .where(model.decision_id == decision_id)
        .group_by(*keys)
    )
    mine, every = own.subquery(), aliased(model)
    same = [mine.c[f"key{place}"] == key for place, key in enumerate(table.key(every))]
    before = func.max(case((every.id < mine.c.first, every.id)))
    return (
        select(
            mine.c.first,
            mine.c.last,
            before.label("before"),
            func.max(every.id).label("latest"),
        )
        .select_from(mine)
        .join(every, _all(same))
        .group_by(mine.c.first, mine.c.last)
        .subquery()
    )


def _same_cell(table: _Cells, one: Any, other: Any) -> ColumnElement[bool]:
    return _all([a == b for a, b in zip(table.key(one), table.key(other), strict=True)])


def _all(conditions: Collection[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *rest = conditions
    for each in rest:
        first = first & each
    return first


def _origin(row: Any) -> ColumnElement[int]:
    return func.coalesce(row.origin, row.id)
