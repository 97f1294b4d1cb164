"""Claim one job, run it, and write down how it ended."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from app.errors import describe
from app.jobs.progress import JobCancelled, JobInterrupted, Progress
from app.workspace import Workspace
from storage import jobs
from storage.errors import Conflict, DatabaseBusy
from storage.records import JobRow

log = logging.getLogger(__name__)

Handler = Callable[[Workspace, JobRow, Progress], None]


def worker_name() -> str:
    """This process, as it signs its claims."""
    return f"{socket.gethostname()}:{os.getpid()}"


class JobRunner:
    """Runs claimed jobs one after another, with a heartbeat while one runs.

    Args:
        workspace: the store.
        handlers: job kind → what to do.
    """

    def __init__(self, workspace: Workspace, handlers: Mapping[str, Handler]) -> None:
        self.workspace = workspace
        self.handlers = handlers
        self.name = worker_name()
        self.stopping = threading.Event()

    def run_next(self, job_id: int | None = None) -> JobRow | None:
        """Claim the next job (or this very one), run it to its end and return its last state.

        Returns None when nothing could be claimed.
        """
        database = self.workspace.database
        job: JobRow | None = None
        with database.read() as session:
            if not jobs.list_jobs(session, states=("queued", "running"), limit=1):
                return None
        with database.write() as session:
            jobs.release_stale(session, self.workspace.settings.jobs.stale_seconds)
            if job_id is None:
                job = jobs.claim(session, self.name, kinds=sorted(self.handlers))
            else:
                with suppress(Conflict):
                    job = jobs.claim_job(session, job_id, self.name)
        if job is None:
            return None
        log.info("job %d (%s): started, attempt %d", job.id, job.kind, job.attempts + 1)
        lost = threading.Event()
        done = threading.Event()
        heart = threading.Thread(target=self._beat, args=(job.id, done, lost), daemon=True)
        heart.start()
        try:
            self._run(job, lost)
        finally:
            done.set()
            heart.join()
        with database.read() as session:
            return jobs.get_job(session, job.id)

    def _run(self, job: JobRow, lost: threading.Event) -> None:
        database = self.workspace.database

        def publish(fraction: float, message: str, left: float | None) -> None:
            with suppress(DatabaseBusy), database.write() as session:
                jobs.set_job_progress(session, job.id, self.name, fraction, message, left)

        def stop_reason() -> str | None:
            if self.stopping.is_set() or lost.is_set():
                return "interrupted"
            with database.read() as session:
                return "cancelled" if jobs.is_cancel_requested(session, job.id) else None

        progress = Progress(publish, stop_reason)
        try:
            self.handlers[job.kind](self.workspace, job, progress)
            with database.write() as session:
                jobs.finish(session, job.id, self.name)
            log.info("job %d (%s): done", job.id, job.kind)
        except JobCancelled:
            with database.write() as session:
                jobs.cancelled(session, job.id, self.name)
            log.info("job %d (%s): cancelled", job.id, job.kind)
        except JobInterrupted:
            if not lost.is_set():
                with database.write() as session:
                    jobs.requeue(session, job.id, self.name)
            log.info("job %d (%s): interrupted", job.id, job.kind)
        except Conflict as error:
            log.warning("job %d (%s): claim lost: %s", job.id, job.kind, error)
        except Exception as error:
            problem = describe(error)
            if not problem.expected:
                log.exception("job %d (%s) failed", job.id, job.kind)
            with suppress(Conflict), database.write() as session:
                jobs.fail(session, job.id, self.name, problem.message)

    def _beat(self, job_id: int, done: threading.Event, lost: threading.Event) -> None:
        while not done.wait(self.workspace.settings.jobs.heartbeat_seconds):
            try:
                with self.workspace.database.write() as session:
                    jobs.heartbeat(session, job_id, self.name)
            except Conflict:
                lost.set()
                return
            except DatabaseBusy:
                log.warning("job %d: the database was too busy for a heartbeat", job_id)
