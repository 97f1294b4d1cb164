"""Undo and redo: decisions that put back exactly what another one changed.

An undo appends, for each cell that the decision touched, the row that the cell showed before. It is
possible while every such cell still shows what the decision put there (the same origin). Otherwise
later decisions stand in the way: they are named, and undone first, newest first, or nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

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
from storage.schema_base import Base
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
    """A table of cells: what tells them apart, and what a row says.

    Args:
        model: the table.
        keys: the columns that name a cell.
        kept: columns that a repeated row takes over, and has to have even for "nothing".
        nothing: columns that a repeated row takes over, and what they hold for "nothing".
    """

    model: type[Base]
    keys: tuple[str, ...]
    kept: tuple[str, ...]
    nothing: tuple[tuple[str, Any], ...]

    def key(self, row: FromClause) -> tuple[ColumnElement[Any], ...]:
        """What tells this row's cell apart."""
        columns = tuple(row.c[name] for name in self.keys)
        if self.model is not Judgement:
            return columns
        one, other = columns  # a pair is the same whichever way round
        return case((one < other, one), else_=other), case((one < other, other), else_=one)


_TABLES = (
    _Cells(
        Assignment,
        ("tracklet_id",),
        ("tracklet_id", "placed_by", "actor"),
        (("identity_id", None), ("probability", None), ("run_id", None)),
    ),
    _Cells(
        IdentityEdit,
        ("identity_id",),
        ("identity_id",),
        (("name", ""), ("notes", ""), ("state", "active")),
    ),
    _Cells(
        Judgement,
        ("query_tracklet", "tracklet"),
        ("query_tracklet", "tracklet", "actor"),
        (("verdict", "none"),),
    ),
    _Cells(
        Barred,
        ("tracklet_id", "identity_id"),
        ("tracklet_id", "identity_id"),
        (("barred", False),),
    ),
)


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


def can_undo(row: DecisionRow) -> bool:
    """Whether a decision holds and may be undone, perhaps together with later ones."""
    return row.undone_by is None and row.kind not in _FINAL


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
        session.execute(_put_back(table), {"decision": decision.id, "new": new, "now": now()})
    concern(
        session,
        new,
        session.scalars(
            select(DecisionIdentity.identity_id).where(DecisionIdentity.decision_id == decision.id)
        ).all(),
    )
    return new


def _later_on_same_cells(session: Session, decision_id: int) -> set[int]:
    """Decisions after this one with rows in those of its cells that do not show it any more."""
    found: set[int] = set()
    for table in _TABLES:
        found.update(session.scalars(_later(table), {"decision": decision_id}))
    return found


@cache
def _put_back(table: _Cells) -> Insert:
    """Repeats, under decision `new`, what the cells of `decision` showed before it."""
    rows = _rows(table)
    touched = _touched(table)
    own, before = rows.alias(), rows.alias()
    nothing = before.c.id.is_(None)
    values: dict[str, ColumnElement[Any]] = {
        name: case((nothing, own.c[name]), else_=before.c[name]) for name in table.kept
    }
    for name, empty in table.nothing:
        column = before.c[name]
        values[name] = case((nothing, literal(empty, column.type)), else_=column)
    values["decision_id"] = bindparam("new", type_=BigInteger)
    values["origin"] = func.coalesce(before.c.origin, before.c.id, NOTHING)
    if "created" in rows.c:
        values["created"] = func.coalesce(
            before.c.created, bindparam("now", type_=rows.c.created.type)
        )
    query = (
        select(*(value.label(name) for name, value in values.items()))
        .select_from(touched)
        .join(own, own.c.id == touched.c.first)
        .outerjoin(before, before.c.id == touched.c.before)
        .order_by(touched.c.first)
    )
    return insert(rows).from_select(list(values), query)


@cache
def _later(table: _Cells) -> Select[int]:
    """Decisions after `decision` with rows in cells of it whose origin is another by now."""
    rows = _rows(table)
    touched = _touched(table)
    own, latest, between = rows.alias(), rows.alias(), rows.alias()
    same = zip(table.key(between), table.key(own), strict=True)
    return (
        select(between.c.decision_id)
        .select_from(touched)
        .join(own, own.c.id == touched.c.last)
        .join(latest, latest.c.id == touched.c.latest)
        .join(between, and_(*(one == other for one, other in same)))
        .where(
            func.coalesce(own.c.origin, own.c.id) != func.coalesce(latest.c.origin, latest.c.id),
            between.c.id > own.c.id,
            between.c.decision_id > bindparam("decision", type_=BigInteger),
        )
        .distinct()
    )


def _touched(table: _Cells) -> Subquery:
    """Each cell of `decision`: its first and last row in it, the row before, the latest of all."""
    rows = _rows(table)
    keys = [key.label(f"key{place}") for place, key in enumerate(table.key(rows))]
    mine = (
        select(*keys, func.min(rows.c.id).label("first"), func.max(rows.c.id).label("last"))
        .where(rows.c.decision_id == bindparam("decision", type_=BigInteger))
        .group_by(*keys)
        .subquery()
    )
    every = rows.alias()
    same = [mine.c[f"key{place}"] == key for place, key in enumerate(table.key(every))]
    return (
        select(
            mine.c.first,
            mine.c.last,
            func.max(case((every.c.id < mine.c.first, every.c.id))).label("before"),
            func.max(every.c.id).label("latest"),
        )
        .select_from(mine)
        .join(every, and_(*same))
        .group_by(mine.c.first, mine.c.last)
        .subquery()
    )


def _rows(table: _Cells) -> Table:
    rows = table.model.__table__
    assert isinstance(rows, Table)
    return rows
