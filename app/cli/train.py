"""`train run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import NOTES, print_json, state_of
from app.services.actor import OWNER
from reid_models.datasets import Format

if TYPE_CHECKING:
    from reid_models.training import Report

app = typer.Typer(help="Train re-ID models.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Train re-ID models."""


@app.command()
def run(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or the path of one.")],
    data: Annotated[list[Path], typer.Option(help="A data set; repeatable.")],
    kind: Annotated[
        Format | None, typer.Option("--format", help="Default: by what lies there.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--recipe", help="One of the recipe's values, KEY=VALUE; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run. Default: runs/RECIPE in the store.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")] = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0: all.")] = 0,
) -> None:
    """Train a model, or go on with a run that was stopped."""
    from app.services.training import train_model  # slow to import

    state = state_of(context)
    if threads:
        import torch

        torch.set_num_threads(threads)
    checkpoint = train_model(
        OWNER,
        state.workspace(),
        recipe,
        data,
        kind=kind,
        overrides=overrides or (),
        out=out,
        device=device,
        report=_report,
    )
    if state.as_json:
        print_json({"checkpoint": str(checkpoint)})
    else:
        typer.echo(f"{checkpoint} holds the model.")


def _report(report: Report) -> None:
    NOTES.print(
        f"step {report.step}, epoch {report.epoch:.2f} of {report.epochs}: loss {report.loss:.3f}, "
        f"{report.crops_per_second:.0f} crops a second"
    )
