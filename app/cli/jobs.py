"""`jobs list|cancel|retry`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.context import print_json, show, state_of
from app.services import queue
from app.services.actor import OWNER
from app.times import iso
from storage.records import JobRow

app = typer.Typer(help="Background work.", no_args_is_help=True)
COLUMNS = ("id", "kind", "state", "progress", "message", "error")


def _plain(row: JobRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in COLUMNS},
        "eta_seconds": row.eta,
        "attempts": row.attempts,
        "video_id": row.video_id,
        "created": iso(row.created),
        "updated": iso(row.updated),
    }


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only these states.")] = None,
) -> None:
    """List jobs, newest first."""
    given = state_of(context)
    rows = [_plain(row) for row in queue.list_jobs(OWNER, given.workspace(), state)]
    show(given, rows, COLUMNS, "No jobs.")


@app.command()
def cancel(context: typer.Context, job: int) -> None:
    """Cancel a job; what is done is kept."""
    state = state_of(context)
    row = queue.cancel_job(OWNER, state.workspace(), job)
    print_json(_plain(row)) if state.as_json else typer.echo(f"Job {job}: cancelled.")


@app.command()
def retry(context: typer.Context, job: int) -> None:
    """Queue a failed or cancelled job again; it goes on where it was."""
    state = state_of(context)
    row = queue.retry_job(OWNER, state.workspace(), job)
    print_json(_plain(row)) if state.as_json else typer.echo(f"Job {job}: queued.")
