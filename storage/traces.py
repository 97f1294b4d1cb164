"""Decisions and runs of which nothing is left once the sightings that they spoke of are removed.

An ordinary removal keeps them: that something was decided, by whom and when, is history. Who takes
out all that something brought forgets them as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from storage.schema import Job, Tracklet
from storage.schema_people import (
    Assignment,
    Barred,
    Candidate,
    ConflictFound,
    ConflictTracklet,
    Decision,
    DecisionIdentity,
    IdentityEdit,
    Judgement,
    MatchingRun,
)

_SAYING = (Assignment, Barred, DecisionIdentity, IdentityEdit, Judgement, Candidate)


@dataclass(frozen=True, slots=True)
class Traces:
    """Decisions and matching runs, by id."""

    decisions: frozenset[int]
    runs: frozenset[int]


def traces_of(session: Session, video_ids: Sequence[int]) -> Traces:
    """What spoke of sightings of these videos, and of the people seen in them."""
    seen = select(Tracklet.id).where(Tracklet.video_id.in_(video_ids))
    people = select(Assignment.identity_id).where(
        Assignment.tracklet_id.in_(seen), Assignment.identity_id.is_not(None)
    )
    pairs = Candidate.tracklet_a.in_(seen) | Candidate.tracklet_b.in_(seen)
    said = (
        select(Assignment.decision_id).where(Assignment.tracklet_id.in_(seen)),
        select(Barred.decision_id).where(Barred.tracklet_id.in_(seen)),
        select(Judgement.decision_id).where(
            or_(Judgement.query_tracklet.in_(seen), Judgement.tracklet.in_(seen))
        ),
        select(IdentityEdit.decision_id).where(IdentityEdit.identity_id.in_(people)),
        select(DecisionIdentity.decision_id).where(DecisionIdentity.identity_id.in_(people)),
        select(Candidate.decision_id).where(pairs),
    )
    decisions = {each for query in said for each in session.scalars(query.distinct()) if each}
    ran = (
        select(Assignment.run_id).where(Assignment.tracklet_id.in_(seen)),
        select(Candidate.run_id).where(pairs),
        select(ConflictFound.run_id)
        .join(ConflictTracklet, ConflictTracklet.conflict_id == ConflictFound.id)
        .where(ConflictTracklet.tracklet_id.in_(seen)),
        select(Decision.run_id).where(Decision.id.in_(decisions)),
    )
    runs = {each for query in ran for each in session.scalars(query.distinct()) if each}
    return Traces(frozenset(decisions), frozenset(runs))


def forget_traces(session: Session, traces: Traces) -> None:
    """Remove those of the decisions and runs that speak of nothing any more, and the runs' jobs."""
    for decision in sorted(traces.decisions, reverse=True):  # an undo before what it reverses
        spoken = [kind.decision_id == decision for kind in _SAYING]
        if not _any(session, *spoken, Decision.reverses == decision):
            session.execute(delete(Decision).where(Decision.id == decision))
    for run in sorted(traces.runs):
        of_run = [kind.run_id == run for kind in (Assignment, Candidate, ConflictFound, Decision)]
        if not _any(session, *of_run):
            job = session.scalar(select(MatchingRun.job_id).where(MatchingRun.id == run))
            session.execute(delete(MatchingRun).where(MatchingRun.id == run))
            session.execute(delete(Job).where(Job.id == job))
    session.expire_all()


def _any(session: Session, *conditions: ColumnElement[bool]) -> bool:
    return any(session.scalar(select(each).where(each).limit(1)) for each in conditions)
