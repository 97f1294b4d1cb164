"""People's word on pairs of tracklets. Append-only: of each pair the latest counts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import checks
from storage.errors import InvalidInput, NotFound
from storage.lookup import in_batches, require
from storage.people_records import JudgementRow
from storage.schema import Tracklet
from storage.schema_people import VERDICTS, Judgement


def add_judgement(
    session: Session,
    decision_id: int,
    *,
    query_tracklet: int,
    tracklet: int,
    verdict: str,
    actor: str,
) -> JudgementRow:
    """Store a judgement under a decision; an earlier one on the pair stays, the latest counts.

    To take it back, undo the decision.

    Args:
        session: a writing one.
        decision_id: under which.
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
        query_tracklet=query_tracklet,
        tracklet=tracklet,
        verdict=verdict,
        actor=actor,
        decision_id=decision_id,
        origin=None,
    )
    session.add(judgement)
    session.flush()
    return _row(judgement)


def get_judgement(session: Session, judgement_id: int) -> JudgementRow:
    """The judgement with this id, whether it still counts or not. NotFound."""
    found = require(session, Judgement, judgement_id, "judgement")
    if found.verdict not in VERDICTS:
        raise NotFound(f"There is no judgement {judgement_id}. Reload the list.")
    return _row(found)


def list_judgements(
    session: Session, tracklet_ids: Collection[int] | None = None
) -> list[JudgementRow]:
    """The word that counts on each pair (that has one of these tracklets), oldest first."""
    queries = [select(Judgement)]
    if tracklet_ids is not None:
        queries = [
            select(Judgement).where(column.in_(batch))
            for batch in in_batches(sorted(set(tracklet_ids)))
            for column in (Judgement.query_tracklet, Judgement.tracklet)
        ]
    rows = {found.id: found for query in queries for found in session.scalars(query)}
    latest = {
        frozenset((found.query_tracklet, found.tracklet)): found
        for _, found in sorted(rows.items())
    }
    standing = [found for found in latest.values() if found.verdict in VERDICTS]
    return [_row(found) for found in sorted(standing, key=lambda found: found.id)]


def _row(judgement: Judgement) -> JudgementRow:
    return JudgementRow(
        id=judgement.id,
        query_tracklet=judgement.query_tracklet,
        tracklet=judgement.tracklet,
        verdict=judgement.verdict,
        actor=judgement.actor,
        decision_id=judgement.decision_id,
        created=judgement.created,
    )
