"""Doubtful pairs that wait for a person's answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage import checks
from storage.columns import now
from storage.decisions import undone
from storage.errors import InvalidInput
from storage.lookup import in_batches, insert_many, require
from storage.people_records import CandidateRow, NewCandidate
from storage.records import Visible
from storage.schema import Tracklet, Video
from storage.schema_people import CANDIDATE_STATES, Candidate


def add_candidates(session: Session, run_id: int, found: Iterable[NewCandidate]) -> int:
    """Queue a run's doubtful pairs; returns how many. InvalidInput."""
    created = now()
    rows = []
    for each in found:
        if each.tracklet_a >= each.tracklet_b:
            raise InvalidInput("A pair names the lower tracklet first.")
        rows.append(
            {
                "run_id": run_id,
                "tracklet_a": each.tracklet_a,
                "tracklet_b": each.tracklet_b,
                "probability": checks.finite(each.probability, "The probability", 0, 1),
                "value": checks.finite(each.value, "The value"),
                "rival_tracklet": each.rival_tracklet,
                "rival_probability": each.rival_probability,
                "details": dict(each.details),
                "state": "open",
                "decision_id": None,
                "created": created,
            }
        )
    insert_many(session, Candidate, rows)
    return len(rows)


def get_candidate(session: Session, candidate_id: int) -> CandidateRow:
    """The candidate with this id. NotFound."""
    found = require(session, Candidate, candidate_id, "pair to review")
    return _row(found, undone(session))


def list_candidates(
    session: Session,
    visible: Visible,
    *,
    state: str | None = "open",
    run_id: int | None = None,
    limit: int | None = None,
) -> list[CandidateRow]:
    """Pairs, those first whose answer changes most; both tracklets in visible cameras.

    Args:
        session: any.
        visible: camera ids that the caller may see; None: all.
        state: only these ("open" includes those whose closing decision is undone); None: any.
        run_id: only this run's.
        limit: at most so many.
    """
    gone = undone(session)
    query = _seen(select(Candidate), visible).order_by(Candidate.value.desc(), Candidate.id)
    if state is not None:
        query = query.where(_is(checks.one_of(state, CANDIDATE_STATES, "The state"), gone))
    if run_id is not None:
        query = query.where(Candidate.run_id == run_id)
    return [_row(found, gone) for found in session.scalars(query.limit(limit))]


def count_open(session: Session, visible: Visible) -> int:
    """How many pairs wait for an answer."""
    query = _seen(select(Candidate.id), visible).where(_is("open", undone(session)))
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def close(
    session: Session, candidate_ids: Collection[int], state: str, decision_id: int | None = None
) -> None:
    """Take pairs out of the queue: answered or stale by a decision, or skipped.

    Those closed by a decision come back while it is undone; `decision_id` None: for good.
    """
    checks.one_of(state, CANDIDATE_STATES, "The state")
    for batch in in_batches(sorted(set(candidate_ids))):
        session.execute(
            update(Candidate)
            .where(Candidate.id.in_(batch))
            .values(state=state, decision_id=decision_id)
            .execution_options(synchronize_session=False)
        )


def reopen_skipped(session: Session) -> int:
    """Put skipped pairs back into the queue; returns how many."""
    done = session.execute(
        update(Candidate)
        .where(Candidate.state == "skipped")
        .values(state="open")
        .returning(Candidate.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


def drop_open(session: Session, but_run: int) -> None:
    """Mark every waiting pair of other runs stale: a newer run queues its own."""
    session.execute(
        update(Candidate)
        .where(Candidate.run_id != but_run, _is("open", undone(session)))
        .values(state="stale", decision_id=None)
        .execution_options(synchronize_session=False)
    )


def _is(state: str, gone: Collection[int]) -> ColumnElement[bool]:
    reopened = Candidate.decision_id.in_(list(gone))
    if state == "open":
        return or_(Candidate.state == "open", reopened)
    held = or_(Candidate.decision_id.is_(None), ~reopened)
    return (Candidate.state == state) & held


def _seen(query: Select[Any], visible: Visible) -> Select[Any]:
    if visible is None:
        return query
    for column in (Candidate.tracklet_a, Candidate.tracklet_b):
        tracklet, video = aliased(Tracklet), aliased(Video)
        query = query.join(tracklet, tracklet.id == column).join(
            video, (video.id == tracklet.video_id) & video.camera_id.in_(visible)
        )
    return query


def _row(found: Candidate, gone: Collection[int]) -> CandidateRow:
    return CandidateRow(
        id=found.id,
        run_id=found.run_id,
        tracklet_a=found.tracklet_a,
        tracklet_b=found.tracklet_b,
        probability=found.probability,
        value=found.value,
        rival_tracklet=found.rival_tracklet,
        rival_probability=found.rival_probability,
        details=found.details,
        state="open" if found.decision_id in gone else found.state,
        decision_id=found.decision_id,
        created=found.created,
    )
