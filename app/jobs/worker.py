"""The worker process: `python -m app.jobs.worker --home DIR`, started and watched by `serve`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from app.errors import describe
from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services import photos, uploads
from app.workspace import Launch, Workspace
from storage.removal import known_media_keys

log = logging.getLogger("retrace.worker")


def worker_lock(home: Path) -> FileLock:
    """The lock that the one working process of a home folder holds."""
    return FileLock(home / "worker.lock")


def live_worker(home: Path) -> bool:
    """Whether some process works through the queue of `home` now."""
    lock = worker_lock(home)
    try:
        with lock.acquire(blocking=False):
            return False
    except Timeout:
        return True


def main() -> int:
    """Work through the queue until told to end. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--parent", type=int, help="end when this process is gone")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s")
    workspace = Workspace.open(
        Launch(home=options.home, config=options.config, overrides=tuple(options.overrides))
    )
    runner = JobRunner(workspace, HANDLERS)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        runner.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if options.parent:
        threading.Thread(target=_end_with, args=(options.parent, runner), daemon=True).start()
    lock = worker_lock(workspace.home)
    while not runner.stopping.is_set():
        try:
            with lock.acquire(timeout=1.0):
                tidy(workspace)
                _work(runner, workspace.settings.jobs.poll_seconds)
        except Timeout:
            continue
    workspace.close()
    return 0


def tidy(workspace: Workspace) -> None:
    """Delete what a crash left that no row refers to, and photos and uploads past their time."""
    with workspace.database.read() as session:
        known = known_media_keys(session)
    freed = workspace.media.sweep(known)
    if freed.files:
        log.info("deleted %d files (%d bytes) that nothing refers to", freed.files, freed.bytes)
    photos.sweep(workspace)
    uploads.sweep(workspace)


def _work(runner: JobRunner, pause: float) -> None:
    while not runner.stopping.is_set():
        try:
            ran = runner.run_next()
        except Exception as error:
            log.error("%s", describe(error).message)
            ran = None
            runner.stopping.wait(5.0)
        if ran is None:
            runner.stopping.wait(pause)


def _end_with(parent: int, runner: JobRunner) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    log.info("the server is gone; ending")
    runner.stopping.set()


if __name__ == "__main__":
    sys.exit(main())
