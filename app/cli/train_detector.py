"""`train detector data|run|export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import NOTES, print_json, state_of
from app.services.actor import OWNER

if TYPE_CHECKING:
    from tracking.detector_training.training import EpochReport

app = typer.Typer(help="Train a person detector.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Train a person detector."""


@app.command()
def data(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="A new folder.")],
    persons: Annotated[
        list[Path] | None, typer.Option(help="A set with manifest.csv; repeatable.")
    ] = None,
    clip: Annotated[
        list[Path] | None, typer.Option(help="An openly licensed clip; repeatable.")
    ] = None,
    drawn: Annotated[
        list[int] | None, typer.Option(help="Seed of pictures to draw; repeatable.")
    ] = None,
    pictures: Annotated[int, typer.Option(min=1, help="Drawn of each of 8 cameras.")] = 60,
    fps: Annotated[float, typer.Option(min=0.1, help="Frames a second of the clips.")] = 2.0,
    processes: Annotated[int, typer.Option(min=1, help="How many draw at once.")] = 1,
) -> None:
    """Put together what a detector learns from, and what is held out to measure it on."""
    from app.demo.lessons import Lessons
    from app.services.detector_training import assemble_pictures

    state = state_of(context)
    done = assemble_pictures(
        OWNER,
        state.workspace(),
        persons or (),
        clip or (),
        [Lessons(seed=seed, pictures=pictures) for seed in drawn or ()],
        out,
        fps=fps,
        processes=processes,
        told=_tell,
    )
    if state.as_json:
        print_json({"path": str(out), "pictures": done.pictures, "people": done.people})
        return
    for part, count in done.pictures.items():
        typer.echo(f"{part}: {count} pictures, {done.people[part]} people")
    typer.echo(f"Train on it with: train detector run nano --data {out}")


@app.command()
def run(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or the path of one.")],
    data: Annotated[Path, typer.Option(help="What `train detector data` made.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--recipe", help="One of the recipe's values, KEY=VALUE; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run. Default: runs/detector in the store.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0: all.")] = 0,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Begin no epoch that would last longer.")
    ] = None,
) -> None:
    """Train a detector, or go on with a run that was stopped."""
    from app.services.detector_training import train_detector

    state = state_of(context)
    done = train_detector(
        OWNER,
        state.workspace(),
        recipe,
        data,
        overrides=overrides or (),
        out=out,
        device=device,
        threads=threads,
        minutes=minutes,
        report=_report,
    )
    if state.as_json:
        print_json(
            {"checkpoint": str(done.checkpoint), "epochs": done.epochs, "finished": done.finished}
        )
    else:
        typer.echo(f"{done.checkpoint} holds {done.epochs} epochs.")


@app.command()
def export(
    context: typer.Context,
    run: Annotated[
        Path | None, typer.Option(help="Folder of the run. Default: runs/detector in the store.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where it goes. Default: detectors in the store.")
    ] = None,
    name: Annotated[str, typer.Option(help="Of the detector.")] = "own-detector",
) -> None:
    """Make weights out of a run, with a card."""
    from app.services.detector_training import export_detector

    state = state_of(context)
    weights = export_detector(OWNER, state.workspace(), run, out, name)
    if state.as_json:
        print_json({"path": str(weights)})
    else:
        typer.echo(f"Use it with: --set detector.weights={weights}")


def _tell(what: str, done: int, total: int) -> None:
    if total == 0 or done == total or done % max(1, total // 20) == 0:
        NOTES.print(f"{what}: {done}" + (f" of {total}" if total else ""))


def _report(report: EpochReport) -> None:
    terms = ", ".join(f"{name} {value:.3f}" for name, value in report.losses.items())
    watched = "" if report.map50 is None else f", mAP50 on watched pictures {report.map50:.3f}"
    NOTES.print(f"epoch {report.epoch} of {report.epochs}: {terms}{watched}")
