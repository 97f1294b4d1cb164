"""A real server, a real browser, real videos."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import chromium

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path) -> dict[str, str]:
    """Variables for child processes: the development weights and nothing of the person's own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RETRACE_")}
    return {**kept, "RETRACE_DATA": str(data), "PYTHONPATH": str(ROOT)}


def command(*arguments: object) -> list[str]:
    return [sys.executable, str(ROOT / "run_app.py"), *(str(each) for each in arguments)]


@pytest.fixture(scope="session")
def cli(retrace_data) -> Callable[..., object]:
    """Runs one command with --json and returns what it printed; `code`: the expected exit code."""

    def run(home: Path, *arguments: object, code: int = 0, seconds: float = 280) -> object:
        done = subprocess.run(
            command(*arguments, "--home", home, "--json"),
            env=environment(retrace_data),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == code, done.stderr[-3000:]
        return json.loads(done.stdout) if done.stdout.strip() else done.stderr

    return run


@dataclass
class Server:
    """A running `serve`."""

    url: str
    home: Path
    process: subprocess.Popen[str]

    def api(self, method: str, path: str, **options: object) -> httpx.Response:
        return httpx.request(method, f"{self.url}/api/v1{path}", timeout=120, **options)

    def wait_done(self, seconds: float = 240) -> list[dict[str, object]]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            videos = self.api("GET", "/videos").json()
            if videos and all(video["state"] in ("done", "failed") for video in videos):
                return videos
            time.sleep(0.5)
        raise AssertionError(f"not done after {seconds} s: {videos}")


@pytest.fixture(scope="session")
def serve(retrace_data, tmp_path_factory) -> Iterator[Callable[[Path], Server]]:
    """Starts servers; they end with the session."""
    started: list[subprocess.Popen[str]] = []

    def start(home: Path) -> Server:
        log = tmp_path_factory.mktemp("log") / "serve.log"
        with log.open("w") as written:
            process = subprocess.Popen(
                command("serve", "--port", 0, "--home", home),
                env=environment(retrace_data),
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
            )
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                server = Server(found[0], home, process)
                _wait_up(server)
                return server
        raise AssertionError(f"the server did not start: {log.read_text()[-3000:]}")

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _wait_up(server: Server) -> None:
    for _ in range(200):
        try:
            server.api("GET", "/cameras")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server answers nothing")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A fresh page of its own, whose console errors fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.set_default_timeout(30_000)
    yield opened
    context.close()
    assert problems == []


@pytest.fixture(scope="session")
def retail_store(cli, retrace_data, tmp_path_factory) -> tuple[Path, dict[str, object]]:
    """The three shop cameras, ingested by the command line; and what `ingest --json` printed."""
    home = tmp_path_factory.mktemp("retail") / "home"
    folder = retrace_data / "videos" / "retail3"
    files = sorted(folder.glob("*.mp4"))
    options = [option for file in files for option in ("--camera", file.stem)]
    return home, cli(home, "ingest", *files, *options)


@pytest.fixture(scope="session")
def demo_store(cli, tmp_path_factory) -> tuple[Path, dict[str, object]]:
    """The demo scene, taken in by `demo`; and what that printed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    return home, cli(home, "demo", "--no-serve", seconds=900)


@pytest.fixture(scope="session")
def demo_site(serve, demo_store) -> Server:
    """A server of that store."""
    return serve(demo_store[0])
