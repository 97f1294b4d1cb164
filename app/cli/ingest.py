"""`ingest FILES…`: take videos in and analyse them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.context import NOTES, print_json, state_of
from app.cli.follow import work_or_follow
from app.cli.videos import parse_time
from app.errors import BadRequest
from app.services.actor import OWNER
from app.services.ingest import IncomingFile, Registered, register_files
from app.services.library import list_videos
from app.services.models import fetch_model, is_detector
from app.workspace import Workspace
from tracking.errors import DetectorWeightsMissing


def ingest(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="Video files.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="Once for all files, or once a file, in order.")
    ] = None,
    start: Annotated[
        list[str] | None, typer.Option(help="ISO time; once for all, or once a file, in order.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="CSV with the columns path, camera, start.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Download a missing detector without asking.")
    ] = False,
) -> None:
    """Register videos, analyse them and wait until that is done.

    With a running server its worker does the work and this command follows; else the work is done
    here. Interrupt it at any time: what is done is kept and `ingest` of the same file goes on.
    """
    state = state_of(context)
    workspace = state.workspace()
    incoming = _incoming(files or [], camera or [], start or [], manifest)
    _have_detector(workspace, yes)
    results = register_files(OWNER, workspace, incoming)
    jobs = [result.job_id for result in results if result.job_id is not None]
    work_or_follow(workspace, state, jobs)
    rows = [outcome_of(workspace, result) for result in results]
    if state.as_json:
        print_json({"videos": rows})
    else:
        for row in rows:
            tell(row)
    if any(row["state"] == "failed" for row in rows):
        raise typer.Exit(1)


def _have_detector(workspace: Workspace, yes: bool) -> None:
    """Load the detector; download it when it is missing and the person says yes."""
    try:
        workspace.detector()
    except DetectorWeightsMissing as error:
        name = workspace.settings.detector.weights
        if not is_detector(name):
            raise
        if not yes:
            if not sys.stdin.isatty():
                raise
            NOTES.print(str(error), highlight=False)
            typer.confirm(f"Download {name} now?", abort=True)
        fetch_model(OWNER, workspace, name)
        workspace.detector()


def _incoming(
    files: Sequence[Path], cameras: Sequence[str], starts: Sequence[str], manifest: Path | None
) -> list[IncomingFile]:
    if manifest is not None:
        if files or cameras or starts:
            raise BadRequest("Give either --manifest or files with --camera and --start.")
        return _read_manifest(manifest)
    if not files:
        raise BadRequest("Name at least one video file, or a --manifest.")
    for name, values in (("--camera", cameras), ("--start", starts)):
        if len(values) not in (0, 1, len(files)):
            raise BadRequest(
                f"{name} was given {len(values)} times for {len(files)} files. "
                "Give it once for all, or once a file, in the same order."
            )
    return [
        IncomingFile(
            path,
            camera=_nth(cameras, place),
            start=parse_time(text) if (text := _nth(starts, place)) else None,
        )
        for place, path in enumerate(files)
    ]


def _nth(values: Sequence[str], place: int) -> str | None:
    if not values:
        return None
    return values[0] if len(values) == 1 else values[place]


def _read_manifest(path: Path) -> list[IncomingFile]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"Cannot read the manifest {path}: {error}.") from error
    if not rows or "path" not in rows[0]:
        raise BadRequest(f"{path} needs a header line with path, and optionally camera and start.")
    return [
        IncomingFile(
            (path.parent / row["path"]).absolute(),
            camera=row.get("camera") or None,
            start=parse_time(row["start"]) if row.get("start") else None,
        )
        for row in rows
    ]


def outcome_of(workspace: Workspace, result: Registered) -> dict[str, Any]:
    """What became of a file in the end, JSON-ready."""
    outcome: dict[str, Any] = {
        "video": result.video.name if result.video else result.file,
        "camera": result.video.camera if result.video else None,
        "state": result.state,
        "error": result.error,
        "tracklets": 0,
        "seconds": None,
        "warnings": [],
    }
    if result.video is None:
        return outcome
    for view in list_videos(OWNER, workspace):
        if view.row.id == result.video.id:
            row = view.row
            ended = row.state if row.state in ("done", "failed") else "failed"
            outcome |= {
                "state": result.state if result.state == "duplicate" else ended,
                "error": row.error or (None if ended == "done" else view.message or view.state),
                "tracklets": row.tracklets,
                "seconds": row.duration,
                "warnings": list(row.warnings),
            }
            if result.state == "duplicate" and ended == "done":
                outcome["error"] = None
    return outcome


def tell(row: dict[str, Any]) -> None:
    """Say what became of a file in a line, and its warnings."""
    if row["state"] == "done":
        typer.echo(
            f"{row['video']}: {row['tracklets']} sightings in {row['seconds']:.1f} s "
            f"of camera {row['camera']}"
        )
    elif row["state"] == "duplicate":
        typer.echo(f"{row['video']}: already in the store, camera {row['camera']}")
    else:
        typer.echo(f"{row['video']}: failed – {row['error']}", err=True)
    for warning in row["warnings"]:
        typer.echo(f"  note: {warning}", err=True)
