"""People's word on pairs of tracklets. Append-only: of each pair the latest counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from storage import checks
from storage.errors import InvalidInput, NotFound
from storage.lookup import in_batches, require
from storage.origins import with_origin
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
    return _row(judgement, decision_id)


def get_judgement(session: Session, judgement_id: int) -> JudgementRow:
    """The judgement with this id, whether it still counts or not. NotFound."""
    found = session.execute(_words().where(Judgement.id == judgement_id)).one_or_none()
    if found is None or found[0].verdict not in VERDICTS:
        raise NotFound(f"There is no judgement {judgement_id}. Reload the list.")
    return _row(*found)


def list_judgements(
    session: Session, tracklet_ids: Collection[int] | None = None
) -> list[JudgementRow]:
    """The word that counts on each pair (that has one of these tracklets), oldest first."""
    queries = [_words()]
    if tracklet_ids is not None:
        queries = [
            _words().where(column.in_(batch))
            for batch in in_batches(sorted(set(tracklet_ids)))
            for column in (Judgement.query_tracklet, Judgement.tracklet)
        ]
    rows = {found.id: (found, said) for query in queries for found, said in session.execute(query)}
    latest = {
        frozenset((found.query_tracklet, found.tracklet)): number
        for number, (found, _) in sorted(rows.items())
    }
    standing = [rows[number] for number in sorted(latest.values())]
    return [_row(found, said) for found, said in standing if found.verdict in VERDICTS]


def _words() -> Select[Any]:
    query, said = with_origin(select(Judgement), Judgement)
    return query.add_columns(said)


def _row(judgement: Judgement, decision_id: int) -> JudgementRow:
    return JudgementRow(
        id=judgement.id,
        query_tracklet=judgement.query_tracklet,
        tracklet=judgement.tracklet,
        verdict=judgement.verdict,
        actor=judgement.actor,
        decision_id=decision_id,
        created=judgement.created,
    )
