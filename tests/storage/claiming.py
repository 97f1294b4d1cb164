"""A worker process for test_processes: claims jobs until none is left, and prints what it got."""

from __future__ import annotations

import sys
import time

from storage import jobs
from storage.database import Database


def work(url: str, worker: str) -> None:
    """Claim, tell, finish; a worker called `hangs` stops in the middle of its first job."""
    database = Database.open(url)
    while True:
        with database.write() as session:
            job = jobs.claim(session, worker)
        if job is None:
            break
        print(job.id, flush=True)
        if worker == "hangs":
            time.sleep(60)
        with database.write() as session:
            jobs.set_job_progress(session, job.id, worker, 0.5, "half", None)
        with database.write() as session:
            jobs.finish(session, job.id, worker)
    database.dispose()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2])
