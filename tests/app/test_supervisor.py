"""The worker process, as the server starts and ends it."""

import time

import pytest

from app.jobs.supervisor import WorkerSupervisor
from app.jobs.worker import live_worker
from app.workspace import Launch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_it_starts_from_whatever_folder_the_server_was_started_in(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    home = tmp_path / "home"
    home.mkdir()
    supervisor = WorkerSupervisor(Launch(home=home))
    supervisor.start()
    try:
        deadline = time.monotonic() + 90
        while not live_worker(home) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert live_worker(home)
    finally:
        supervisor.stop()
    assert not live_worker(home)
