"""Several real processes on one SQLite file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from storage import jobs
from storage.database import Database
from storage.errors import Conflict

ROOT = Path(__file__).parents[2]


def start(url: str, worker: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.storage.claiming", url, worker],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_workers_share_the_queue_without_taking_a_job_twice(tmp_path: Path) -> None:
    url = str(tmp_path / "retrace.db")
    database = Database.open(url)
    with database.write() as session:
        wanted = [jobs.enqueue(session, "ingest", {}).id for _ in range(60)]
    workers = [start(url, f"w{number}") for number in range(2)]
    outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    taken = [int(line) for output in outputs for line in output.split()]
    assert sorted(taken) == wanted
    with database.read() as session:
        assert {job.state for job in jobs.list_jobs(session)} == {"done"}
    database.dispose()


def test_processes_that_open_a_new_store_at_once_all_succeed(tmp_path: Path) -> None:
    url = str(tmp_path / "home" / "retrace.db")
    workers = [start(url, f"w{number}") for number in range(2)]
    for worker in workers:
        worker.communicate(timeout=60)
    assert [worker.returncode for worker in workers] == [0, 0]
    database = Database.open(url)
    assert database.check() == []
    database.dispose()


def test_a_killed_workers_job_goes_to_the_next(tmp_path: Path) -> None:
    url = str(tmp_path / "retrace.db")
    database = Database.open(url)
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
    victim = start(url, "hangs")
    assert victim.stdout is not None
    assert victim.stdout.readline().strip() == str(job.id)
    victim.kill()
    victim.communicate(timeout=10)
    with database.write() as session:
        (released,) = jobs.release_stale(session, 0.0)
        assert (released.state, released.attempts) == ("queued", 1)
    assert start(url, "next").communicate(timeout=60)[0].split() == [str(job.id)]
    with database.write() as session:
        assert jobs.get_job(session, job.id).state == "done"
        with pytest.raises(Conflict):
            jobs.finish(session, job.id, "hangs")
    database.dispose()
