"""A run's record as a file: parameters, versions, counts and every change."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.matching import get_run, shown_changes
from app.times import iso
from app.workspace import Workspace
from storage import matching_runs, tracklets
from storage.people_records import MatchingRunRow, RunProposal
from storage.records import TrackletRow

FORMATS = ("json", "csv")
CSV_COLUMNS = (
    "run",
    "sighting",
    "person",
    "probability",
    "camera",
    "video",
    "start",
    "end",
    "offset_start",
    "offset_end",
)


def export_run(actor: Actor, workspace: Workspace, run_id: int, kind: str) -> str:
    """A run as text.

    Args:
        actor: who asks; sightings of hidden cameras are left out.
        workspace: the store.
        run_id: which.
        kind: "json": the whole record; "csv": a line for each sighting that it moved, with the
            person ("" for nobody, "new 3" for one who was not made yet).
    """
    if kind not in FORMATS:
        raise BadRequest(f"There is no export format {kind!r}. Use one of {', '.join(FORMATS)}.")
    run = get_run(actor, workspace, run_id)
    if kind == "json":
        return json.dumps(as_plain(actor, workspace, run), ensure_ascii=False, indent=2)
    with workspace.database.read() as session:
        moves = matching_runs.load_proposal(session, run_id)
        rows = tracklets.get_tracklets(session, moves.tracklet_ids.tolist())
    seen = {row.id: row for row in rows if actor.may_see(row.camera_id)}
    return _table(run, moves, seen)


def as_plain(
    actor: Actor, workspace: Workspace, run: MatchingRunRow, limit: int | None = None
) -> dict[str, Any]:
    """A run as JSON values, with at most `limit` changes of each kind (None: all)."""
    return {
        "id": run.id,
        "mode": run.mode,
        "state": run.state,
        "created": iso(run.created),
        "finished": iso(run.finished),
        "seconds": seconds_of(run),
        "actor": run.actor,
        "model": run.model,
        "space": run.space,
        "code_version": run.code_version,
        "parameters": dict(run.params),
        "counts": dict(run.counts),
        "changes": shown_changes(actor, workspace, run, limit),
        "job": run.job_id,
        "error": run.error,
        "decision": run.decision_id,
    }


def seconds_of(run: MatchingRunRow) -> float | None:
    """How long a run took; None while it has not ended."""
    if run.started is None or run.finished is None:
        return None
    return round((run.finished - run.started).total_seconds(), 2)


def _table(run: MatchingRunRow, moves: RunProposal, seen: Mapping[int, TrackletRow]) -> str:
    made = {each["key"]: each["person"] for each in run.changes.get("new", [])}
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(CSV_COLUMNS)
    for tracklet, identity, chance in zip(*(part.tolist() for part in moves), strict=True):
        row = seen.get(tracklet)
        if row is None:
            continue
        person = identity if identity > 0 else made.get(identity)
        writer.writerow(
            [
                run.id,
                tracklet,
                person or (f"new {-identity}" if identity < 0 else ""),
                round(chance, 4),
                row.camera,
                row.video,
                iso(row.start) or "",
                iso(row.end) or "",
                round(row.offset_start, 3),
                round(row.offset_end, 3),
            ]
        )
    return buffer.getvalue()
