"""The append-only list of decisions that the people of a store are a view of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.orm import Session

from storage import checks
from storage.lookup import in_batches, insert_many, require
from storage.people_records import DecisionRow
from storage.schema_people import (
    DECISION_KINDS,
    ROLES,
    Decision,
    DecisionIdentity,
    Identity,
)

MOST_NAMED = 100
"""A decision names at most so many of the identities it concerns; a run may concern thousands."""

_PG_LOCK = 7_306_418_216  # any number, as long as every Retrace uses the same


def one_at_a_time(session: Session) -> None:
    """Wait until no other transaction decides about people; call before reading what to change.

    SQLite has one writer anyway.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})


def add_decision(
    session: Session,
    *,
    kind: str,
    actor: str,
    run_id: int | None = None,
    reverses: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Append a decision and return its id; what it changes is appended next, under that id.

    Args:
        session: a writing one.
        kind: one of schema_people.DECISION_KINDS.
        actor: who decided.
        run_id: the matching run that did, if any.
        reverses: the decision that this one undoes.
        details: ids and numbers only: names and times would outlive what they were taken from.

    Raises:
        InvalidInput: an unknown kind.
    """
    checks.one_of(kind, DECISION_KINDS, "The decision")
    one_at_a_time(session)
    decision = Decision(
        kind=kind, actor=actor, run_id=run_id, reverses=reverses, details=dict(details or {})
    )
    session.add(decision)
    session.flush()
    return decision.id


def concern(
    session: Session,
    decision_id: int,
    identity_ids: Iterable[int],
    role: str = "changed",
    into: int | None = None,
) -> None:
    """Note that a decision concerns these identities, and let their versions grow, once each.

    Those it makes keep the version they are made with.

    Args:
        session: a writing one.
        decision_id: which.
        identity_ids: whom it made, changed or merged.
        role: "new", "changed", or "merged" (into another). The first one noted stays.
        into: for "merged": into whom.
    """
    checks.one_of(role, ROLES, "The role")
    wanted = sorted({int(each) for each in identity_ids})
    known = set(
        session.scalars(
            select(DecisionIdentity.identity_id).where(DecisionIdentity.decision_id == decision_id)
        )
    )
    fresh = [each for each in wanted if each not in known]
    same = {"decision_id": decision_id, "role": role, "into_id": into}
    insert_many(session, DecisionIdentity, [same | {"identity_id": each} for each in fresh])
    if role == "new":
        return
    for batch in in_batches(fresh):
        session.execute(
            update(Identity)
            .where(Identity.id.in_(batch))
            .values(version=Identity.version + 1)
            .execution_options(synchronize_session=False)
        )


def undone(session: Session) -> dict[int, int]:
    """Every decision that does not hold now → the decision that undid it."""
    reversals = session.execute(
        select(Decision.id, Decision.reverses)
        .where(Decision.reverses.is_not(None))
        .order_by(Decision.id.desc())
    )
    found: dict[int, int] = {}
    for decision_id, reverses in reversals:  # newest first: whoever undoes came later
        if decision_id not in found and reverses is not None:
            found[reverses] = decision_id
    return found


def get_decision(session: Session, decision_id: int) -> DecisionRow:
    """The decision with this id. NotFound."""
    require(session, Decision, decision_id, "decision")
    return _rows(session, select(Decision).where(Decision.id == decision_id))[0]


def get_decisions(session: Session, decision_ids: Collection[int]) -> list[DecisionRow]:
    """These decisions, newest first; unknown ids are left out."""
    return [
        row
        for batch in in_batches(sorted(set(decision_ids), reverse=True))
        for row in _rows(
            session,
            select(Decision).where(Decision.id.in_(batch)).order_by(Decision.id.desc()),
        )
    ]


def list_decisions(
    session: Session,
    *,
    identity_id: int | None = None,
    actor: str | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> list[DecisionRow]:
    """Decisions, newest first.

    Args:
        session: any.
        identity_id: only those that concern this person.
        actor: only this actor's.
        after: only those later than this one.
        limit: at most so many.
    """
    query = select(Decision).order_by(Decision.id.desc()).limit(limit)
    if identity_id is not None:
        concerned = select(DecisionIdentity.decision_id).where(
            DecisionIdentity.identity_id == identity_id
        )
        query = query.where(Decision.id.in_(concerned))
    if actor is not None:
        query = query.where(Decision.actor == actor)
    if after is not None:
        query = query.where(Decision.id > after)
    return _rows(session, query)


def last_decision(session: Session) -> int:
    """The id of the latest decision; 0 if there is none."""
    return session.scalar(select(func.max(Decision.id))) or 0


def merged_into(session: Session, identity_ids: Collection[int]) -> dict[int, int]:
    """Whom each of these identities ended up in, of those that were merged (and stayed so)."""
    gone = undone(session)
    rows = session.execute(
        select(DecisionIdentity.identity_id, DecisionIdentity.decision_id, DecisionIdentity.into_id)
        .where(DecisionIdentity.role == "merged", DecisionIdentity.into_id.is_not(None))
        .order_by(DecisionIdentity.decision_id)
    )
    into = {identity: into for identity, decision, into in rows if decision not in gone}
    found: dict[int, int] = {}
    for identity_id in identity_ids:
        seen = {identity_id}
        target = into.get(identity_id)
        while target is not None and into.get(target) not in (None, *seen):
            seen.add(target)
            target = into[target]
        if target is not None:
            found[identity_id] = target
    return found


def _rows(session: Session, query: Select[Any]) -> list[DecisionRow]:
    decisions = list(session.scalars(query))
    gone = undone(session)
    concerned: dict[int, list[tuple[int, str]]] = {decision.id: [] for decision in decisions}
    place = func.row_number().over(
        partition_by=DecisionIdentity.decision_id, order_by=DecisionIdentity.identity_id
    )
    for batch in in_batches(concerned):
        every = (
            select(
                DecisionIdentity.decision_id,
                DecisionIdentity.identity_id,
                DecisionIdentity.role,
                place.label("place"),
            )
            .where(DecisionIdentity.decision_id.in_(batch))
            .subquery()
        )
        some = select(every).where(every.c.place <= MOST_NAMED).order_by(every.c.identity_id)
        for decision_id, identity_id, role, _ in session.execute(some):
            concerned[decision_id].append((identity_id, role))
    return [
        DecisionRow(
            id=decision.id,
            kind=decision.kind,
            actor=decision.actor,
            run_id=decision.run_id,
            reverses=decision.reverses,
            undone_by=gone.get(decision.id),
            identities=tuple(identity for identity, _ in concerned[decision.id]),
            made=tuple(identity for identity, role in concerned[decision.id] if role == "new"),
            details=decision.details,
            created=decision.created,
        )
        for decision in decisions
    ]
