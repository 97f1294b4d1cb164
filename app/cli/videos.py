"""`videos list|edit|remove`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.cameras import print_removal
from app.cli.context import print_json, show, state_of
from app.errors import BadRequest
from app.services import library
from app.services.actor import OWNER
from app.times import iso

app = typer.Typer(help="The videos in the store.", no_args_is_help=True)
COLUMNS = ("id", "video", "camera", "state", "start", "duration", "tracklets")


def _plain(view: library.VideoView) -> dict[str, Any]:
    row = view.row
    return {
        "id": row.id,
        "video": row.name,
        "camera": row.camera,
        "state": view.state,
        "error": row.error,
        "start": iso(row.begins),
        "start_source": row.start_source,
        "start_confirmed": row.start_confirmed,
        "duration": row.duration,
        "width": row.width,
        "height": row.height,
        "fps": row.fps,
        "tracklets": row.tracklets,
        "warnings": list(row.warnings),
        "sha256": row.sha256,
    }


@app.command("list")
def list_(
    context: typer.Context,
    camera: Annotated[str | None, typer.Option(help="Only this camera's.")] = None,
) -> None:
    """List the videos."""
    state = state_of(context)
    rows = [_plain(view) for view in library.list_videos(OWNER, state.workspace(), camera)]
    show(state, rows, COLUMNS, "No video yet. Add some: ingest FILES…")


@app.command()
def edit(
    context: typer.Context,
    video: str,
    camera: Annotated[str | None, typer.Option(show_default=False)] = None,
    start: Annotated[str | None, typer.Option(help="ISO time.", show_default=False)] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="The guessed start is right.")] = False,
) -> None:
    """Change a video's camera or start, or confirm the start that was guessed."""
    state = state_of(context)
    workspace = state.workspace()
    row = library.find_video(OWNER, workspace, video)
    changes: dict[str, Any] = {}
    if camera is not None:
        changes["camera"] = camera
    if start is not None:
        changes["start"] = parse_time(start)
    if confirm:
        changes["start_confirmed"] = True
    row = library.edit_video(OWNER, workspace, row.id, version=row.version, **changes)
    shown = {"id": row.id, "video": row.name, "camera": row.camera, "start": iso(row.begins)}
    print_json(shown) if state.as_json else typer.echo(f"Changed {row.name}.")


@app.command()
def remove(
    context: typer.Context,
    video: str,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove a video with its sightings, vectors, crops and clips."""
    state = state_of(context)
    workspace = state.workspace()
    row = library.find_video(OWNER, workspace, video)
    if not yes:
        typer.confirm(f"Remove {row.name} and its {row.tracklets} sightings?", abort=True)
    removal = library.remove_video(OWNER, workspace, row.id)
    print_removal(state.as_json, removal.videos, removal.tracklets, removal.crops, removal.bytes)


def parse_time(text: str) -> datetime:
    """An ISO time; naive ones stay naive and are read in the camera's zone."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(
            f"{text!r} is not a time. Write it as 2026-03-01T12:00:00, with Z or +01:00 if it is "
            "not in the camera's zone."
        ) from error
