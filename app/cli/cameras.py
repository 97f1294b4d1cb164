"""`cameras add|list|edit|remove`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.context import print_json, show, state_of
from app.services import library
from app.services.actor import OWNER
from storage.records import CameraRow

app = typer.Typer(help="The cameras that recorded the videos.", no_args_is_help=True)
COLUMNS = ("id", "name", "time_zone", "clock_offset", "videos", "notes")


def _plain(row: CameraRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*COLUMNS, "version")}


@app.command("list")
def list_(context: typer.Context) -> None:
    """List all cameras."""
    state = state_of(context)
    rows = [_plain(row) for row in library.list_cameras(OWNER, state.workspace())]
    show(state, rows, COLUMNS, "No camera yet. `ingest` adds one for each new video.")


@app.command()
def add(
    context: typer.Context,
    name: str,
    time_zone: Annotated[str, typer.Option(help="Such as Europe/Berlin.")] = "",
    clock_offset: Annotated[float, typer.Option(help="Seconds to add to its clock.")] = 0.0,
    notes: str = "",
) -> None:
    """Add a camera."""
    state = state_of(context)
    row = library.add_camera(
        OWNER,
        state.workspace(),
        name,
        time_zone=time_zone,
        clock_offset=clock_offset,
        notes=notes,
    )
    print_json(_plain(row)) if state.as_json else typer.echo(f"Added camera {row.name}.")


@app.command()
def edit(
    context: typer.Context,
    name: str,
    new_name: Annotated[str | None, typer.Option("--name", show_default=False)] = None,
    time_zone: Annotated[str | None, typer.Option(show_default=False)] = None,
    clock_offset: Annotated[float | None, typer.Option(show_default=False)] = None,
    notes: Annotated[str | None, typer.Option(show_default=False)] = None,
) -> None:
    """Change a camera's name, zone, clock offset or notes."""
    state = state_of(context)
    workspace = state.workspace()
    row = library.find_camera(OWNER, workspace, name)
    given = {
        "name": new_name,
        "time_zone": time_zone,
        "clock_offset": clock_offset,
        "notes": notes,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    row = library.edit_camera(OWNER, workspace, row.id, version=row.version, **changes)
    print_json(_plain(row)) if state.as_json else typer.echo(f"Changed camera {row.name}.")


@app.command()
def remove(
    context: typer.Context,
    name: str,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove a camera with all its videos, sightings, vectors, crops and clips."""
    state = state_of(context)
    workspace = state.workspace()
    row = library.find_camera(OWNER, workspace, name)
    if not yes:
        typer.confirm(f"Remove camera {row.name} and its {row.videos} videos?", abort=True)
    removal = library.remove_camera(OWNER, workspace, row.id)
    print_removal(state.as_json, removal.videos, removal.tracklets, removal.crops, removal.bytes)


def print_removal(as_json: bool, videos: int, tracklets: int, crops: int, size: int) -> None:
    """Say what a removal took away."""
    if as_json:
        print_json({"videos": videos, "tracklets": tracklets, "crops": crops, "bytes": size})
        return
    typer.echo(
        f"Removed {videos} videos, {tracklets} sightings, {crops} pictures ({size / 1e6:.1f} MB)."
    )
