"""`train run|pack|queue|imagenet|detector`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import train_detector
from app.cli.context import NOTES, print_json, show, state_of
from app.services.actor import OWNER
from reid_models.datasets import Format

if TYPE_CHECKING:
    from reid_models.training import Report

app = typer.Typer(help="Train re-ID models and detectors.", no_args_is_help=True)
app.add_typer(train_detector.app, name="detector")


@app.callback()
def _group() -> None:
    """Train re-ID models and detectors."""


@app.command()
def run(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or the path of one.")],
    data: Annotated[list[Path], typer.Option(help="A data set; repeatable.")],
    kind: Annotated[
        Format | None, typer.Option("--format", help="Default: by what lies there.")
    ] = None,
    split: Annotated[
        int | None, typer.Option(help="Of a set with numbered splits, from 0. Default: the first.")
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
        split=split,
        overrides=overrides or (),
        out=out,
        device=device,
        report=_report,
    )
    if state.as_json:
        print_json({"checkpoint": str(checkpoint)})
    else:
        typer.echo(f"{checkpoint} holds the model.")


@app.command()
def pack(
    context: typer.Context,
    data: Annotated[list[Path], typer.Option(help="A data set; repeatable.")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    height: Annotated[int, typer.Option(min=32, help="Crops are at most this high.")] = 256,
) -> None:
    """Put training crops into a few files, to move them to another machine."""
    from app.services.training import pack_sets  # slow to import

    state = state_of(context)
    count = pack_sets(OWNER, data, out, height=height)
    if state.as_json:
        print_json({"crops": count, "path": str(out)})
    else:
        typer.echo(f"{out} holds {count} crops. Train on it with: train run RECIPE --data {out}")


@app.command()
def queue(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="YAML list: recipe, data, values, out.")],
) -> None:
    """Train several runs one after another; started again, it goes on where it was."""
    from app.services.training import read_queue, train_model  # slow to import

    state = state_of(context)
    done = []
    for each in read_queue(file):
        NOTES.print(f"{each.recipe} {' '.join(each.values)}")
        checkpoint = train_model(
            OWNER,
            state.workspace(),
            each.recipe,
            each.data,
            overrides=each.values,
            out=each.out,
            report=_report,
        )
        done.append({"recipe": each.recipe, "checkpoint": str(checkpoint)})
    show(state, done, ("recipe", "checkpoint"), "The queue is empty.")


@app.command()
def imagenet(
    context: typer.Context,
    depth: Annotated[int, typer.Argument(help="Of the ResNet: 18, 34 or 50.")],
    yes: Annotated[bool, typer.Option("--yes", help="Go online without asking.")] = False,
) -> None:
    """Download ImageNet weights to begin with: train run … --recipe pretrained=imagenet."""
    from app.services.training import fetch_imagenet_weights  # slow to import

    state = state_of(context)
    if not yes:
        typer.confirm(f"Download ImageNet weights of a ResNet-{depth}?", abort=True)
    path = fetch_imagenet_weights(OWNER, state.workspace(), depth)
    print_json({"path": str(path)}) if state.as_json else typer.echo(f"They are at {path}.")


def _report(report: Report) -> None:
    terms = ", ".join(f"{name} {value:.3f}" for name, value in report.terms.items())
    NOTES.print(
        f"step {report.step}, epoch {report.epoch:.2f} of {report.epochs}: loss {report.loss:.3f} "
        f"({terms}), {report.crops_per_second:.0f} crops a second"
    )
