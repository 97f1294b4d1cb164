"""Jobs that a command waits for: done by a running worker or here, with progress until they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from filelock import Timeout
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app.cli.context import NOTES, State
from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.jobs.worker import worker_lock
from app.services import queue
from app.services.actor import OWNER
from app.services.library import list_videos
from app.workspace import Workspace
from storage.errors import NotFound
from storage.records import JobRow

FINAL = ("done", "failed", "cancelled")
OTHER_JOB = 5.0
"""What a job without a video counts beside the others, in seconds of video."""
PLAIN_STEP = 0.1
"""Without a terminal, the share of all work after which a line is printed."""


def work_or_follow(workspace: Workspace, state: State, jobs: Sequence[int]) -> None:
    """Have a running worker do the jobs, or do them here, showing progress until they end."""
    if not jobs:
        return
    try:
        with worker_lock(workspace.home).acquire(blocking=False):
            _work_here(workspace, state, jobs)
    except Timeout:
        NOTES.print("A server is running; its worker does the work.")
        _follow(workspace, state, jobs, lambda: False)


def _work_here(workspace: Workspace, state: State, jobs: Sequence[int]) -> None:
    runner = JobRunner(workspace, HANDLERS)

    def work() -> None:
        for job in jobs:
            while not runner.stopping.is_set() and runner.run_next(job) is None:
                # Claimed by a process that died: it is let go when its last report is old enough.
                row = _job(workspace, job)
                if row is None or row.state in FINAL:
                    break
                runner.stopping.wait(1.0)

    thread = threading.Thread(target=work, name="ingest")
    thread.start()
    try:
        _follow(workspace, state, jobs, lambda: not thread.is_alive())
    except KeyboardInterrupt:
        runner.stopping.set()
        NOTES.print("Stopping after the current step; what is done is kept.")
        thread.join()
        raise
    thread.join()


def _follow(
    workspace: Workspace, state: State, jobs: Sequence[int], over: Callable[[], bool]
) -> None:
    """Show progress until every job has ended, or until `over()` says that nobody works."""
    views = {view.job.id: view.row for view in list_videos(OWNER, workspace) if view.job}
    names = {job: views[job].name if job in views else _kind(workspace, job) for job in jobs}
    shares = {job: max(views[job].duration, 1.0) if job in views else OTHER_JOB for job in jobs}
    shown: _Bars | _Lines
    shown = _Lines(names) if state.as_json or not NOTES.is_terminal else _Bars(names)
    with shown:
        while True:
            ended = over()
            rows = [row for job in jobs if (row := _job(workspace, job)) is not None]
            shown.show(rows, done_share(rows, shares))
            if ended or all(row.state in FINAL for row in rows):
                return
            time.sleep(0.3)


def done_share(rows: Sequence[JobRow], shares: Mapping[int, float]) -> float:
    """How much of all work is done, 0–1: jobs count by their length, an ended one as whole."""
    done = sum(shares[row.id] * (1.0 if row.state in FINAL else row.progress) for row in rows)
    gone = sum(shares.values()) - sum(shares[row.id] for row in rows)
    return (done + gone) / sum(shares.values())


class _Bars:
    """A bar a job on a terminal, and one for all of them."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[message]}"),
            TimeRemainingColumn(),
            console=NOTES,
        )
        self._tasks = {job: self._add(name) for job, name in names.items()}
        self._all = self._add("all") if len(names) > 1 else None

    def _add(self, name: str) -> TaskID:
        return self._bars.add_task(name, total=1.0, message="waiting")

    def __enter__(self) -> None:
        self._bars.start()

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, rows: Sequence[JobRow], share: float) -> None:
        for row in rows:
            message = row.message if row.state == "running" else row.state
            completed = 1.0 if row.state == "done" else row.progress
            self._bars.update(self._tasks[row.id], completed=completed, message=message)
        if self._all is not None:
            self._bars.update(self._all, completed=share, message=f"{share:.0%}")


class _Lines:
    """Lines for a log: when a job begins or ends, and at every tenth of all work."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self._states: dict[int, str] = {}
        self._began: tuple[float, float] | None = None
        self._told = 0.0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, rows: Sequence[JobRow], share: float) -> None:
        now = time.monotonic()
        if self._began is None:
            self._began, self._told = (now, share), share
        for row in rows:
            if row.state != "queued" and self._states.get(row.id) != row.state:
                self._states[row.id] = row.state
                NOTES.print(f"{self._names[row.id]}: {row.state}", highlight=False)
        if share >= self._told + PLAIN_STEP and share < 1.0:
            began, before = self._began
            left = (now - began) * (1.0 - share) / (share - before)
            self._told = share
            NOTES.print(f"{share:.0%} done, about {left:.0f} s left", highlight=False)


def _kind(workspace: Workspace, job: int) -> str:
    row = _job(workspace, job)
    return f"job {job}" if row is None else row.kind


def _job(workspace: Workspace, job: int) -> JobRow | None:
    try:
        return queue.get_job(OWNER, workspace, job)
    except NotFound:
        return None
