"""Background work as people see it: list, cancel, retry."""

from __future__ import annotations

from collections.abc import Collection

from app.services.actor import Actor
from app.workspace import Workspace
from storage import audit, jobs, videos
from storage.errors import NotFound
from storage.records import JobRow


def list_jobs(
    actor: Actor, workspace: Workspace, states: Collection[str] | None = None, limit: int = 200
) -> list[JobRow]:
    """Jobs, newest first, without those of videos this actor may not see."""
    with workspace.database.read() as session:
        rows = jobs.list_jobs(session, states=states, limit=limit)
        seen = {row.id for row in videos.list_videos(session, actor.cameras)}
    return [row for row in rows if row.video_id is None or row.video_id in seen]


def get_job(actor: Actor, workspace: Workspace, job_id: int) -> JobRow:
    """One job; NotFound when there is none or it may not be seen."""
    with workspace.database.read() as session:
        row = jobs.get_job(session, job_id)
        if row.video_id is not None:
            video = videos.get_video(session, row.video_id)
            if not actor.may_see(video.camera_id):
                raise NotFound(f"There is no job {job_id}.")
        return row


def cancel_job(actor: Actor, workspace: Workspace, job_id: int) -> JobRow:
    """Cancel a job; what it has done is kept, and retry goes on from there."""
    row = get_job(actor, workspace, job_id)
    with workspace.database.write() as session:
        if row.state == "queued" and row.video_id is not None:
            videos.set_video_state(session, row.video_id, "new")
        audit.record(session, actor.name, "job.cancel", f"job {job_id}", {})
        return jobs.request_cancel(session, job_id)


def retry_job(actor: Actor, workspace: Workspace, job_id: int) -> JobRow:
    """Queue a failed or cancelled job again; it goes on where it was."""
    row = get_job(actor, workspace, job_id)
    with workspace.database.write() as session:
        if row.video_id is not None:
            videos.set_video_state(session, row.video_id, "queued")
        audit.record(session, actor.name, "job.retry", f"job {job_id}", {})
        return jobs.retry(session, job_id)
