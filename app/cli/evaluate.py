"""`evaluate tracks|people`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import print_json, show, state_of
from app.services.actor import OWNER

app = typer.Typer(help="How good is it? Against labelled truth.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure against labelled truth."""


@app.command()
def tracks(
    context: typer.Context,
    gt: Annotated[Path, typer.Option(help="Folder of MOT truth files, one a camera or video.")],
) -> None:
    """HOTA, IDF1 and MOTA of the stored tracks, per camera and over all."""
    from app.services.evaluation import evaluate_tracks  # slow to import

    state = state_of(context)
    scores = evaluate_tracks(OWNER, state.workspace(), gt)
    result = {
        name: {"hota": each.hota, "idf1": each.idf1, "mota": each.mota}
        for name, each in scores.items()
    }
    if state.as_json:
        print_json(result)
        return
    rows = [{"camera": name, **values} for name, values in result.items()]
    show(state, rows, ("camera", "hota", "idf1", "mota"), "Nothing to compare.")


@app.command()
def people(
    context: typer.Context,
    gt: Annotated[
        Path, typer.Option(help="Folder of MOT truth files, one a camera, ids shared by all.")
    ],
) -> None:
    """How well sightings are linked into people across cameras."""
    from app.services.evaluation import as_plain, evaluate_people  # slow to import

    state = state_of(context)
    result = as_plain(evaluate_people(OWNER, state.workspace(), gt))
    if state.as_json:
        print_json(result)
        return
    shares = ("precision", "recall", "f1")
    single = {name: value for name, value in result.items() if not isinstance(value, dict | list)}
    show(state, [single], tuple(single), "Nothing to compare.")
    over = [{"over": name, **result[name]} for name in ("pairwise", "bcubed")]
    over += [
        {"over": " – ".join(each["cameras"])} | {name: each[name] for name in shares}
        for each in result["camera_pairs"]
    ]
    show(state, over, ("over", *shares), "Nothing to compare.")
