"""`index rebuild`."""

from __future__ import annotations

import typer

from app.cli.context import print_json, state_of

app = typer.Typer(help="The search index, a cache of the database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Care for the search index."""


@app.command()
def rebuild(context: typer.Context) -> None:
    """Build the index of the active model anew from the database."""
    state = state_of(context)
    workspace = state.workspace()
    model = workspace.model()
    index = workspace.index(model.space, model.image.dimension)
    count = index.rebuild()
    index.save()
    result = {"model": model.card.name, "vectors": count}
    print_json(result) if state.as_json else typer.echo(
        f"The index of {model.card.name} holds {count} vectors."
    )
