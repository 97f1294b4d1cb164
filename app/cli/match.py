"""`match`, and `match list|show|apply|undo|discard|export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app.cli.context import NOTES, State, print_json, show, state_of
from app.cli.follow import work_or_follow
from app.errors import BadRequest, NeedsLater
from app.services import match_export, matching
from app.services.actor import OWNER
from storage.people_records import MatchingRunRow

app = typer.Typer(help="Link sightings into people, across cameras.", invoke_without_command=True)
COLUMNS = ("id", "mode", "state", "people", "sightings", "unassigned", "review", "created")
SHOWN = 20


@app.callback()
def match(
    context: typer.Context,
    new: Annotated[
        bool, typer.Option("--new", help="Place what is with nobody yet (the default).")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Everything that no person placed may move.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Find out, change nothing until it is applied.")
    ] = False,
) -> None:
    """Link sightings into people, across cameras.

    With a running server its worker does the work and this command follows; else it is done here.
    Nothing changes before the end: interrupt or cancel it at any time.
    """
    if context.invoked_subcommand is not None:
        return
    if new and full:
        raise BadRequest("Choose --new or --full, not both.")
    state = state_of(context)
    workspace = state.workspace()
    run, job = matching.start_run(OWNER, workspace, "full" if full else "new", preview=preview)
    work_or_follow(workspace, state, [job.id])
    run = matching.get_run(OWNER, workspace, run.id)
    _tell(state, run)
    if run.state not in ("applied", "preview"):
        raise typer.Exit(1)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the runs, newest first."""
    state = state_of(context)
    workspace = state.workspace()
    runs = matching.list_runs(OWNER, workspace)
    if state.as_json:
        print_json([match_export.as_plain(OWNER, workspace, run, SHOWN) for run in runs])
        return
    rows = [
        {"id": run.id, "mode": run.mode, "state": run.state, **run.counts}
        | {"created": f"{run.created:%Y-%m-%d %H:%M} UTC"}
        for run in runs
    ]
    show(state, rows, COLUMNS, "Nothing was matched yet. Run `match`.")


@app.command()
def apply(context: typer.Context, run: int) -> None:
    """Apply a previewed run."""
    state = state_of(context)
    _tell(state, matching.apply_run(OWNER, state.workspace(), run))


@app.command()
def discard(context: typer.Context, run: int) -> None:
    """Put a previewed run away."""
    state = state_of(context)
    _tell(state, matching.discard_run(OWNER, state.workspace(), run))


@app.command()
def undo(
    context: typer.Context,
    run: int,
    with_later: Annotated[
        bool, typer.Option("--with-later", help="Together with later changes that build on it.")
    ] = False,
) -> None:
    """Take back everything that a run changed."""
    state = state_of(context)
    try:
        undone = matching.undo_run(OWNER, state.workspace(), run, with_later=with_later)
    except NeedsLater as error:
        for row in error.later:
            NOTES.print(f"  decision {row.id}: {row.kind} by {row.actor}", highlight=False)
        raise BadRequest(f"{error} Add --with-later to undo them all.") from error
    _tell(state, undone)


@app.command()
def export(
    context: typer.Context,
    run: int,
    kind: Annotated[Literal["json", "csv"], typer.Option("--format", help="json or csv.")] = "json",
    to: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Write a run's record with every change."""
    state = state_of(context)
    content = match_export.export_run(OWNER, state.workspace(), run, kind)
    if to is None:
        typer.echo(content.rstrip("\n"))
        return
    to.write_text(content, encoding="utf-8")
    print_json({"run": run, "path": str(to)}) if state.as_json else typer.echo(f"Written to {to}.")


def _tell(state: State, run: MatchingRunRow) -> None:
    if state.as_json:
        print_json(match_export.as_plain(OWNER, state.workspace(), run, SHOWN))
        return
    if run.state in ("applied", "preview"):
        for line in in_lines(run.counts, match_export.as_plain(OWNER, state.workspace(), run, 0)):
            typer.echo(line)
    if run.state == "preview":
        typer.echo(
            f"Run {run.id} is a preview: `match apply {run.id}`, or `match discard {run.id}`."
        )
    elif run.state == "failed":
        typer.echo(f"Run {run.id} failed: {run.error}", err=True)
    else:
        typer.echo(f"Run {run.id} is {run.state}.")


def in_lines(counts: dict[str, Any] | Any, plain: dict[str, Any]) -> list[str]:
    """What a run found, in a few lines."""
    totals = plain["changes"]["totals"]
    lines = [
        f"{counts['people']} people in {counts['assigned']} of {counts['sightings']} sightings "
        f"of {counts['cameras']} cameras",
    ]
    if counts["unassigned"]:
        lines.append(f"{counts['unassigned']} sightings with nobody, {counts['poor']} too poor")
    if counts["without_vectors"]:
        lines.append(f"{counts['without_vectors']} sightings not embedded yet: run `embed`")
    changes = [f"{number} {kind}" for kind, number in totals.items() if number]
    lines.append("people: " + ", ".join(changes) if changes else "nothing changed")
    if counts["review"]:
        lines.append(f"{counts['review']} doubtful pairs wait for you: `review next`")
    if counts["conflicts"]:
        lines.append(f"{counts['conflicts']} conflicts between what people said")
    return lines
