"""`index rebuild`."""

from __future__ import annotations

import typer

from app.cli.context import print_json, state_of
from app.services.actor import OWNER
from app.services.models import rebuild_index

app = typer.Typer(help="The search index, a cache of the database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Care for the search index."""


@app.command()
def rebuild(context: typer.Context) -> None:
    """Build the index of the active model anew from the database."""
    state = state_of(context)
    name, count = rebuild_index(OWNER, state.workspace())
    result = {"model": name, "vectors": count}
    print_json(result) if state.as_json else typer.echo(
        f"The index of {name} holds {count} vectors."
    )
