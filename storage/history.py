"""What decisions changed, for telling it in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.lookup import in_batches
from storage.schema_people import VERDICTS, Assignment, IdentityEdit, Judgement


class NameChange(NamedTuple):
    """What an identity was called before a decision and after it; "" where it had no name."""

    identity_id: int
    before: str
    after: str


class Word(NamedTuple):
    """What a decision said of a pair of tracklets."""

    verdict: str
    query_tracklet: int
    tracklet: int


def placed_by(
    session: Session, decision_ids: Collection[int], identity_id: int | None = None
) -> dict[int, int]:
    """Decision → how many tracklets it placed (with this identity), of those that placed any."""
    counts: dict[int, int] = {}
    for batch in in_batches(sorted(set(decision_ids))):
        query = (
            select(Assignment.decision_id, func.count())
            .where(Assignment.decision_id.in_(batch))
            .group_by(Assignment.decision_id)
        )
        if identity_id is not None:
            query = query.where(Assignment.identity_id == identity_id)
        counts.update(dict(iter(session.execute(query))))
    return counts


def renamed_by(session: Session, decision_ids: Collection[int]) -> dict[int, list[NameChange]]:
    """Decision → the names it changed, of those that changed any."""
    found: dict[int, list[NameChange]] = {}
    for batch in in_batches(sorted(set(decision_ids))):
        concerned = select(IdentityEdit.identity_id).where(IdentityEdit.decision_id.in_(batch))
        edits = session.execute(
            select(IdentityEdit.identity_id, IdentityEdit.name, IdentityEdit.decision_id)
            .where(IdentityEdit.identity_id.in_(concerned))
            .order_by(IdentityEdit.id)
        )
        asked, names = set(batch), dict[int, str]()
        for identity_id, name, decision_id in edits:
            before = names.get(identity_id, "")
            names[identity_id] = name
            if decision_id in asked and name != before:
                found.setdefault(decision_id, []).append(NameChange(identity_id, before, name))
    return found


def said_by(session: Session, decision_ids: Collection[int]) -> dict[int, Word]:
    """Decision → its word on a pair, of those that said one."""
    found: dict[int, Word] = {}
    for batch in in_batches(sorted(set(decision_ids))):
        rows = session.execute(
            select(
                Judgement.decision_id,
                Judgement.verdict,
                Judgement.query_tracklet,
                Judgement.tracklet,
            ).where(Judgement.decision_id.in_(batch), Judgement.verdict.in_(VERDICTS))
        )
        for decision_id, verdict, query, other in rows:
            found[decision_id] = Word(verdict, query, other)
    return found
