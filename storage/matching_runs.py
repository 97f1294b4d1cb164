"""Matching runs: their state, their record, what they propose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from storage import checks
from storage.blobs import pack, unpack
from storage.columns import now
from storage.decisions import (
    add_decision,
    concern,
    last_decision,
    list_decisions,
    one_at_a_time,
    undone,
)
from storage.errors import Conflict, InvalidInput
from storage.lookup import require
from storage.people_records import MatchingRunRow, RunProposal
from storage.placements import place
from storage.schema import Tracklet
from storage.schema_people import RUN_MODES, RUN_STATES, Decision, MatchingRun

_EMPTY = np.zeros(0, np.int64)


def add_run(
    session: Session,
    *,
    mode: str,
    preview: bool,
    actor: str,
    params: Mapping[str, Any] | None = None,
    job_id: int | None = None,
) -> MatchingRunRow:
    """A run that waits for its job. InvalidInput."""
    checks.one_of(mode, RUN_MODES, "The mode")
    run = MatchingRun(
        job_id=job_id,
        mode=mode,
        preview=preview,
        state="queued",
        actor=actor,
        params=dict(params or {}),
        code_version="",
        model="",
        space="",
        counts={},
        changes={},
        as_of=0,
    )
    session.add(run)
    session.flush()
    return get_run(session, run.id)


def start_run(
    session: Session, run_id: int, *, code_version: str, model: str, space: str
) -> MatchingRunRow:
    """Note that a run gathers its data now (again, after a lost worker). NotFound, Conflict."""
    run = require(session, MatchingRun, run_id, "matching run")
    if run.state not in ("queued", "running", "failed"):
        raise Conflict(f"Matching run {run_id} is {run.state} and cannot start again.")
    run.state, run.error = "running", None
    run.code_version, run.model, run.space = code_version, model, space
    run.started, run.finished = now(), None
    run.as_of = last_decision(session)
    session.flush()
    return get_run(session, run_id)


def update_run(session: Session, run_id: int, **changes: Any) -> MatchingRunRow:
    """Change `job_id`, `params`, `counts`, `changes` (ids and numbers only), `state` or `error`.

    A final state (all but queued and running) sets `finished`. NotFound, InvalidInput.
    """
    unknown = changes.keys() - {"job_id", "params", "counts", "changes", "state", "error"}
    if unknown:
        raise InvalidInput(f"A matching run has no {', '.join(sorted(unknown))} to change.")
    run = require(session, MatchingRun, run_id, "matching run")
    if "state" in changes:
        checks.one_of(changes["state"], RUN_STATES, "The state")
        if changes["state"] not in ("queued", "running") and run.finished is None:
            run.finished = now()
    for name, value in changes.items():
        setattr(run, name, dict(value) if isinstance(value, Mapping) else value)
    session.flush()
    return get_run(session, run_id)


def store_proposal(session: Session, run_id: int, proposal: RunProposal) -> None:
    """Keep what a run would change, for a preview. NotFound, InvalidInput."""
    checks.array(proposal.tracklet_ids, np.int64, (None,), "The tracklets")
    count = len(proposal.tracklet_ids)
    checks.array(proposal.identity_ids, np.int64, (count,), "The identities")
    if len(proposal.probabilities) != count:
        raise InvalidInput("The probabilities are not as many as the tracklets.")
    run = require(session, MatchingRun, run_id, "matching run")
    run.proposal = pack(
        proposal.tracklet_ids,
        proposal.identity_ids,
        np.asarray(proposal.probabilities, np.float32),
    )
    session.flush()


def load_proposal(session: Session, run_id: int) -> RunProposal:
    """What a run would change, without tracklets removed since."""
    blob = session.scalar(select(MatchingRun.proposal).where(MatchingRun.id == run_id))
    if blob is None:
        return RunProposal(_EMPTY, _EMPTY, np.zeros(0, np.float32))
    tracklets, identities, probabilities = unpack(blob)
    keep = np.isin(tracklets, _there(session))
    return RunProposal(tracklets[keep], identities[keep], probabilities[keep])


def changed_since(session: Session, run_id: int) -> bool:
    """Whether people were changed after a run had gathered its data."""
    return last_decision(session) > get_run(session, run_id).as_of


def apply_run(
    session: Session,
    run_id: int,
    proposal: RunProposal,
    *,
    actor: str,
    merged: Mapping[int, int] | None = None,
    details: Mapping[str, Any] | None = None,
    past_bars: Collection[tuple[int, int]] = (),
) -> tuple[int | None, dict[int, int]]:
    """Place what a run proposes, as one decision, and mark the run applied.

    Args:
        session: a writing one.
        run_id: which.
        proposal: what to place; tracklets that are there already change nothing.
        actor: who applies.
        merged: identity → the identity it became part of, for the history.
        details: for the decision; ids and numbers only.
        past_bars: see `placements.place`.

    Returns:
        The decision, None if nothing changes; and negative key → id of the new identity.

    Raises:
        Conflict: people were changed since the run gathered its data (nothing is applied), or
            it was applied already.
        NotFound, InvalidInput.
    """
    one_at_a_time(session)
    run = get_run(session, run_id)
    if run.state not in ("running", "preview"):
        raise Conflict(f"Matching run {run_id} is {run.state}; it cannot be applied.")
    since = list_decisions(session, after=run.as_of, limit=1)
    if since:
        raise Conflict(
            f"People were changed after run {run_id} had looked at them (by {since[0].actor}: "
            f"{since[0].kind.replace('_', ' ')}). Run matching again."
        )
    decision = None
    made: dict[int, int] = {}
    if len(proposal.tracklet_ids):
        decision = add_decision(session, kind="match", actor=actor, run_id=run_id, details=details)
        for source, into in (merged or {}).items():
            concern(session, decision, [source], "merged", into)
        made = place(
            session,
            decision,
            proposal.tracklet_ids,
            proposal.identity_ids,
            placed_by="run",
            actor=actor,
            run_id=run_id,
            probabilities=proposal.probabilities,
            past_bars=past_bars,
        )
    update_run(session, run_id, state="applied")
    return decision, made


def get_run(session: Session, run_id: int) -> MatchingRunRow:
    """The run with this id. NotFound."""
    require(session, MatchingRun, run_id, "matching run")
    return _rows(session, select(MatchingRun).where(MatchingRun.id == run_id))[0]


def find_run_of_job(session: Session, job_id: int) -> MatchingRunRow | None:
    """The run that a job does, if there is one."""
    found = _rows(session, select(MatchingRun).where(MatchingRun.job_id == job_id))
    return found[0] if found else None


def list_runs(session: Session, limit: int | None = None) -> list[MatchingRunRow]:
    """Runs, newest first."""
    return _rows(session, select(MatchingRun).order_by(MatchingRun.id.desc()).limit(limit))


def latest_applied(session: Session) -> MatchingRunRow | None:
    """The newest run that is in force: what review and local re-solving go by."""
    query = select(MatchingRun).where(MatchingRun.state == "applied")
    for run in _rows(session, query.order_by(MatchingRun.id.desc())):
        if run.state == "applied":
            return run
    return None


def list_applied(session: Session) -> list[tuple[int, Mapping[str, Any]]]:
    """Id and parameters of every run that is in force, newest first."""
    gone = list(undone(session))
    reversed_ = select(Decision.run_id).where(
        Decision.kind == "match", Decision.id.in_(gone), Decision.run_id.is_not(None)
    )
    found = session.execute(
        select(MatchingRun.id, MatchingRun.params)
        .where(MatchingRun.state == "applied", MatchingRun.id.not_in(reversed_))
        .order_by(MatchingRun.id.desc())
    )
    return [(run_id, params) for run_id, params in found]


def _there(session: Session) -> NDArray[np.int64]:
    return np.fromiter(session.scalars(select(Tracklet.id)), np.int64)


def _rows(session: Session, query: Select[Any]) -> list[MatchingRunRow]:
    runs = list(session.scalars(query, execution_options={"populate_existing": True}))
    gone = undone(session)
    decisions = dict(
        iter(
            session.execute(
                select(Decision.run_id, Decision.id).where(
                    Decision.kind == "match", Decision.run_id.in_([run.id for run in runs])
                )
            )
        )
    )
    return [
        MatchingRunRow(
            id=run.id,
            job_id=run.job_id,
            mode=run.mode,
            preview=run.preview,
            state="undone" if decisions.get(run.id) in gone else run.state,
            actor=run.actor,
            params=run.params,
            code_version=run.code_version,
            model=run.model,
            space=run.space,
            counts=run.counts,
            changes=run.changes,
            error=run.error,
            as_of=run.as_of,
            decision_id=decisions.get(run.id),
            created=run.created,
            started=run.started,
            finished=run.finished,
        )
        for run in runs
    ]
