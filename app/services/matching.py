"""Linking sightings into people: start a run, see what it found, apply, undo, discard it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.errors import BadRequest, NeedsLater
from app.services.actor import Actor
from app.services.conflict_view import ConflictView, as_seen
from app.services.match_apply import apply_stored
from app.services.match_changes import BY_TIME
from app.services.match_job import parameters
from app.services.match_scope import SCOPE, runs_in_force
from app.services.topology import unknown_names
from app.workspace import Workspace
from storage import (
    audit,
    conflicts,
    decisions,
    jobs,
    matching_runs,
    placements,
    tracklets,
    undo,
)
from storage.errors import Conflict
from storage.people_records import ConflictRow, MatchingRunRow
from storage.records import JobRow

MODES = ("new", "full")
SHOWN = 200
"""Changes of one kind that a run's record shows at once; exports have them all."""


def start_run(
    actor: Actor, workspace: Workspace, mode: str = "new", *, preview: bool = False
) -> tuple[MatchingRunRow, JobRow]:
    """Queue a run.

    Args:
        actor: who asks; only sightings this person may see take part.
        workspace: the store.
        mode: "new": only sightings that are with nobody yet are placed; "full": everything that no
            person placed may move.
        preview: find out, change nothing until it is applied.

    Raises:
        Conflict: another run is under way.
        reid_models.errors.ReidError: no model is ready.
    """
    if mode not in MODES:
        raise BadRequest(f"There is no way of matching called {mode!r}. Use new or full.")
    workspace.active_model_name()
    with workspace.database.write() as session:
        for other in jobs.list_jobs(session, states=("queued", "running")):
            if other.kind == "match":
                raise Conflict(
                    f"Matching is under way already (job {other.id}). Wait for it, or cancel it."
                )
        seen = None if actor.cameras is None else sorted(actor.cameras)
        params = {**parameters(workspace), SCOPE: seen}
        notes = [
            f"The configured topology names a camera {name!r} that is not in the store."
            for name in unknown_names(session, workspace.settings)
        ]
        run = matching_runs.add_run(
            session,
            mode=mode,
            preview=preview,
            actor=actor.name,
            params={**params, "notes": notes} if notes else params,
        )
        job = jobs.enqueue(session, "match", {"run": run.id, "actor": actor.name, SCOPE: seen})
        run = matching_runs.update_run(session, run.id, job_id=job.id)
        audit.record(
            session, actor.name, "match.start", f"run {run.id}", {"mode": mode, "preview": preview}
        )
        return run, job


def list_runs(actor: Actor, workspace: Workspace, limit: int = 50) -> list[MatchingRunRow]:
    """Runs, newest first."""
    with workspace.database.read() as session:
        return [_as_job_says(session, row) for row in matching_runs.list_runs(session, limit)]


def get_run(actor: Actor, workspace: Workspace, run_id: int) -> MatchingRunRow:
    """One run. NotFound."""
    with workspace.database.read() as session:
        return _as_job_says(session, matching_runs.get_run(session, run_id))


def apply_run(actor: Actor, workspace: Workspace, run_id: int) -> MatchingRunRow:
    """Apply a previewed run. Conflict when people were changed since, or it is no preview."""
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        run = matching_runs.get_run(session, run_id)
        if run.state != "preview":
            raise Conflict(f"Run {run_id} is {run.state}: only a preview can be applied.")
        apply_stored(session, actor, run_id)
        return matching_runs.get_run(session, run_id)


def undo_run(
    actor: Actor, workspace: Workspace, run_id: int, *, with_later: bool = False
) -> MatchingRunRow:
    """Take back everything that a run changed.

    Args:
        with_later: together with later decisions that build on it.

    Raises:
        NeedsLater: there are such, and `with_later` is False.
        Conflict: it changed nobody, was not applied, or is undone already.
    """
    with workspace.database.write() as session:
        decisions.one_at_a_time(session)
        run = matching_runs.get_run(session, run_id)
        if run.decision_id is None:
            why = "changed nobody" if run.state == "applied" else f"is {run.state}"
            raise Conflict(f"Run {run_id} {why}: there is nothing to undo.")
        later = undo.in_the_way(session, run.decision_id)
        if later and not with_later:
            raise NeedsLater(
                f"{len(later)} later change{'s build' if len(later) > 1 else ' builds'} on run "
                f"{run_id}. Undo them together with it, or none.",
                later,
            )
        undo.undo(session, run.decision_id, actor.name, with_later=with_later)
        audit.record(session, actor.name, "match.undo", f"run {run_id}", {"later": len(later)})
        return matching_runs.get_run(session, run_id)


def discard_run(actor: Actor, workspace: Workspace, run_id: int) -> MatchingRunRow:
    """Put a previewed run away without applying it. Conflict when it is no preview."""
    with workspace.database.write() as session:
        run = matching_runs.get_run(session, run_id)
        if run.state != "preview":
            raise Conflict(f"Run {run_id} is {run.state}: only a preview can be discarded.")
        audit.record(session, actor.name, "match.discard", f"run {run_id}", {})
        return matching_runs.update_run(session, run_id, state="discarded")


def shown_changes(
    actor: Actor, workspace: Workspace, run: MatchingRunRow, limit: int | None = SHOWN
) -> dict[str, Any]:
    """What a run changed, with camera names; at most `limit` of each kind, and totals of all."""
    kinds = ("new", "merged", "split", "changed")
    every = {kind: list(run.changes.get(kind, [])) for kind in kinds}
    kept = {kind: found[:limit] for kind, found in every.items()}
    named = [each for change in kept["new"] for each in change["sightings"]]
    named += [each for change in kept["changed"] for each in change["added"] + change["removed"]]
    with workspace.database.read() as session:
        rows = tracklets.get_tracklets(session, sorted(set(named)))
    seen = {row.id: row.camera for row in rows if actor.may_see(row.camera_id)}

    def shown(ids: Iterable[int]) -> list[int]:
        return [each for each in ids if each in seen]

    kept["new"] = [
        {
            "person": change["person"],
            "sightings": shown(change["sightings"]),
            "cameras": sorted({seen[each] for each in shown(change["sightings"])}),
        }
        for change in kept["new"]
    ]
    kept["changed"] = [
        {**change, "added": shown(change["added"]), "removed": shown(change["removed"])}
        for change in kept["changed"]
    ]
    return {
        **kept,
        "kept": int(run.changes.get("kept", 0)),
        "totals": {kind: len(found) for kind, found in every.items()},
    }


def list_conflicts(
    actor: Actor, workspace: Workspace, person: int | None = None
) -> list[ConflictView]:
    """Contradictions that stand, then pairs that time decided, of all or about one person."""
    with workspace.database.read() as session:
        found = conflicts_in_force(session)
        if person is not None:
            own = {row.tracklet_id for row in placements.assignments_of(session, [person])}
            found = [row for row in found if own & {*row.tracklets}]
        return as_seen(session, actor, found)


def conflicts_in_force(session: Session) -> list[ConflictRow]:
    """Contradictions as the runs in force found them, then pairs that time decided in any run.

    Left out is what hangs on a decision that is undone by now.
    """
    gone = decisions.undone(session)
    runs = [run.id for run in runs_in_force(session)]
    applied = {run_id for run_id, _ in matching_runs.list_applied(session)}
    every = conflicts.list_conflicts(session, resolved=True)
    latest = [
        row
        for row in every
        if row.kind != BY_TIME
        and row.run_id in runs
        and gone.keys().isdisjoint([row.details.get("after"), *row.details.get("decisions", ())])
    ]
    every = [row for row in every if row.run_id in applied]
    by_time = {row.tracklets: row for row in reversed(every) if row.kind == BY_TIME}
    placed = placements.current_assignments(session, {each for key in by_time for each in key})
    whom = {each: row.identity_id for each, row in placed.items() if row.identity_id is not None}
    for one, other in list(by_time):
        if one in whom and whom[one] == whom.get(other):  # a person decided otherwise since
            del by_time[one, other]
    return latest + sorted(by_time.values(), key=lambda row: -row.details["probability"])


def _as_job_says(session: Session, run: MatchingRunRow) -> MatchingRunRow:
    """A run whose job ended before it could say so itself: cancelled in the queue, or lost."""
    if run.state not in ("queued", "running") or run.job_id is None:
        return run
    job = jobs.get_job(session, run.job_id)
    if job.state == "cancelled":
        return replace(run, state="failed", error="Cancelled; nobody was changed.")
    if job.state == "failed":
        return replace(run, state="failed", error=job.error)
    return run
