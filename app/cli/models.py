"""`models list|fetch|import|verify|use|compare`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.compare import compare
from app.cli.context import NOTES, print_json, show, state_of, tell_terms
from app.cli.embedding import embed_now
from app.services import models, switching
from app.services.actor import OWNER
from app.services.model_import import import_models

app = typer.Typer(help="Detector and re-ID models.", no_args_is_help=True)
app.command()(compare)
COLUMNS = ("name", "state", "use", "mAP", "waiting", "terms")


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the re-ID models, best measured first."""
    state = state_of(context)
    found = models.list_models(OWNER, state.workspace())
    if state.as_json:
        print_json(found)
        return
    show(state, [_row(each) for each in found], COLUMNS, "No models.", uncut=True)
    active = next((each["name"] for each in found if each["active"]), None)
    best = next((each["name"] for each in found if each["best"]), None)
    if best not in (active, None):
        typer.echo(f"{best} is the best measured one here. To switch: models use {best}")
    for missing in models.missing_weights(OWNER, state.workspace()):
        typer.echo(missing.message)
    detector = models.detector_state(OWNER, state.workspace())
    terms = detector.licence or "terms not known"
    typer.echo(f"Person detector: {detector.name}, {detector.state}, {terms}.")


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
    tell_terms(state.workspace())


@app.command("import")
def import_(context: typer.Context, path: Path) -> None:
    """Take models over from a file or folder of this machine; they are known by their content."""
    state = state_of(context)
    found = import_models(OWNER, state.workspace(), path)
    if state.as_json:
        print_json([asdict(each) | {"path": str(each.path)} for each in found])
    else:
        for each in found:
            still = f" Still missing: {', '.join(each.missing)}." if each.missing else ""
            typer.echo(f"{each.name} is now at {each.path}.{still}")
    tell_terms(state.workspace())


@app.command()
def verify(context: typer.Context, name: str) -> None:
    """Check a model's files against its card."""
    state = state_of(context)
    files = models.verify_model(OWNER, state.workspace(), name)
    if state.as_json:
        print_json({each: str(path) for each, path in files.items()})
    else:
        typer.echo(f"{name}: {', '.join(files)} as it should be, by SHA-256.")


@app.command()
def use(context: typer.Context, name: str) -> None:
    """Make a re-ID model the active one, once it has embedded what it has not seen."""
    state = state_of(context)
    workspace = state.workspace()
    switch = switching.use_model(OWNER, workspace, name)
    if switch.job is not None:
        until = f"goes on with {switch.active}" if switch.active else "waits"
        NOTES.print(f"Search {until} until all is embedded.", highlight=False)
        again = f"Search still {until}. Run `models use {name}` to go on."
        embed_now(workspace, state, switch.job.id, again)
    tell_terms(workspace)
    print_json({"active": name}) if state.as_json else typer.echo(f"{name} is active.")


def _row(model: dict[str, Any]) -> dict[str, Any]:
    accuracy = next((m["mean_ap"] for m in model["measured"]), None)
    marks = [
        *(["in use"] if model["active"] else []),
        *(["best"] if model["best"] else []),
    ]
    terms = "RESEARCH ONLY" if model["research_only"] else model["terms"].partition(" (")[0]
    return {
        **model,
        "use": ", ".join(marks),
        "mAP": accuracy,
        "terms": "" if model["state"] == "untrained" else terms,
    }


def _report(_file: str, done: int, total: int) -> None:
    if total and NOTES.is_terminal:
        NOTES.print(f"{done / 1e6:.1f} of {total / 1e6:.1f} MB", end="\r")
