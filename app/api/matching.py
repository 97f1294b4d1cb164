"""Routes: matching runs and what contradicts what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from app.api.deps import ActorDep, Site, SiteDep
from app.api.shapes import JobOut, Shape, Time
from app.services import match_export, matching
from app.services.actor import Actor
from app.services.conflict_view import ConflictView
from storage.people_records import MatchingRunRow
from storage.records import TrackletRow

router = APIRouter(tags=["matching"])


class RunIn(BaseModel):
    """How to match: "new" places what is with nobody yet, "full" may move what no person placed."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"mode": "new", "preview": False}]}
    )
    mode: Literal["new", "full"] = "new"
    preview: bool = False


class UndoIn(BaseModel):
    """Whether later decisions that build on it are undone too."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"with_later": False}]}
    )
    with_later: bool = False


class RunOut(Shape):
    """A run: its record, and what it changed or would change."""

    id: int
    mode: str
    state: str
    created: Time
    finished: Time
    seconds: float | None
    actor: str
    model: str
    code_version: str
    parameters: dict[str, Any]
    counts: dict[str, int]
    changes: dict[str, Any]
    job: int | None
    error: str | None
    decision: int | None


class StartedOut(Shape):
    """A queued run and the job that does it."""

    run: RunOut
    job: JobOut


class PlaceOut(Shape):
    """Where and when a sighting was; `start` is null while the video's start is not certain."""

    tracklet: int
    camera: str
    video: str
    start: Time
    end: Time
    offset_start: float
    offset_end: float

    @classmethod
    def from_row(cls, row: TrackletRow) -> PlaceOut:
        """From a stored sighting."""
        return cls(
            tracklet=row.id,
            camera=row.camera,
            video=row.video,
            start=row.start,
            end=row.end,
            offset_start=row.offset_start,
            offset_end=row.offset_end,
        )


class ConflictOut(Shape):
    """A contradiction between decisions and rules, or what time decided; `text` speaks of UTC."""

    kind: str
    rule: str
    text: str
    sightings: tuple[PlaceOut, ...]
    tracklets: tuple[int, ...]
    people: tuple[int, ...]
    created: Time

    @classmethod
    def from_view(cls, view: ConflictView) -> ConflictOut:
        """From the matching service."""
        return cls(
            kind=view.row.kind,
            rule=view.rule,
            text=view.text,
            sightings=tuple(PlaceOut.from_row(each) for each in view.sightings),
            tracklets=view.row.tracklets,
            people=view.row.identities,
            created=view.row.created,
        )


@router.post("/matching/runs", status_code=202)
def start_run(body: RunIn, site: SiteDep, actor: ActorDep) -> StartedOut:
    """Queue a run; 409 while another one is under way."""
    run, job = matching.start_run(actor, site.workspace, body.mode, preview=body.preview)
    return StartedOut(run=_out(run, site, actor), job=JobOut.from_row(job))


@router.get("/matching/runs")
def list_runs(
    site: SiteDep, actor: ActorDep, limit: Annotated[int, Query(ge=1, le=500)] = 20
) -> dict[str, list[RunOut]]:
    """Runs, newest first."""
    rows = matching.list_runs(actor, site.workspace, limit)
    return {"runs": [_out(row, site, actor) for row in rows]}


@router.get("/matching/runs/{run_id}")
def get_run(run_id: int, site: SiteDep, actor: ActorDep) -> RunOut:
    """One run; at most 200 changes of each kind, `changes.totals` counts all."""
    return _out(matching.get_run(actor, site.workspace, run_id), site, actor)


@router.post("/matching/runs/{run_id}/apply")
def apply_run(run_id: int, site: SiteDep, actor: ActorDep) -> RunOut:
    """Apply a preview; 409 when people were changed since."""
    return _out(matching.apply_run(actor, site.workspace, run_id), site, actor)


@router.post("/matching/runs/{run_id}/undo")
def undo_run(run_id: int, body: UndoIn, site: SiteDep, actor: ActorDep) -> RunOut:
    """Take back what a run changed; 409 "needs_later" when later decisions build on it."""
    run = matching.undo_run(actor, site.workspace, run_id, with_later=body.with_later)
    return _out(run, site, actor)


@router.post("/matching/runs/{run_id}/discard")
def discard_run(run_id: int, site: SiteDep, actor: ActorDep) -> RunOut:
    """Put a preview away."""
    return _out(matching.discard_run(actor, site.workspace, run_id), site, actor)


@router.get("/matching/runs/{run_id}/export", response_class=Response)
def export_run(
    run_id: int,
    site: SiteDep,
    actor: ActorDep,
    kind: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """A run's record with every change, as a file."""
    content = match_export.export_run(actor, site.workspace, run_id, kind)
    name = {"Content-Disposition": f'attachment; filename="matching-run-{run_id}.{kind}"'}
    media = "application/json" if kind == "json" else "text/csv; charset=utf-8"
    return Response(content.encode(), media_type=media, headers=name)


@router.get("/matching/conflicts")
def list_conflicts(site: SiteDep, actor: ActorDep) -> dict[str, list[ConflictOut]]:
    """Contradictions, then pairs that "not in two places at once" kept apart."""
    found = matching.list_conflicts(actor, site.workspace)
    return {"conflicts": [ConflictOut.from_view(each) for each in found]}


def _out(run: MatchingRunRow, site: Site, actor: Actor) -> RunOut:
    return RunOut(
        id=run.id,
        mode=run.mode,
        state=run.state,
        created=run.created,
        finished=run.finished,
        seconds=match_export.seconds_of(run),
        actor=run.actor,
        model=run.model,
        code_version=run.code_version,
        parameters=dict(run.params),
        counts=dict(run.counts),
        changes=matching.shown_changes(actor, site.workspace, run),
        job=run.job_id,
        error=run.error,
        decision=run.decision_id,
    )
