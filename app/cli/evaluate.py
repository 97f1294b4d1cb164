"""`evaluate tracks`."""

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
