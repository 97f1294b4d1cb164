"""The durable job queue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage.records import JobRow


def enqueue(
    session: Session,
    kind: str,
    params: Mapping[str, Any],
    video_id: int | None = None,
    not_before: datetime | None = None,
) -> JobRow:
    """Queue a job."""
    raise NotImplementedError


def claim(session: Session, worker: str, kinds: Collection[str] | None = None) -> JobRow | None:
    """The oldest job that is due, now running under `worker`'s name; None if there is none."""
    raise NotImplementedError


def claim_job(session: Session, job_id: int, worker: str) -> JobRow:
    """This very job (for foreground work). Conflict if it is not queued."""
    raise NotImplementedError


def heartbeat(session: Session, job_id: int, worker: str) -> JobRow:
    """Still at it. Conflict if the claim is lost."""
    raise NotImplementedError


def set_job_progress(
    session: Session, job_id: int, worker: str, progress: float, message: str, eta: float | None
) -> JobRow:
    """A heartbeat that says how far. Conflict if the claim is lost."""
    raise NotImplementedError


def finish(session: Session, job_id: int, worker: str, message: str = "") -> JobRow:
    """Done. Conflict if the claim is lost."""
    raise NotImplementedError


def fail(
    session: Session, job_id: int, worker: str, error: str, *, retry_in: float | None = None
) -> JobRow:
    """Failed; with `retry_in` seconds queued again, unless its attempts are used up."""
    raise NotImplementedError


def request_cancel(session: Session, job_id: int) -> JobRow:
    """Queued: cancelled at once. Running: asked to stop. Conflict if it is over."""
    raise NotImplementedError


def is_cancel_requested(session: Session, job_id: int) -> bool:
    """Whether the worker should stop (also true of a job that is gone)."""
    raise NotImplementedError


def cancelled(session: Session, job_id: int, worker: str) -> JobRow:
    """The worker stopped as asked. Conflict if the claim is lost."""
    raise NotImplementedError


def requeue(session: Session, job_id: int, worker: str) -> JobRow:
    """The worker gives it back (a shut-down): queued, no attempt counted."""
    raise NotImplementedError


def retry(session: Session, job_id: int) -> JobRow:
    """Failed or cancelled → queued with its attempts forgotten. Conflict otherwise."""
    raise NotImplementedError


def get_job(session: Session, job_id: int) -> JobRow:
    """NotFound."""
    raise NotImplementedError


def list_jobs(
    session: Session,
    states: Collection[str] | None = None,
    limit: int | None = None,
    video_id: int | None = None,
) -> list[JobRow]:
    """Newest first."""
    raise NotImplementedError


def release_stale(session: Session, older_than_seconds: float) -> list[JobRow]:
    """Running jobs without a recent heartbeat: queued again, or failed after three attempts."""
    raise NotImplementedError
