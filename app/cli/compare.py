"""`models compare A B`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.context import NOTES, State, print_json, show, state_of
from app.cli.embedding import embed_now
from app.errors import NotEmbedded
from app.services import comparison
from app.services.actor import OWNER
from app.services.compared import Compared, Comparison, Ranked, Verdict
from app.services.embedding import queue_embedding
from app.workspace import Workspace

SHOWN = 5
"""Hits of each model in the table; JSON has all."""


def compare(
    context: typer.Context,
    a: str,
    b: str,
    tracklet: Annotated[
        list[int] | None, typer.Option(help="Ask by this sighting, repeatable. Default: a sample.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="So many are drawn.")] = comparison.SAMPLE,
    gt: Annotated[
        Path | None, typer.Option(help="Labelled truth to judge by, as for `evaluate people`.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample.")] = 0,
) -> None:
    """Both models' first hits side by side; what one has not embedded is embedded first."""
    state = state_of(context)
    workspace = state.workspace()

    def run() -> Comparison:
        return comparison.compare_models(
            OWNER, workspace, a, b, chosen=tracklet or (), sample=sample, truth=gt, seed=seed
        )

    try:
        found = run()
    except NotEmbedded as error:
        _embed(workspace, state, error)
        found = run()
    if state.as_json:
        print_json(_plain(found))
    else:
        _tell(state, found)


def _embed(workspace: Workspace, state: State, error: NotEmbedded) -> None:
    for name, count in error.missing.items():
        NOTES.print(f"{name}: {count} sightings are embedded first.", highlight=False)
        job = queue_embedding(OWNER, workspace, name)
        embed_now(workspace, state, job.id, f"Run `embed --model {name}` to go on.")


def _tell(state: State, found: Comparison) -> None:
    rows = [
        {
            "query": f"{each.row.id} ({each.row.camera})",
            "first with A": ", ".join(_mark(hit) for hit in each.a[:SHOWN]),
            "first with B": ", ".join(_mark(hit) for hit in each.b[:SHOWN]),
            "in both": f"{each.overlap:.0%}",
        }
        for each in found.queries
    ]
    typer.echo(f"A: {found.a}\nB: {found.b}")
    show(state, rows, ("query", "first with A", "first with B", "in both"), "Nothing to compare.")
    agreement = "" if found.correlation is None else f"; rank correlation {found.correlation:.2f}"
    typer.echo(
        f"{found.overlap:.0%} of the first {comparison.FIRST} are in both{agreement} "
        f"({len(found.queries)} queries, {found.sightings} sightings)."
    )
    typer.echo(_words(found.verdict))


def _mark(hit: Ranked) -> str:
    return f"{hit.row.id}{ {True: '✓', False: '✗', None: ''}[hit.right] }"


def _words(verdict: Verdict | None) -> str:
    if verdict is None:
        return (
            "Which is better cannot be told: nobody seen by two cameras was confirmed by hand. "
            "Confirm some people, or give --gt DIR."
        )
    end = f"{verdict.better.upper()} is better" if verdict.better else "That is too close to call"
    return (
        f"Known people: A shows them sooner in {verdict.a_sooner} of {verdict.queries} queries, "
        f"B in {verdict.b_sooner}; right at once {verdict.rank1_a:.0%} and {verdict.rank1_b:.0%}. "
        f"{end}."
    )


def _plain(found: Comparison) -> dict[str, Any]:
    verdict = found.verdict
    names = ("source", "queries", "a_sooner", "b_sooner", "equal", "rank1_a", "rank1_b", "better")
    return {
        **{n: getattr(found, n) for n in ("a", "b", "sightings", "sampled", "overlap")},
        "correlation": found.correlation,
        "verdict": verdict and {name: getattr(verdict, name) for name in names},
        "queries": [_plain_query(each) for each in found.queries],
    }


def _plain_query(each: Compared) -> dict[str, Any]:
    names = ("overlap", "correlation", "right", "first_a", "first_b")
    return {
        "tracklet": each.row.id,
        "camera": each.row.camera,
        **{name: getattr(each, name) for name in names},
        "a": [_plain_hit(hit) for hit in each.a],
        "b": [_plain_hit(hit) for hit in each.b],
    }


def _plain_hit(hit: Ranked) -> dict[str, Any]:
    own = {name: getattr(hit, name) for name in ("score", "rank", "other_rank", "right")}
    return {"tracklet": hit.row.id, "camera": hit.row.camera, **own}
