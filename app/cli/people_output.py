"""What the `people` commands print."""

from __future__ import annotations

from typing import Any

import typer

from app.cli.context import State, print_json
from app.services.history import DecisionView
from app.services.people import Changed
from app.services.people_view import PersonCard
from app.times import iso


def tell(state: State, done: Changed) -> None:
    """Say what was done, to whom, and what follows from it."""
    more: dict[str, Any] = {"person": plain_card(done.person)}
    if done.new is not None:
        more["new_person"] = plain_card(done.new)
    if done.consequences:
        more["consequences"] = list(done.consequences)
    print_decision(state, done.decision, more)
    if not state.as_json:
        for each in done.consequences:
            typer.echo(each)


def print_decision(state: State, decision: DecisionView, more: dict[str, Any]) -> None:
    """A decision in a line; with --json everything about it."""
    if state.as_json:
        print_json({"decision": plain_decision(decision), **more})
    else:
        typer.echo(f"{decision.text} (decision {decision.row.id}).")


def line(row: dict[str, Any]) -> str:
    """A line of a history."""
    undone = "" if row["undone_by"] is None else f", undone by {row['undone_by']}"
    return f"{row['decision']}: {row['text']} ({row['by']}, {row['created']}{undone})"


def plain_decision(view: DecisionView) -> dict[str, Any]:
    """A decision as JSON."""
    return {
        "decision": view.row.id,
        "kind": view.row.kind,
        "text": view.text,
        "by": view.row.actor,
        "created": iso(view.row.created),
        "run": view.row.run_id,
        "reverses": view.row.reverses,
        "undone_by": view.row.undone_by,
        "people": list(view.row.identities),
    }


def plain_card(card: PersonCard) -> dict[str, Any]:
    """A person of a list as JSON."""
    person = card.summary
    return {
        "id": person.id,
        "name": person.name,
        "label": card.label,
        "state": card.state,
        "cameras": list(card.cameras),
        "sightings": person.sightings,
        "first": iso(person.first),
        "last": iso(person.last),
        "confidence": None if person.confidence is None else round(person.confidence, 4),
        "confirmed": person.confirmed,
        "version": person.version,
    }


def numbers(ids: tuple[int, ...]) -> str:
    """Ids in a sentence."""
    return ", ".join(str(each) for each in ids) or "none"
