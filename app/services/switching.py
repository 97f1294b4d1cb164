"""Changing the model that search uses: the archive is embedded first, and only then is it changed.

Until every sighting has vectors of the new model, search, matching and new recordings go on with
the old one. Cancelling keeps the old one, and keeps the vectors made so far for the next try.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from app.errors import BadRequest
from app.jobs.progress import Progress
from app.services.actor import Actor
from app.services.embedding import SWITCH, embed_archive, queue_embedding, register_space
from app.settings import remember
from app.workspace import Workspace
from storage import audit, embeddings, jobs
from storage.errors import Conflict
from storage.records import JobRow


@dataclass(frozen=True, slots=True)
class Switch:
    """What became of a wish for another model.

    Args:
        active: the model that search uses now; None: none is ready.
        job: embeds what the new model has not seen, then makes it the active one; None: it is.
    """

    active: str | None
    job: JobRow | None


def use_model(actor: Actor, workspace: Workspace, name: str) -> Switch:
    """Make a model the active one: at once if it has seen everything, else by a job.

    The last wish counts: other changes that are under way are cancelled, so that naming the
    active model keeps it.

    Raises:
        reid_models.errors.ReidError: there is no such model, or it cannot be loaded.
        BadRequest: a setting that wins over the store's own names another model.
    """
    model = workspace.model(name)
    with workspace.database.write() as session:
        register_space(session, model)
        for job in pending_switches(jobs.list_jobs(session, states=("queued", "running"))):
            if job.params["model"] != name:
                with suppress(Conflict):  # it ended just now
                    jobs.request_cancel(session, job.id)
    with workspace.database.read() as session:
        waiting = embeddings.count_without(session, model.space)
        # A recording that is being looked through gets vectors of the old model to its end.
        busy = any(job.kind == "ingest" for job in jobs.list_jobs(session, states=("running",)))
    if waiting or (busy and workspace.model_name_or_none() != name):
        return Switch(workspace.model_name_or_none(), queue_embedding(actor, workspace, name, True))
    _activate(actor.name, workspace, name)
    return Switch(name, None)


def catch_up(actor: Actor, workspace: Workspace, used: str) -> JobRow | None:
    """Queue what a recording still needs whose model, `used`, was replaced while it was read."""
    active = workspace.model_name_or_none()
    if active is None or active == used:
        return None
    return queue_embedding(actor, workspace, active)


def pending_switches(rows: list[JobRow]) -> list[JobRow]:
    """Those jobs, of ones that wait or run, that will change the active model when they end."""
    return [row for row in rows if row.kind == "embed" and row.params.get(SWITCH)]


def embed_and_switch(workspace: Workspace, job: JobRow, progress: Progress) -> None:
    """The embed job: all that the model has not seen, then, if that was asked for, the change."""
    embed_archive(workspace, job, progress)
    if job.params.get(SWITCH):
        progress.check()
        _activate(str(job.params["actor"]), workspace, str(job.params["model"]))


def _activate(actor: str, workspace: Workspace, name: str) -> None:
    remember(workspace.home, "models.active", name)
    with workspace.database.write() as session:
        audit.record(session, actor, "model.use", f"model {name}", {})
    winner = workspace.model_name_or_none()
    if winner != name:
        raise BadRequest(
            f"The store's config.yaml names {name} now, but --set, --config or "
            f"RETRACE_MODELS__ACTIVE says {winner} and wins. Take that away and start again."
        )
