"""`demo`: a stranger's first minute, on a scene that a program drew."""

from __future__ import annotations

import os
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.cameras import print_removal
from app.cli.context import NOTES, State, print_json, state_of
from app.cli.follow import work_or_follow
from app.cli.ingest import outcome_of, tell
from app.demo.stored_scene import read_scene
from app.errors import BadRequest
from app.services import queue
from app.services.actor import OWNER
from app.services.demo import demo_in_store, install_demo
from app.services.demo_removal import remove_demo
from app.workspace import Workspace
from storage.errors import NotFound


def demo(
    context: typer.Context,
    serve: Annotated[bool, typer.Option(help="Serve the pages when all is analysed.")] = True,
    browser: Annotated[bool, typer.Option(help="Open the page, on a desktop.")] = True,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take the demo out again, without a trace.")
    ] = False,
    scene: Annotated[
        Path | None,
        typer.Option(help="Another scene, written by `python -m app.demo.synthetic`."),
    ] = None,
) -> None:
    """Take in a made scene of four cameras, analyse it, and open Find with somebody chosen.

    Everything about the scene is drawn by a program; its ground truth is laid beside the store.
    Interrupt it at any time: run again, it goes on; run once more, nothing is done twice.
    """
    state = state_of(context)
    workspace = state.workspace()
    if remove:
        if scene is not None:
            raise BadRequest("--remove takes out whatever demo is in the store; leave --scene out.")
        gone = remove_demo(OWNER, workspace)
        print_removal(state.as_json, gone.videos, gone.tracklets, gone.crops, gone.bytes)
        return
    began = time.monotonic()
    NOTES.print("The demo: a scene drawn by a program. Taking its recordings in …")
    installed = install_demo(OWNER, workspace, read_scene(scene))
    work_or_follow(workspace, state, installed.jobs)
    rows = [outcome_of(workspace, result) for result in installed.videos]
    page = _tell(workspace, state, rows, time.monotonic() - began)
    failed = [row for job in installed.jobs if (row := _failure(workspace, job)) is not None]
    for message in failed:
        NOTES.print(message, highlight=False)
    if failed or any(row["error"] is not None for row in rows):
        raise typer.Exit(1)
    if serve:
        _serve(state, page, browser)


def _tell(workspace: Workspace, state: State, rows: list[dict[str, Any]], seconds: float) -> str:
    """Say what was done; returns the page to begin with."""
    found = demo_in_store(OWNER, workspace)
    page = "/find" if found.first is None else f"/find?tracklet={found.first}"
    if state.as_json:
        print_json(
            {
                "videos": rows,
                "cameras": list(found.cameras),
                "people": found.people,
                "first": found.first,
                "page": page,
                "ground_truth": str(found.ground_truth),
                "seconds": round(seconds, 1),
            }
        )
        return page
    for row in rows:
        tell(row)
    if found.people is not None:
        typer.echo(f"Matching made {found.people} people of them.")
    typer.echo(f"Who is where at each moment, for comparison: {found.ground_truth}")
    typer.echo("Take the demo out again with: python run_app.py demo --remove")
    return page


def _failure(workspace: Workspace, job: int) -> str | None:
    """What became of a job that did not end well, if it works on no single video."""
    with suppress(NotFound):
        row = queue.get_job(OWNER, workspace, job)
        if row.video_id is None and row.state != "done":
            return f"{row.kind}: {row.error or row.state}"
    return None


def _serve(state: State, page: str, browser: bool) -> None:
    from app.cli.serve import serve_until_stopped
    from app.jobs.worker import live_worker

    if live_worker(state.workspace().home):
        typer.echo(f"A server is running for this store: open its page {page}")
        return

    def opened(address: str) -> None:
        typer.echo(f"Somebody is chosen already at {address}{page}", err=state.as_json)
        if browser and _desktop():
            threading.Thread(target=webbrowser.open, args=(address + page,), daemon=True).start()

    serve_until_stopped(state, opened)


def _desktop() -> bool:
    """Whether a person sits here with a browser in reach."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
