"""`embed`, and waiting for an embedding job."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.context import State, print_json, state_of
from app.cli.follow import work_or_follow
from app.errors import BadRequest
from app.services import queue
from app.services.actor import OWNER
from app.services.embedding import queue_embedding
from app.workspace import Workspace


def embed(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(help="Default: the active one.")] = None,
) -> None:
    """Embed every sighting that a model has not seen yet; search goes on with the active one."""
    state = state_of(context)
    workspace = state.workspace()
    loaded = workspace.model(model)
    job = queue_embedding(OWNER, workspace, loaded.card.name)
    embed_now(workspace, state, job.id, "Run `embed` to go on.")
    print_json({"model": loaded.card.name}) if state.as_json else typer.echo(
        f"Every sighting is embedded by {loaded.card.name}."
    )


def embed_now(workspace: Workspace, state: State, job: int, again: str) -> None:
    """Wait for an embedding job; `again` says how to go on with one that did not end well."""
    work_or_follow(workspace, state, [job])
    ended = queue.get_job(OWNER, workspace, job)
    if ended.state != "done":
        raise BadRequest(ended.error or f"Embedding was {ended.state}. {again}")
