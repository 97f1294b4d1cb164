"""Routes: background work."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import ActorDep, SiteDep
from app.api.shapes import JobOut
from app.services import queue

router = APIRouter(tags=["jobs"])


@router.get("/jobs")
def list_jobs(
    site: SiteDep,
    actor: ActorDep,
    state: Annotated[list[str] | None, Query(examples=[["running"]])] = None,
) -> list[JobOut]:
    """Jobs, newest first."""
    return [JobOut.from_row(row) for row in queue.list_jobs(actor, site.workspace, state)]


@router.get("/jobs/{job_id}")
def get_job(job_id: int, site: SiteDep, actor: ActorDep) -> JobOut:
    """One job."""
    return JobOut.from_row(queue.get_job(actor, site.workspace, job_id))


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: int, site: SiteDep, actor: ActorDep) -> JobOut:
    """Cancel; what is done is kept."""
    return JobOut.from_row(queue.cancel_job(actor, site.workspace, job_id))


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: int, site: SiteDep, actor: ActorDep) -> JobOut:
    """Go on with a failed or cancelled job."""
    return JobOut.from_row(queue.retry_job(actor, site.workspace, job_id))
