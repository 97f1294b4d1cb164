"""`models list|fetch|import|verify|use|compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.compare import compare
from app.cli.context import NOTES, print_json, show, state_of
from app.cli.embedding import embed_now
from app.services import models, switching
from app.services.actor import OWNER

app = typer.Typer(help="Detector and re-ID models.", no_args_is_help=True)
app.command()(compare)
COLUMNS = ("name", "method", "state", "active", "waiting", "dimension", "terms")


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the re-ID models, best measured first."""
    state = state_of(context)
    show(state, models.list_models(OWNER, state.workspace()), COLUMNS, "No models.")


@app.command()
def fetch(
    context: typer.Context,
    name: str,
    yes: Annotated[bool, typer.Option("--yes", help="Go online without asking.")] = False,
) -> None:
    """Download a model by name, checksummed. Goes online."""
    state = state_of(context)
    if not yes:
        kind = "detector" if models.is_detector(name) else "re-ID model"
        typer.confirm(f"Download the {kind} {name} from the internet?", abort=True)
    path = models.fetch_model(OWNER, state.workspace(), name, _report)
    print_json({"name": name, "path": str(path)}) if state.as_json else typer.echo(
        f"{name} is at {path}."
    )


@app.command("import")
def import_(context: typer.Context, file: Path) -> None:
    """Take a model's file over from this machine; it is known by its content."""
    state = state_of(context)
    name, path = models.import_model(OWNER, state.workspace(), file)
    print_json({"name": name, "path": str(path)}) if state.as_json else typer.echo(
        f"{file} is {name}; it is now at {path}."
    )


@app.command()
def verify(context: typer.Context, name: str) -> None:
    """Check a model's files against its card."""
    state = state_of(context)
    files = models.verify_model(OWNER, state.workspace(), name)
    if state.as_json:
        print_json({each: str(path) for each, path in files.items()})
    else:
        typer.echo(f"{name}: {len(files)} files are what the card says.")


@app.command()
def use(context: typer.Context, name: str) -> None:
    """Make a re-ID model the active one, once it has embedded what it has not seen."""
    state = state_of(context)
    workspace = state.workspace()
    switch = switching.use_model(OWNER, workspace, name)
    if switch.job is not None:
        NOTES.print(f"Search goes on with {switch.active} until all is embedded.", highlight=False)
        again = f"Search still uses {switch.active}. Run `models use {name}` to go on."
        embed_now(workspace, state, switch.job.id, again)
    print_json({"active": name}) if state.as_json else typer.echo(f"{name} is active.")


def _report(_file: str, done: int, total: int) -> None:
    if total and NOTES.is_terminal:
        NOTES.print(f"{done / 1e6:.1f} of {total / 1e6:.1f} MB", end="\r")
