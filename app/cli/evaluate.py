"""`evaluate tracks|people|reid`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.context import NOTES, print_json, show, state_of
from app.services.actor import OWNER
from reid_models.datasets import Format
from reid_models.protocols import MODES, Mode

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


@app.command()
def reid(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="The labelled set.")],
    model: Annotated[
        str | None, typer.Option(help="A name, or a checkpoint's folder. Default: the active one.")
    ] = None,
    kind: Annotated[
        Format | None, typer.Option("--format", help="Default: by what lies there.")
    ] = None,
    split: Annotated[
        int | None, typer.Option(help="Of a set with numbered splits, from 0. Default: the first.")
    ] = None,
    mode: Annotated[
        Literal[Mode, "all"], typer.Option(help="What asks → what is searched: image or video.")
    ] = "i2i",
    multi_query: Annotated[
        bool, typer.Option("--multi-query", help="All boxes of person and camera ask together.")
    ] = False,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Re-rank by k-reciprocal neighbours.")
    ] = False,
    ranks: Annotated[
        Path | None, typer.Option(help="Also write contact sheets of first hits to this folder.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="With --ranks: a second model beside the first.")
    ] = None,
) -> None:
    """How well a re-ID model finds people again in a labelled set."""
    from app.services.reid_scores import evaluate_reid, write_ranks  # slow to import

    state = state_of(context)
    results = evaluate_reid(
        OWNER,
        state.workspace(),
        data,
        model=model,
        kind=kind,
        split=split,
        modes=MODES if mode == "all" else (mode,),
        multi_query=multi_query,
        reranked=rerank,
        progress=lambda done, total: NOTES.print(f"{done} of {total}", end="\r"),
    )
    if ranks is not None:
        both = (model, against) if against else (model,)
        shown_mode = "i2i" if mode == "all" else mode
        sheets = write_ranks(
            OWNER,
            state.workspace(),
            data,
            ranks,
            models=both,
            kind=kind,
            split=split,
            mode=shown_mode,
        )
        NOTES.print(f"{ranks} holds {len(sheets)} contact sheets.")
    if state.as_json:
        print_json(results if mode == "all" else results[0])
        return
    shown = ("mode", "rank1", "rank5", "rank10", "mAP", "mINP", "queries", "gallery")
    per_cent = {"rank1", "rank5", "rank10", "mAP", "mINP"}
    rows = [{k: f"{v:.1%}" if k in per_cent else v for k, v in r.items()} for r in results]
    show(state, rows, shown, "Nothing to compare.")
    dropped = results[0]["queries_dropped"]
    typer.echo(f"{results[0]['model']}: {results[0]['protocol']}")
    typer.echo(f"{dropped} queries without a right answer are not counted.")
