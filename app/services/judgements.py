"""Same or not the same, said in Find: decisions like those of the review."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.review import record_answer
from app.workspace import Workspace
from storage import audit, decisions, judgements, tracklets, undo
from storage.errors import NotFound
from storage.people_records import JudgementRow


def judge(
    actor: Actor, workspace: Workspace, query: int, tracklet: int, verdict: str
) -> JudgementRow:
    """Remember that two sightings show the same person ("same") or not ("different").

    It takes effect at once on the people that matching made of them, and in all later runs. An
    earlier word on the same pair no longer counts.
    """
    if query == tracklet:
        raise BadRequest("A sighting cannot be compared with itself.")
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        for identifier in (query, tracklet):
            if not actor.may_see(tracklets.get_tracklet(session, identifier).camera_id):
                raise NotFound(f"There is no sighting {identifier}.")
        known = _word_on(session, query, tracklet)
        if known is not None and known.verdict == verdict:
            return known
        return record_answer(session, workspace, actor, query, tracklet, verdict).judgement


def withdraw(actor: Actor, workspace: Workspace, judgement_id: int) -> JudgementRow:
    """Leave nothing said about a judgement's pair: it goes, and what was said before it too.

    All that these words changed is undone; that they were said stays on record. (To return to the
    older word, undo the decision of the newer one.)

    Raises:
        NotFound: no such judgement.
        Conflict: it was taken back already, or later decisions build on it.
    """
    with workspace.database.write() as session:
        row = judgements.get_judgement(session, judgement_id)
        undo.undo(session, row.decision_id, actor.name)
        while older := _word_on(session, row.query_tracklet, row.tracklet):
            undo.undo(session, older.decision_id, actor.name)
        audit.record(session, actor.name, "judgement.withdraw", f"judgement {row.id}", {})
        return row


def _word_on(session: Session, one: int, other: int) -> JudgementRow | None:
    for row in judgements.list_judgements(session, [one]):
        if {row.query_tracklet, row.tracklet} == {one, other}:
            return row
    return None


def verdicts(actor: Actor, workspace: Workspace, query: Sequence[int]) -> dict[int, JudgementRow]:
    """Sighting → what was said of it and any of the query's sightings."""
    asked = set(query)
    said: dict[int, JudgementRow] = {}
    if not asked:
        return said
    with workspace.database.read() as session:
        for row in judgements.list_judgements(session, asked):
            if row.query_tracklet in asked:
                said[row.tracklet] = row
            elif row.tracklet in asked:
                said[row.query_tracklet] = row
    return said
