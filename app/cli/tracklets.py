"""`tracklets list|export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import print_json, show, state_of
from app.services import library, sightings
from app.services.actor import OWNER
from app.times import iso

app = typer.Typer(help="Sightings: one person followed for a while.", no_args_is_help=True)
COLUMNS = ("id", "camera", "video", "offset_start", "offset_end", "start", "frames")


@app.command("list")
def list_(
    context: typer.Context,
    video: Annotated[str | None, typer.Option(help="Only this video's.")] = None,
    camera: Annotated[str | None, typer.Option(help="Only this camera's.")] = None,
) -> None:
    """List the sightings."""
    state = state_of(context)
    workspace = state.workspace()
    video_id = library.find_video(OWNER, workspace, video).id if video else None
    found = sightings.list_sightings(OWNER, workspace, video_id=video_id, camera=camera)
    rows = [
        {
            "id": each.row.id,
            "camera": each.row.camera,
            "video": each.row.video,
            "start": iso(each.row.start),
            "end": iso(each.row.end),
            "offset_start": round(each.row.offset_start, 3),
            "offset_end": round(each.row.offset_end, 3),
            "frames": each.row.frames,
        }
        for each in found
    ]
    show(state, rows, COLUMNS, "No sightings yet. Add videos: ingest FILES…")


@app.command()
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    kind: Annotated[str, typer.Option("--format", help="mot, csv or json.")] = "mot",
) -> None:
    """Write all boxes, one file a video."""
    state = state_of(context)
    written = sightings.export_tracklets(OWNER, state.workspace(), kind, out)
    if state.as_json:
        print_json([str(path) for path in written])
    else:
        typer.echo(f"Wrote {len(written)} files to {out}.")
