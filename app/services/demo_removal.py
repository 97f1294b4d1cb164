"""Take the demo scene out of a store with everything that came of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from filelock import FileLock
from sqlalchemy.orm import Session

from app.demo.record import FOLDER, DemoRecord, read_record
from app.demo.stored_scene import SceneBroken, StoredScene, read_scene
from app.services.actor import Actor
from app.workspace import Workspace
from storage import audit, cameras, embeddings, jobs, matching_runs, removal, traces, videos
from storage.errors import NotFound
from storage.records import JobRow, Removal


def remove_demo(actor: Actor, workspace: Workspace) -> Removal:
    """Take everything out that the demo brought or that was derived from it.

    Cameras of the demo that got other videos meanwhile stay, with those videos.
    """
    with alone(workspace):
        record = read_record(workspace.home)
        try:
            scene = read_scene()
        except SceneBroken:
            scene = None
        return take_out(actor, workspace, checksums_of(record, scene), record)


def take_out(
    actor: Actor, workspace: Workspace, checksums: frozenset[str], record: DemoRecord | None
) -> Removal:
    """Remove the videos with these checksums and what the record names; see `remove_demo`."""
    with workspace.database.write() as session:
        rows = [videos.find_by_sha256(session, each) for each in sorted(checksums)]
        ids = [row.id for row in rows if row is not None]
        for identifier in ids:
            for job in jobs.list_jobs(session, video_id=identifier):
                _cancel(session, job)
        spoken = traces.traces_of(session, ids)
        runs = record.runs if record else ()
        for run in runs:
            _cancel(session, job_of_run(session, run))
        removed = removal.remove_videos(session, ids)
        ours = set(record.cameras.values()) if record else set()
        for camera in cameras.list_cameras(session, None):
            if camera.id in ours and camera.videos == 0:
                cameras.remove_camera(session, camera.id)
        traces.forget_traces(session, replace(spoken, runs=spoken.runs.union(runs)))
        if ids or ours:
            audit.record(session, actor.name, "demo.remove", "demo", {"videos": ids})
    workspace.media.delete(removed.media_keys, before=removed.began)
    _drop_from_indexes(workspace)
    shutil.rmtree(workspace.home / FOLDER, ignore_errors=True)
    return removed


def job_of_run(session: Session, run_id: int) -> JobRow | None:
    """A run's job; None when either was removed."""
    with suppress(NotFound):
        run = matching_runs.get_run(session, run_id)
        return None if run.job_id is None else jobs.get_job(session, run.job_id)
    return None


def checksums_of(record: DemoRecord | None, scene: StoredScene | None) -> frozenset[str]:
    """By which the demo's videos are known in a store."""
    return (record.checksums if record else frozenset()) | (
        scene.checksums if scene else frozenset()
    )


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Nobody else puts the demo in or takes it out meanwhile."""
    path = workspace.home / "demo.lock"
    with FileLock(path):
        yield
        path.unlink(missing_ok=True)


def _drop_from_indexes(workspace: Workspace) -> None:
    """Write index caches anew: they would keep the vectors until enough else has changed."""
    if any((workspace.home / "index").glob("*.npz")):
        with workspace.database.read() as session:
            spaces = {(each.space, each.dimension) for each in embeddings.list_embedders(session)}
        for space, dimension in sorted(spaces):
            workspace.index(space, dimension).save()


def _cancel(session: Session, job: JobRow | None) -> None:
    if job is not None and job.state in ("queued", "running"):
        jobs.request_cancel(session, job.id)
