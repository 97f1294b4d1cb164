"""The durable job queue.

    queued ──claim──► running ──finish──► done
      ▲  ▲               │ ├───fail─────► failed ─────┐
      │  └──requeue, fail(retry_in), ──┘ └─cancelled► cancelled ─┐
      │     release_stale                                        │
      └────────────────────────── retry ◄────────────────────────┘

Every step is one UPDATE that names the state (and worker) it expects, so that any number of workers
on any number of machines are safe: whoever comes second gets Conflict. Worker names must be
unique among processes and never used again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from storage import checks
from storage.columns import check_utc, now
from storage.errors import Conflict, InvalidInput
from storage.lookup import require
from storage.records import JobRow
from storage.schema import JOB_STATES, Job, Video

MAX_ATTEMPTS = 3
LOST = f"The worker was lost {MAX_ATTEMPTS} times while working on this. Retry it, or report it."


def enqueue(
    session: Session,
    kind: str,
    params: Mapping[str, Any],
    video_id: int | None = None,
    not_before: datetime | None = None,
) -> JobRow:
    """Queue a job.

    Args:
        session: a writing one.
        kind: what to do, as in "ingest".
        params: JSON values.
        video_id: what it works on, if one video; the job goes when the video goes.
        not_before: UTC; workers leave it until then.

    Raises:
        NotFound: no such video.
        InvalidInput: an empty kind, a time that is not UTC.
    """
    if not kind:
        raise InvalidInput("A job needs a kind.")
    if video_id is not None:
        require(session, Video, video_id, "video")
    job = Job(
        kind=kind,
        state="queued",
        params=dict(params),
        video_id=video_id,
        progress=0.0,
        message="",
        attempts=0,
        cancel_requested=False,
        not_before=None if not_before is None else check_utc(not_before, "The time"),
    )
    session.add(job)
    session.flush()
    return _row(job)


def claim(session: Session, worker: str, kinds: Collection[str] | None = None) -> JobRow | None:
    """Take the oldest job that is due (of these kinds), now running; None if there is none."""
    moment = now()
    due = select(Job.id).where(
        Job.state == "queued", or_(Job.not_before.is_(None), Job.not_before <= moment)
    )
    if kinds is not None:
        due = due.where(Job.kind.in_(kinds))
    # SKIP LOCKED lets PostgreSQL's workers pass each other; SQLite has one writer anyway.
    first = due.order_by(Job.id).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    return _update(session, (Job.id == first, Job.state == "queued"), _started(worker, moment))


def claim_job(session: Session, job_id: int, worker: str) -> JobRow:
    """Take this very job, for work in the foreground. NotFound, Conflict (it is not queued)."""
    return _step(session, job_id, "start", ("queued",), _started(worker, now()))


def heartbeat(session: Session, job_id: int, worker: str) -> JobRow:
    """Say that the worker is still at it. Conflict if it lost its claim; it must then stop."""
    return _held(session, job_id, worker, {"heartbeat": now()})


def set_job_progress(
    session: Session, job_id: int, worker: str, progress: float, message: str, eta: float | None
) -> JobRow:
    """A heartbeat that says how far.

    Args:
        session: a writing one.
        job_id: which.
        worker: who holds it.
        progress: 0–1.
        message: what is being done, for people.
        eta: seconds to go, or None if unknown.

    Raises:
        Conflict: the claim is lost.
        InvalidInput: not such a number.
    """
    values = {
        "progress": checks.finite(progress, "The progress", 0, 1),
        "message": message,
        "eta": None if eta is None else checks.finite(eta, "The time to go (s)", 0),
        "heartbeat": now(),
    }
    return _held(session, job_id, worker, values)


def finish(session: Session, job_id: int, worker: str, message: str = "") -> JobRow:
    """Done. Conflict if the claim is lost."""
    values = {"state": "done", "progress": 1.0, "message": message, "error": None, **_over()}
    return _held(session, job_id, worker, values)


def fail(
    session: Session, job_id: int, worker: str, error: str, *, retry_in: float | None = None
) -> JobRow:
    """It went wrong.

    Args:
        session: a writing one.
        job_id: which.
        worker: who holds it.
        error: what failed, and what to do next.
        retry_in: seconds after which to try again by itself, unless this was the last attempt of
            three; None: not by itself.

    Raises:
        Conflict: the claim is lost.
    """
    job = _held(session, job_id, worker, {"heartbeat": now()})
    attempts = job.attempts + 1
    values: dict[str, Any] = {"attempts": attempts, "error": error}
    if retry_in is not None and attempts < MAX_ATTEMPTS and not job.cancel_requested:
        seconds = checks.finite(retry_in, "The wait (s)", 0)
        values |= _queued(not_before=now() + timedelta(seconds=seconds))
    else:
        values |= {"state": "failed", **_over()}
    return _held(session, job_id, worker, values)


def request_cancel(session: Session, job_id: int) -> JobRow:
    """A queued job is cancelled at once; a running one is asked to stop.

    NotFound; Conflict if it is over already.
    """
    stopped = _update(
        session, (Job.id == job_id, Job.state == "queued"), {"state": "cancelled", **_over()}
    )
    if stopped is not None:
        return stopped
    return _step(session, job_id, "cancel", ("running",), {"cancel_requested": True})


def is_cancel_requested(session: Session, job_id: int) -> bool:
    """Whether the worker should stop; also true of a job that is gone with its video."""
    requested = session.scalar(select(Job.cancel_requested).where(Job.id == job_id))
    return requested is None or requested


def cancelled(session: Session, job_id: int, worker: str) -> JobRow:
    """The worker has stopped as asked. Conflict if the claim is lost."""
    return _held(session, job_id, worker, {"state": "cancelled", **_over()})


def requeue(session: Session, job_id: int, worker: str) -> JobRow:
    """The worker gives a job back unfinished (a shut-down), and no attempt is counted.

    Queued again, or cancelled if that was asked for. Conflict if the claim is lost.
    """
    if heartbeat(session, job_id, worker).cancel_requested:
        return cancelled(session, job_id, worker)
    return _held(session, job_id, worker, _queued(not_before=None))


def retry(session: Session, job_id: int) -> JobRow:
    """Queue a failed or cancelled job again, its attempts forgotten. NotFound, Conflict."""
    values = {"attempts": 0, "error": None, **_queued(not_before=None)}
    return _step(session, job_id, "retry", ("failed", "cancelled"), values)


def get_job(session: Session, job_id: int) -> JobRow:
    """The job with this id. NotFound."""
    return _row(require(session, Job, job_id, "job"))


def list_jobs(
    session: Session,
    states: Collection[str] | None = None,
    limit: int | None = None,
    video_id: int | None = None,
) -> list[JobRow]:
    """Jobs (in these states, of one video), newest first."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if states is not None:
        for state in states:
            checks.one_of(state, JOB_STATES, "The job's state")
        query = query.where(Job.state.in_(states))
    if video_id is not None:
        query = query.where(Job.video_id == video_id)
    return [_row(found) for found in session.scalars(query)]


def release_stale(session: Session, older_than_seconds: float) -> list[JobRow]:
    """Take running jobs from workers that have not been heard of for so many seconds.

    Such a job is queued again, or failed after its third attempt, or cancelled if that was
    asked for. Returns the jobs released, as they are now.
    """
    checks.finite(older_than_seconds, "The age (s)", 0)
    limit = now() - timedelta(seconds=older_than_seconds)
    stale = (Job.state == "running", Job.heartbeat < limit)
    released = []
    for job in session.scalars(select(Job).where(*stale).order_by(Job.id)).all():
        attempts = job.attempts + 1
        values: dict[str, Any] = {"attempts": attempts}
        if job.cancel_requested:
            values |= {"state": "cancelled", **_over()}
        elif attempts >= MAX_ATTEMPTS:
            values |= {"state": "failed", "error": LOST, **_over()}
        else:
            values |= _queued(not_before=None)
        # Repeats the condition: a heartbeat may have come in between.
        row = _update(session, (Job.id == job.id, Job.worker == job.worker, *stale), values)
        if row is not None:
            released.append(row)
    return released


def _started(worker: str, moment: datetime) -> dict[str, Any]:
    if not worker:
        raise InvalidInput("A worker needs a name.")
    return {
        "state": "running",
        "worker": worker,
        "heartbeat": moment,
        "started": moment,
        "finished": None,
        "cancel_requested": False,
    }


def _queued(not_before: datetime | None) -> dict[str, Any]:
    return {
        "state": "queued",
        "worker": None,
        "heartbeat": None,
        "eta": None,
        "finished": None,
        "cancel_requested": False,
        "not_before": not_before,
    }


def _over() -> dict[str, Any]:
    return {"finished": now(), "eta": None}


def _held(session: Session, job_id: int, worker: str, values: dict[str, Any]) -> JobRow:
    held = (Job.id == job_id, Job.state == "running", Job.worker == worker)
    row = _update(session, held, values)
    if row is None:
        raise Conflict(
            f"Job {job_id} is no longer {worker}'s: it was taken over, ended or removed. "
            "Stop working on it."
        )
    return row


def _step(
    session: Session, job_id: int, verb: str, states: Collection[str], values: dict[str, Any]
) -> JobRow:
    row = _update(session, (Job.id == job_id, Job.state.in_(states)), values)
    if row is None:
        state = require(session, Job, job_id, "job").state
        raise Conflict(f"Job {job_id} is {state}, so there is nothing to {verb}. Reload the list.")
    return row


def _update(
    session: Session, where: tuple[ColumnElement[bool], ...], values: dict[str, Any]
) -> JobRow | None:
    statement = update(Job).where(*where).values(**values, updated=now()).returning(Job)
    found = session.scalar(
        statement, execution_options={"synchronize_session": False, "populate_existing": True}
    )
    return None if found is None else _row(found)


def _row(job: Job) -> JobRow:
    return JobRow(
        id=job.id,
        kind=job.kind,
        state=job.state,
        params=job.params,
        video_id=job.video_id,
        progress=job.progress,
        message=job.message,
        eta=job.eta,
        worker=job.worker,
        attempts=job.attempts,
        error=job.error,
        cancel_requested=job.cancel_requested,
        not_before=job.not_before,
        heartbeat=job.heartbeat,
        created=job.created,
        updated=job.updated,
        started=job.started,
        finished=job.finished,
    )
