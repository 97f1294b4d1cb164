"""The demo scene in a store: put it in, tell what is there of it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.demo.record import FOLDER, DemoRecord, read_record, write_record
from app.demo.stored_scene import (
    GROUND_TRUTH,
    SceneBroken,
    SceneCamera,
    StoredScene,
    check_files,
    read_scene,
)
from app.demo.truth_files import rename_cameras
from app.errors import NotReady
from app.services import queue
from app.services.actor import Actor
from app.services.demo_removal import alone, checksums_of, job_of_run, take_out
from app.services.frames import people_at
from app.services.ingest import IncomingFile, Registered, register_files
from app.services.matching import start_run
from app.services.models import missing_weights
from app.workspace import Workspace
from storage import cameras, matching_runs, videos
from storage.errors import Conflict, NotFound
from storage.records import VideoRow
from tracking.geometry import iou

LEAST_OVERLAP = 0.3
"""Of a sighting's box with that of the person to begin with."""


@dataclass(frozen=True, slots=True)
class DemoInStore:
    """What is in the store of the demo.

    Args:
        available: whether a scene is there to be put in.
        cameras: names, in the order of the scene.
        videos: in the same order; empty: the demo is not in the store.
        first: a sighting of the person to begin with, once that video is analysed.
        people: how many matching made of its sightings, once it has run.
        ground_truth: where it lies.
    """

    available: bool
    cameras: tuple[str, ...] = ()
    videos: tuple[VideoRow, ...] = ()
    first: int | None = None
    people: int | None = None
    ground_truth: Path | None = None

    @property
    def installed(self) -> bool:
        """Whether any video of the demo is in the store."""
        return bool(self.videos)


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of each video, and the jobs that are to be done, in their order."""

    videos: tuple[Registered, ...]
    jobs: tuple[int, ...]


def demo_in_store(actor: Actor, workspace: Workspace) -> DemoInStore:
    """What there is of the demo in this store."""
    record = read_record(workspace.home)
    try:
        scene = read_scene()
    except SceneBroken:
        scene = None
    checksums = checksums_of(record, scene)
    with workspace.database.read() as session:
        rows = [videos.find_by_sha256(session, each) for each in sorted(checksums)]
    found = sorted(
        (row for row in rows if row is not None and actor.may_see(row.camera_id)),
        key=lambda row: row.id,
    )
    if not found:
        return DemoInStore(available=scene is not None)
    truth = workspace.home / FOLDER / GROUND_TRUTH
    return DemoInStore(
        available=scene is not None,
        cameras=tuple(dict.fromkeys(row.camera for row in found)),
        videos=tuple(found),
        first=_first_sighting(actor, workspace, record, found),
        people=_people_made(workspace, record),
        ground_truth=truth if truth.is_dir() else None,
    )


def install_demo(actor: Actor, workspace: Workspace, scene: StoredScene | None = None) -> Installed:
    """Register the scene's cameras and videos with their start times and queue the work on them.

    What is there already is left as it is, and work that was interrupted is queued again. Another
    scene that was put in before is taken out first.

    Args:
        actor: who asks.
        workspace: the store.
        scene: None: the one that the project carries.

    Raises:
        SceneBroken: the scene's files are not what they should be; nothing is stored.
        NotReady: weights are missing; nothing is stored.
    """
    scene = scene or read_scene()
    _require_weights(actor, workspace)
    check_files(scene)
    with alone(workspace):
        known = read_record(workspace.home)
        if known is not None and known.checksums != scene.checksums:
            take_out(actor, workspace, known.checksums, known)
            known = None
        record = known or DemoRecord.of_scene(scene)
        write_record(workspace.home, record)
        results = []
        for camera in scene.cameras:
            result = _register(actor, workspace, camera, record)
            results.append(result)
            # A video that somebody had added before stays with their camera, which is not ours.
            if result.video is not None and (result.state == "queued" or known is not None):
                ids = {**record.cameras, camera.name: result.video.camera_id}
                record = replace(record, cameras=ids)
                write_record(workspace.home, record)
        _copy_truth(workspace, scene, results)
        work = [result.job_id for result in results if result.job_id is not None]
        work += _queue_matching(actor, workspace, record, work)
    return Installed(tuple(results), tuple(work))


def _queue_matching(
    actor: Actor, workspace: Workspace, record: DemoRecord, before: list[int]
) -> list[int]:
    """Queue the run that links the demo's sightings, and no others, to people.

    Args:
        actor: who asks.
        workspace: the store.
        record: what is known of the demo.
        before: jobs that must have been done when it runs: those queued earlier run first.

    Returns:
        The job to be done, if any.
    """
    if not record.cameras:
        return []  # somebody had added all of its videos before, to cameras of their own
    if record.runs:
        with workspace.database.read() as session:
            job = job_of_run(session, record.runs[-1])
        if job is not None and job.state in ("queued", "running"):
            if job.id > max(before, default=0):
                return [job.id]
            queue.cancel_job(actor, workspace, job.id)
        elif job is not None and job.state == "done" and not before:
            return []
    ours = replace(actor, cameras=frozenset(record.cameras.values()))
    try:
        run, job = start_run(ours, workspace)
    except Conflict:
        return []  # one is under way; the demo can be matched on the Match page at any time
    write_record(workspace.home, replace(record, runs=(*record.runs, run.id)))
    return [job.id]


def _require_weights(actor: Actor, workspace: Workspace) -> None:
    missing = missing_weights(actor, workspace)
    if not missing:
        return
    lines = [
        f"The {each.kind} is missing. Get it with: python run_app.py models fetch {each.name}"
        if each.fetchable
        else f"The {each.kind} is missing. {each.message}"
        for each in missing
    ]
    raise NotReady(
        "The demo needs weights that are not here, so nothing was added.\n"
        + "\n".join(lines)
        + "\nWithout a network: `python run_app.py models import FILE`. Then try again."
    )


def _register(
    actor: Actor, workspace: Workspace, camera: SceneCamera, record: DemoRecord
) -> Registered:
    # The store takes over a copy: it stays whole when the program is moved or upgraded.
    copy = workspace.media.temp_path(camera.file.suffix)
    try:
        shutil.copyfile(camera.file, copy)
        incoming = IncomingFile(
            copy,
            name=camera.file.name,
            camera=_camera_name(workspace, camera, record.cameras.get(camera.name)),
            start=camera.start,
            managed=True,
        )
        (result,) = register_files(actor, workspace, [incoming])
    finally:
        copy.unlink(missing_ok=True)
    return result


def _camera_name(workspace: Workspace, camera: SceneCamera, ours: int | None) -> str:
    """Our own camera as it is called now, or a name that no other camera has."""
    with workspace.database.read() as session:
        rows = cameras.list_cameras(session, None)
    for row in rows:
        if row.id == ours:
            return row.name
    taken = {row.name for row in rows}
    names = [camera.name, f"{camera.name} (demo)"]
    names += [f"{camera.name} (demo {number})" for number in range(2, len(taken) + 2)]
    return next(name for name in names if name not in taken)


def _copy_truth(workspace: Workspace, scene: StoredScene, results: list[Registered]) -> None:
    """Lay the ground truth beside the store, its files named after the cameras as they are here."""
    target = workspace.home / FOLDER / GROUND_TRUTH
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(scene.ground_truth, target)
    names = {
        camera.name: result.video.camera
        for camera, result in zip(scene.cameras, results, strict=True)
        if result.video is not None and result.video.camera != camera.name
    }
    if names:
        rename_cameras(target, names)


def _people_made(workspace: Workspace, record: DemoRecord | None) -> int | None:
    if record is None or not record.runs:
        return None
    with workspace.database.read() as session, suppress(NotFound):
        run = matching_runs.get_run(session, record.runs[-1])
        return run.counts.get("people") if run.state == "applied" else None
    return None


def _first_sighting(
    actor: Actor, workspace: Workspace, record: DemoRecord | None, found: list[VideoRow]
) -> int | None:
    if record is None:
        return None
    first = record.first
    for row in found:
        if row.camera_id == record.cameras.get(first.camera):
            people = people_at(actor, workspace, row.id, first.time).people
            if not people:
                return None
            boxes = np.array([each.box for each in people], np.float32)
            overlaps = iou(boxes, np.array([first.box], np.float32))[:, 0]
            best = int(overlaps.argmax())
            return people[best].tracklet if overlaps[best] >= LEAST_OVERLAP else None
    return None
