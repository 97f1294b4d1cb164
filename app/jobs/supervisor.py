"""Keeps one worker process alive while the server runs."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import app
from app.workspace import Launch

log = logging.getLogger(__name__)


class WorkerSupervisor:
    """Starts the worker and starts it again when it dies, more slowly each time in a row.

    Args:
        launch: how the worker is to be configured.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, name="worker-supervisor", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the running worker, or None between two lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the worker and watch it."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to end, wait for its current step, insist after ten seconds."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._thread.join(5.0)

    def _watch(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            command = [sys.executable, "-m", "app.jobs.worker", *self._launch.arguments()]
            command += ["--parent", str(os.getpid())]
            self._process = subprocess.Popen(command, env=_environment())
            status = self._wait()
            if self._stopping.is_set():
                return
            log.warning("the worker ended with status %s; starting it again", status)
            self._stopping.wait(pause)
            pause = min(pause * 2, 30.0)

    def _wait(self) -> int | None:
        process = self._process
        while process is not None and not self._stopping.is_set():
            try:
                return process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
        return None


def _environment() -> dict[str, str]:
    """The process's environment, in which the program is found from any working folder."""
    root = str(Path(app.__file__).resolve().parent.parent)
    found = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, found] if found else [root])}
