"""Same or not the same: what people said of pairs of sightings."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import BadRequest
from app.services.actor import Actor
from app.workspace import Workspace
from storage import audit, judgements, tracklets
from storage.errors import NotFound
from storage.records import JudgementRow


def judge(
    actor: Actor, workspace: Workspace, query: int, tracklet: int, verdict: str
) -> JudgementRow:
    """Remember that two sightings show the same person ("same") or not ("different").

    An earlier word on the same pair is withdrawn.
    """
    if query == tracklet:
        raise BadRequest("A sighting cannot be compared with itself.")
    with workspace.database.write() as session:
        for identifier in (query, tracklet):
            if not actor.may_see(tracklets.get_tracklet(session, identifier).camera_id):
                raise NotFound(f"There is no sighting {identifier}.")
        for known in judgements.list_judgements(session):
            if {known.query_tracklet, known.tracklet} == {query, tracklet}:
                judgements.remove_judgement(session, known.id, actor=actor.name)
        row = judgements.add_judgement(
            session, query_tracklet=query, tracklet=tracklet, verdict=verdict, actor=actor.name
        )
        audit.record(
            session,
            actor.name,
            "judgement.add",
            f"judgement {row.id}",
            {"query": query, "tracklet": tracklet, "verdict": verdict},
        )
        return row


def withdraw(actor: Actor, workspace: Workspace, judgement_id: int) -> JudgementRow:
    """Take a judgement back; that it was made stays on record."""
    with workspace.database.write() as session:
        row = judgements.remove_judgement(session, judgement_id, actor=actor.name)
        audit.record(session, actor.name, "judgement.withdraw", f"judgement {row.id}", {})
        return row


def verdicts(actor: Actor, workspace: Workspace, query: Sequence[int]) -> dict[int, JudgementRow]:
    """Sighting → what was said of it and any of the query's sightings."""
    asked = set(query)
    said: dict[int, JudgementRow] = {}
    if not asked:
        return said
    with workspace.database.read() as session:
        for row in judgements.list_judgements(session):
            if row.query_tracklet in asked:
                said[row.tracklet] = row
            elif row.tracklet in asked:
                said[row.query_tracklet] = row
    return said
