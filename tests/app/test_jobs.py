"""The queue as it is worked through: progress, cancelling, failing, being interrupted."""

import threading

import pytest

from app.errors import BadRequest
from app.jobs.progress import JobCancelled, JobInterrupted, Progress
from app.jobs.runner import JobRunner
from app.services import queue
from app.services.actor import OWNER
from storage import jobs


def enqueue(workspace, kind="work"):
    with workspace.database.write() as session:
        return jobs.enqueue(session, kind, {}).id


def state(workspace, job):
    return queue.get_job(OWNER, workspace, job)


def test_jobs_run_in_order_and_report(workspace):
    seen = []

    def work(_workspace, job, progress):
        seen.append(job.id)
        progress.step(0.5, "half way")
        assert state(workspace, job.id).progress == 0.5

    ids = [enqueue(workspace), enqueue(workspace)]
    runner = JobRunner(workspace, {"work": work})
    assert [runner.run_next().state, runner.run_next().state] == ["done", "done"]
    assert runner.run_next() is None
    assert seen == ids


def test_a_failure_is_told_in_words_and_can_be_retried(workspace):
    attempts = []

    def work(*_):
        attempts.append(1)
        if len(attempts) == 1:
            raise BadRequest("cam1.mp4 is broken. Copy it again.")

    job = enqueue(workspace)
    runner = JobRunner(workspace, {"work": work})
    assert runner.run_next().state == "failed"
    assert state(workspace, job).error == "cam1.mp4 is broken. Copy it again."
    queue.retry_job(OWNER, workspace, job)
    assert runner.run_next().state == "done"


def test_a_fault_of_ours_is_said_to_be_one(workspace):
    def work(*_):
        raise ZeroDivisionError("oops")

    enqueue(workspace)
    assert "ZeroDivisionError: oops" in JobRunner(workspace, {"work": work}).run_next().error


def test_a_cancelled_job_stops_at_its_next_step(workspace):
    def work(_workspace, job, progress):
        queue.cancel_job(OWNER, workspace, job.id)
        progress.check()
        raise AssertionError("went on")

    enqueue(workspace)
    assert JobRunner(workspace, {"work": work}).run_next().state == "cancelled"


def test_a_worker_that_ends_gives_its_job_back(workspace):
    runner = JobRunner(workspace, {})

    def work(_workspace, _job, progress):
        runner.stopping.set()
        progress.check()

    runner.handlers = {"work": work}
    enqueue(workspace)
    given_back = runner.run_next()
    assert (given_back.state, given_back.attempts) == ("queued", 0)


def test_two_workers_never_run_one_job_twice(workspace):
    seen = []
    for _ in range(12):
        enqueue(workspace)

    def work_all(number):
        runner = JobRunner(workspace, {"work": lambda _w, job, _p: seen.append(job.id)})
        runner.name = f"worker {number}"
        while runner.run_next() is not None:
            pass

    threads = [threading.Thread(target=work_all, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 12
    assert len(set(seen)) == 12


@pytest.mark.parametrize(
    ("reason", "error"), [("cancelled", JobCancelled), ("interrupted", JobInterrupted)]
)
def test_a_step_raises_what_should_stop_it(reason, error):
    progress = Progress(lambda *_: None, lambda: reason)
    with pytest.raises(error):
        progress.step(0.1, "")


def test_the_time_left_counts_from_where_this_attempt_began(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    told = []
    progress = Progress(lambda *report: told.append(report))
    progress.step(0.5, "resumed")
    now[0] += 10
    progress.step(0.75, "on")
    assert told[0] == (0.5, "resumed", None)
    assert told[1][2] == pytest.approx(10.0)
