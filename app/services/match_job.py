"""The match job: gather, link, propose; nothing changes before one transaction at the end."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import BadRequest, describe
from app.jobs.progress import JobCancelled, JobInterrupted, Progress
from app.services.actor import Actor
from app.services.code_version import code_version
from app.services.embedding import register_space
from app.services.match_apply import store_result
from app.services.match_changes import counted, identities_after
from app.services.match_constraints import Decided, read_decided
from app.services.match_inputs import Gathered, gather
from app.services.match_odds import appearance_odds
from app.services.match_scope import SCOPE
from app.services.topology import known_topology
from app.workspace import Workspace
from reid_models.registry import LoadedModel
from storage import matching_runs
from storage.errors import Conflict
from storage.people_records import MatchingRunRow
from storage.records import JobRow
from tracking.association import Linking, LinkSettings, Proposal, link, reconcile

log = logging.getLogger(__name__)

TRIES = 3
"""So often a run starts again when people are edited while it runs; the reading is not repeated."""
_READ, _LINKED = 0.3, 0.95  # share of the work that is done by then


def match_people(workspace: Workspace, job: JobRow, progress: Progress) -> None:
    """Run the match job. Stopped or failed at any moment, it has changed nobody."""
    run_id = int(job.params["run"])
    cameras = job.params.get(SCOPE)
    actor = Actor(str(job.params["actor"]), None if cameras is None else frozenset(cameras))
    with workspace.database.read() as session:
        run = matching_runs.get_run(session, run_id)
    if run.state not in ("queued", "running", "failed"):
        return  # an earlier attempt ended after its transaction
    try:
        _match(actor, workspace, run, progress)
    except JobInterrupted:
        raise
    except JobCancelled:
        _close(workspace, run_id, "Cancelled; nobody was changed.")
        raise
    except Exception as error:
        _close(workspace, run_id, describe(error).message)
        raise


def _match(actor: Actor, workspace: Workspace, run: MatchingRunRow, progress: Progress) -> None:
    progress.step(0.0, "loading the model")
    model = workspace.model()
    with workspace.database.write() as session:
        register_space(session, model)
    found = gather(
        actor,
        workspace,
        model.space,
        model.image.dimension,
        lambda share, message: progress.step(_READ * share, message),
    )
    _check(found, model)
    for attempt in range(TRIES):
        try:
            return _link_and_store(actor, workspace, run, model, found, progress)
        except Conflict as error:
            if attempt + 1 == TRIES:
                raise
            log.info("run %d: %s Linking again.", run.id, error)


def _check(found: Gathered, model: LoadedModel) -> None:
    if not len(found.sightings):
        raise BadRequest(
            "There is nothing to match: nobody has been seen yet. Add videos on Library, or with "
            "`ingest`, and match again when they are analysed."
        )
    if found.without_vectors == len(found.sightings):
        raise BadRequest(
            f"None of the {found.without_vectors} sightings has been embedded by "
            f"{model.card.name} yet. Run `embed`, then match again."
        )


def _link_and_store(
    actor: Actor,
    workspace: Workspace,
    run: MatchingRunRow,
    model: LoadedModel,
    found: Gathered,
    progress: Progress,
) -> None:
    with workspace.database.write() as session:
        matching_runs.start_run(
            session,
            run.id,
            code_version=code_version(),
            model=model.card.name,
            space=model.space,
        )
    with workspace.database.read() as session:
        decided = read_decided(session, found.together, found.doubled, keep=run.mode == "new")
        topology = known_topology(session, workspace.settings)
    part = ~np.isin(found.sightings.ids, decided.set_aside)
    sightings = found.sightings.take(part)
    seed = workspace.settings.matching.seed
    strangers = np.searchsorted(found.sightings.ids, found.together)
    every = appearance_odds(found.vectors, model.calibration, strangers, seed)
    rows = np.flatnonzero(part)
    linking = link(
        sightings,
        lambda left, right: every(rows[left], rows[right]),
        decided.constraints,
        topology,
        LinkSettings(),
        seed,
        lambda share, message: progress.step(_READ + (_LINKED - _READ) * share, message),
    )
    proposal = _propose(linking, sightings.vectors, decided)
    after = identities_after(proposal, sightings.ids, decided.current)
    counts = counted(
        linking,
        after,
        len(np.unique(sightings.cameras)),
        found.without_vectors,
        int((~part).sum()),
    )
    progress.step(_LINKED, "writing down who is who")
    progress.check()
    store_result(actor, workspace, run, sightings, linking, proposal, decided, topology, counts)
    with suppress(JobCancelled, JobInterrupted):  # too late: what is written holds
        progress.step(1.0, summary(counts, proposal))


def _propose(linking: Linking, vectors: NDArray[np.float32], decided: Decided) -> Proposal:
    """The smallest change to what is there; sightings that cannot be judged stay where they are."""
    judged = vectors.any(axis=1) | (linking.labels >= 0)
    return reconcile(
        linking.ids[judged],
        linking.labels[judged],
        decided.current,
        decided.pinned,
        decided.barred,
        linking.held[judged],
    )


def summary(counts: dict[str, int], proposal: Proposal) -> str:
    """How a run ended, in a line."""
    if not proposal.moved.any():
        return f"nothing changed: {counts['people']} people in {counts['sightings']} sightings"
    return (
        f"{counts['people']} people in {counts['assigned']} of {counts['sightings']} sightings, "
        f"{len(proposal.new)} of them new"
    )


def parameters(workspace: Workspace) -> dict[str, Any]:
    """What a run is made with, as its record keeps it."""
    return {**asdict(LinkSettings()), **workspace.settings.matching.model_dump(by_alias=True)}


def _close(workspace: Workspace, run_id: int, error: str) -> None:
    with workspace.database.write() as session:
        matching_runs.update_run(session, run_id, state="failed", error=error)
