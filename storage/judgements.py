"""People's word on pairs of tracklets. Append-only: a withdrawn one stays, marked."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import checks
from storage.columns import now
from storage.errors import Conflict, InvalidInput
from storage.lookup import require
from storage.records import JudgementRow
from storage.schema import VERDICTS, Judgement, Tracklet


def add_judgement(
    session: Session, *, query_tracklet: int, tracklet: int, verdict: str, actor: str
) -> JudgementRow:
    """Store a judgement; an earlier one on the pair stays, the latest counts.

    Args:
        session: a writing one.
        query_tracklet: whom somebody looked for.
        tracklet: what was found.
        verdict: same or different.
        actor: who says so.

    Raises:
        NotFound: one of the tracklets is gone.
        InvalidInput: another verdict, or a tracklet compared with itself.
    """
    checks.one_of(verdict, VERDICTS, "The verdict")
    if query_tracklet == tracklet:
        raise InvalidInput(f"Tracklet {tracklet} cannot be judged against itself.")
    for each in (query_tracklet, tracklet):
        require(session, Tracklet, each, "tracklet")
    judgement = Judgement(
        query_tracklet=query_tracklet, tracklet=tracklet, verdict=verdict, actor=actor
    )
    session.add(judgement)
    session.flush()
    return _row(judgement)


def list_judgements(
    session: Session, query_tracklet: int | None = None, *, withdrawn: bool = False
) -> list[JudgementRow]:
    """Judgements (made from one query tracklet), oldest first; withdrawn ones only if asked for."""
    query = select(Judgement).order_by(Judgement.id)
    if query_tracklet is not None:
        query = query.where(Judgement.query_tracklet == query_tracklet)
    if not withdrawn:
        query = query.where(Judgement.withdrawn.is_(None))
    return [_row(found) for found in session.scalars(query)]


def remove_judgement(session: Session, judgement_id: int, *, actor: str) -> JudgementRow:
    """Withdraw a judgement. NotFound, Conflict (withdrawn already)."""
    judgement = require(session, Judgement, judgement_id, "judgement")
    if judgement.withdrawn is not None:
        raise Conflict(f"Judgement {judgement_id} was withdrawn already. Reload the page.")
    judgement.withdrawn = now()
    judgement.withdrawn_by = actor
    session.flush()
    return _row(judgement)


def _row(judgement: Judgement) -> JudgementRow:
    return JudgementRow(
        id=judgement.id,
        query_tracklet=judgement.query_tracklet,
        tracklet=judgement.tracklet,
        verdict=judgement.verdict,
        actor=judgement.actor,
        created=judgement.created,
        withdrawn=judgement.withdrawn,
        withdrawn_by=judgement.withdrawn_by,
    )
