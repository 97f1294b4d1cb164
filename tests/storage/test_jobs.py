from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import update

from storage import jobs
from storage.columns import now
from storage.database import Database
from storage.errors import Conflict, InvalidInput, NotFound
from storage.schema import Job
from tests.storage.site import a_camera, a_video


def age(database: Database, seconds: float) -> None:
    """Make every heartbeat so much older."""
    with database.write() as session:
        session.execute(update(Job).values(heartbeat=now() - timedelta(seconds=seconds)))


def test_a_job_runs_its_course(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        queued = jobs.enqueue(session, "ingest", {"fps": 8}, video_id=video.id)
        assert (queued.state, queued.progress, queued.worker) == ("queued", 0.0, None)
        running = jobs.claim(session, "w1")
        assert running is not None
        assert (running.id, running.state, running.worker) == (queued.id, "running", "w1")
        assert running.params == {"fps": 8}
        halfway = jobs.set_job_progress(session, queued.id, "w1", 0.5, "minute 3 of 6", 180.0)
        assert (halfway.progress, halfway.message, halfway.eta) == (0.5, "minute 3 of 6", 180.0)
        done = jobs.finish(session, queued.id, "w1", "12 people")
        assert (done.state, done.progress, done.eta, done.attempts) == ("done", 1.0, None, 0)
        assert done.finished is not None
        assert jobs.claim(session, "w1") is None
    with database.read() as session:
        assert jobs.get_job(session, queued.id) == done


def test_the_oldest_due_job_of_a_kind_comes_first(database: Database) -> None:
    with database.write() as session:
        soon, embed, ingest = (
            jobs.enqueue(session, "embed", {}, not_before=now() + timedelta(hours=1)),
            jobs.enqueue(session, "embed", {}, not_before=now() - timedelta(hours=1)),
            jobs.enqueue(session, "ingest", {}),
        )
        claimed = [jobs.claim(session, "w", kinds) for kinds in (["ingest"], None, None, ["x"])]
        assert [job and job.id for job in claimed] == [ingest.id, embed.id, None, None]
        assert jobs.get_job(session, soon.id).state == "queued"


def test_a_lost_claim_is_a_conflict_everywhere(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
        jobs.claim(session, "w1")
        for use in (
            lambda: jobs.heartbeat(session, job.id, "w2"),
            lambda: jobs.set_job_progress(session, job.id, "w2", 0.1, "", None),
            lambda: jobs.finish(session, job.id, "w2"),
            lambda: jobs.fail(session, job.id, "w2", "why"),
            lambda: jobs.cancelled(session, job.id, "w2"),
            lambda: jobs.requeue(session, job.id, "w2"),
        ):
            with pytest.raises(Conflict, match=r"no longer w2's.*Stop working"):
                use()
        assert jobs.get_job(session, job.id).worker == "w1"


def test_a_silent_worker_loses_its_job_to_another(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
        jobs.claim(session, "w1")
        assert jobs.release_stale(session, 30) == []
    age(database, 60)
    with database.write() as session:
        (released,) = jobs.release_stale(session, 30)
        assert (released.state, released.attempts) == ("queued", 1)
        assert jobs.claim(session, "w2") is not None
        with pytest.raises(Conflict):
            jobs.heartbeat(session, job.id, "w1")
        jobs.heartbeat(session, job.id, "w2")


def test_three_lost_workers_are_enough(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
    for attempt in (1, 2, 3):
        with database.write() as session:
            assert jobs.claim(session, f"w{attempt}") is not None
        age(database, 60)
        with database.write() as session:
            (released,) = jobs.release_stale(session, 30)
            assert released.attempts == attempt
    assert (released.id, released.state) == (job.id, "failed")
    assert released.error == jobs.LOST
    with database.write() as session:
        again = jobs.retry(session, job.id)
        assert (again.state, again.attempts, again.error) == ("queued", 0, None)


def test_a_failure_waits_and_tries_again_three_times(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
        states = []
        for _ in range(3):
            jobs.claim_job(session, job.id, "w")
            failed = jobs.fail(session, job.id, "w", "disk full", retry_in=60)
            states.append((failed.state, failed.attempts))
            assert jobs.claim(session, "w") is None
        assert states == [("queued", 1), ("queued", 2), ("failed", 3)]
        assert failed.error == "disk full"


def test_a_plain_failure_is_final_until_retried(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
        jobs.claim(session, "w")
        assert jobs.fail(session, job.id, "w", "not a video").state == "failed"
        jobs.retry(session, job.id)
        assert jobs.claim(session, "w") is not None


def test_cancelling(database: Database) -> None:
    with database.write() as session:
        queued, running = (jobs.enqueue(session, "ingest", {}) for _ in range(2))
        assert jobs.request_cancel(session, queued.id).state == "cancelled"
        jobs.claim(session, "w")
        assert not jobs.is_cancel_requested(session, running.id)
        asked = jobs.request_cancel(session, running.id)
        assert (asked.state, asked.cancel_requested) == ("running", True)
        assert jobs.is_cancel_requested(session, running.id)
        assert jobs.cancelled(session, running.id, "w").state == "cancelled"
        with pytest.raises(Conflict, match="is cancelled, so there is nothing to cancel"):
            jobs.request_cancel(session, running.id)
        assert not jobs.is_cancel_requested(session, jobs.retry(session, running.id).id)


def test_a_cancelled_job_is_never_queued_again_by_itself(database: Database) -> None:
    with database.write() as session:
        ids = [jobs.enqueue(session, "ingest", {}).id for _ in range(3)]
        for job_id in ids:
            jobs.claim_job(session, job_id, "w")
            jobs.request_cancel(session, job_id)
        assert jobs.requeue(session, ids[0], "w").state == "cancelled"
        assert jobs.fail(session, ids[1], "w", "why", retry_in=1).state == "failed"
    age(database, 60)
    with database.write() as session:
        (released,) = jobs.release_stale(session, 30)
        assert (released.id, released.state) == (ids[2], "cancelled")


def test_giving_a_job_back_counts_no_attempt(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
        jobs.claim(session, "w1")
        jobs.set_job_progress(session, job.id, "w1", 0.5, "half", None)
        back = jobs.requeue(session, job.id, "w1")
        assert (back.state, back.attempts, back.progress, back.worker) == ("queued", 0, 0.5, None)
        assert jobs.claim_job(session, job.id, "w2").worker == "w2"
        with pytest.raises(Conflict, match="is running, so there is nothing to start"):
            jobs.claim_job(session, job.id, "w3")


def test_listing(database: Database) -> None:
    with database.write() as session:
        video = a_video(session, a_camera(session))
        first = jobs.enqueue(session, "ingest", {}, video_id=video.id)
        second = jobs.enqueue(session, "embed", {})
        jobs.claim(session, "w")
        assert [job.id for job in jobs.list_jobs(session)] == [second.id, first.id]
        assert [job.id for job in jobs.list_jobs(session, ["running"])] == [first.id]
        assert [job.id for job in jobs.list_jobs(session, limit=1)] == [second.id]
        assert [job.id for job in jobs.list_jobs(session, video_id=video.id)] == [first.id]


def test_odd_values_are_refused(database: Database) -> None:
    with database.write() as session:
        job = jobs.enqueue(session, "ingest", {})
        jobs.claim(session, "w")
        for use in (
            lambda: jobs.enqueue(session, "", {}),
            lambda: jobs.claim(session, ""),
            lambda: jobs.set_job_progress(session, job.id, "w", 1.5, "", None),
            lambda: jobs.set_job_progress(session, job.id, "w", 0.5, "", -1.0),
            lambda: jobs.list_jobs(session, ["asleep"]),
        ):
            with pytest.raises(InvalidInput):
                use()
        for use in (
            lambda: jobs.get_job(session, 99),
            lambda: jobs.retry(session, 99),
            lambda: jobs.request_cancel(session, 99),
            lambda: jobs.enqueue(session, "ingest", {}, video_id=99),
        ):
            with pytest.raises(NotFound):
                use()


WORKERS = ("w1", "w2")


@pytest.fixture
def machine(database: Database) -> type[RuleBasedStateMachine]:
    class Queue(RuleBasedStateMachine):
        """Two workers and a person do anything in any order; a model knows who holds what."""

        def __init__(self) -> None:
            super().__init__()
            self.holder: dict[int, str | None] = {}  # open jobs
            with database.write() as session:
                for job in jobs.list_jobs(session, ["queued", "running"]):
                    if jobs.request_cancel(session, job.id).state == "running":
                        jobs.cancelled(session, job.id, job.worker or "")

        @rule()
        def enqueue(self) -> None:
            with database.write() as session:
                self.holder[jobs.enqueue(session, "ingest", {}).id] = None

        @rule(worker=st.sampled_from(WORKERS))
        def claim(self, worker: str) -> None:
            free = [job for job, holder in self.holder.items() if holder is None]
            with database.write() as session:
                job = jobs.claim(session, worker)
            assert (job.id if job else None) == min(free, default=None)
            if job:
                self.holder[job.id] = worker

        @precondition(lambda self: self.holder)
        @rule(
            data=st.data(), worker=st.sampled_from(WORKERS), end=st.sampled_from(["done", "back"])
        )
        def end(self, data: st.DataObject, worker: str, end: str) -> None:
            job = data.draw(st.sampled_from(sorted(self.holder)))
            use = jobs.finish if end == "done" else jobs.requeue
            with database.write() as session:
                if self.holder[job] != worker:
                    with pytest.raises(Conflict):
                        use(session, job, worker)
                    return
                use(session, job, worker)
            if end == "done":
                del self.holder[job]
            else:
                self.holder[job] = None

        @invariant()
        def the_store_agrees(self) -> None:
            with database.read() as session:
                rows = jobs.list_jobs(session, ["queued", "running"])
            assert {row.id: row.worker for row in rows} == self.holder

    return Queue


def test_any_order_of_steps_keeps_one_holder_a_job(machine: type[RuleBasedStateMachine]) -> None:
    case = machine.TestCase
    case.settings = settings(
        max_examples=10,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case().runTest()
