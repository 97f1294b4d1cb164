"""`review next|answer`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from app.cli.context import NOTES, print_json, show, state_of
from app.services import review, review_view
from app.services.actor import OWNER
from app.services.review_view import PairView, SideView
from app.times import iso
from app.workspace import Workspace

app = typer.Typer(help="Doubtful pairs that wait for your word.", no_args_is_help=True)
COLUMNS = ("pair", "probability", "words", "a", "b", "gap_seconds", "would_settle")


@app.command("next")
def next_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="Pairs shown (5).")] = 5,
) -> None:
    """Show the next doubtful pairs, those first whose answer would change most."""
    state = state_of(context)
    workspace = state.workspace()
    found = review_view.next_pairs(OWNER, workspace, limit)
    if state.as_json:
        print_json(
            {
                "pairs": [_plain(workspace, pair) for pair in found.pairs],
                "left": found.left,
                "would_settle": found.would_settle,
            }
        )
        return
    rows = [
        {
            "pair": pair.row.id,
            "probability": pair.row.probability,
            "words": pair.words,
            "a": _short(pair.a),
            "b": _short(pair.b),
            "gap_seconds": pair.gap_seconds,
            "would_settle": max(1, round(pair.row.value)),
        }
        for pair in found.pairs
    ]
    show(state, rows, COLUMNS, "No doubtful pair waits.")
    for pair in found.pairs:
        if pair.together:
            NOTES.print(f"{pair.row.id}: {pair.together}", highlight=False)
    if found.left:
        NOTES.print(f"{found.left} left; they would settle {found.would_settle} pairs.")


@app.command()
def answer(context: typer.Context, pair: int, said: Literal["same", "different", "skip"]) -> None:
    """Say that a pair is the same person or different, or skip it for later."""
    state = state_of(context)
    done = review.answer_pair(OWNER, state.workspace(), pair, said)
    if state.as_json:
        print_json(
            {
                "decision": done.decision,
                "left": done.left,
                "would_settle": done.would_settle,
                "people": list(done.people),
                "text": done.text,
            }
        )
        return
    typer.echo(done.text)
    typer.echo(f"{done.left} left.")
    if done.decision is not None:
        NOTES.print(f"Undo it with `people undo {done.decision}`.", highlight=False)


def _short(side: SideView) -> str:
    whom = f", {side.person.label}" if side.person else ""
    return f"{side.row.id} ({side.row.camera}{whom})"


def _plain(workspace: Workspace, pair: PairView) -> dict[str, Any]:
    return {
        "id": pair.row.id,
        "a": _side(workspace, pair.a),
        "b": _side(workspace, pair.b),
        "probability": round(pair.row.probability, 4),
        "words": pair.words,
        "gap_seconds": pair.gap_seconds,
        "usual_seconds": pair.usual.median if pair.usual else None,
        "rival": pair.rival.row.id if pair.rival else None,
        "would_settle": max(1, round(pair.row.value)),
        "together": pair.together,
    }


def _side(workspace: Workspace, side: SideView) -> dict[str, Any]:
    return {
        "tracklet": side.row.id,
        "camera": side.row.camera,
        "video": side.row.video,
        "start": iso(side.row.start),
        "end": iso(side.row.end),
        "offset_start": round(side.row.offset_start, 3),
        "offset_end": round(side.row.offset_end, 3),
        "person": side.person.id if side.person else None,
        "crops": [str(workspace.media.path(crop.media_key)) for crop in side.crops],
    }
