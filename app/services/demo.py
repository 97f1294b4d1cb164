"""The demo scene in a store: put in, tell of it, take out again without a trace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock

from app.demo.record import FOLDER, DemoRecord, read_record, write_record
from app.demo.stored_scene import (
    GROUND_TRUTH,
    SceneBroken,
    SceneCamera,
    StoredScene,
    check_files,
    read_scene,
)
from app.errors import NotReady
from app.services.actor import Actor
from app.services.frames import people_at
from app.services.ingest import IncomingFile, Registered, register_files
from app.services.models import missing_weights
from app.workspace import Workspace
from storage import audit, cameras, jobs, removal, videos
from storage.records import Removal, VideoRow
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
        ground_truth: where it lies.
    """

    available: bool
    cameras: tuple[str, ...] = ()
    videos: tuple[VideoRow, ...] = ()
    first: int | None = None
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
    checksums = _checksums(record, scene)
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
    with _alone(workspace):
        known = read_record(workspace.home)
        if known is not None and known.checksums != scene.checksums:
            _remove(actor, workspace, known.checksums, known)
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
    if work:
        work += _queue_matching(actor, workspace)
    return Installed(tuple(results), tuple(work))


def remove_demo(actor: Actor, workspace: Workspace) -> Removal:
    """Take everything out that the demo brought or that was derived from it.

    Cameras of the demo that got other videos meanwhile stay, with those videos.
    """
    with _alone(workspace):
        record = read_record(workspace.home)
        try:
            scene = read_scene()
        except SceneBroken:
            scene = None
        return _remove(actor, workspace, _checksums(record, scene), record)


def _queue_matching(_actor: Actor, _workspace: Workspace) -> list[int]:
    """Queue what links the demo's sightings to people; returns the jobs."""
    return []


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
    for camera, result in zip(scene.cameras, results, strict=True):
        name = result.video.camera if result.video is not None else camera.name
        if name != camera.name and (target / f"{camera.name}.txt").is_file():
            (target / f"{camera.name}.txt").replace(target / f"{name}.txt")


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


def _remove(
    actor: Actor, workspace: Workspace, checksums: frozenset[str], record: DemoRecord | None
) -> Removal:
    with workspace.database.write() as session:
        rows = [videos.find_by_sha256(session, each) for each in sorted(checksums)]
        ids = [row.id for row in rows if row is not None]
        for identifier in ids:
            for job in jobs.list_jobs(session, states=("queued", "running"), video_id=identifier):
                jobs.request_cancel(session, job.id)
        removed = removal.remove_videos(session, ids)
        ours = set(record.cameras.values()) if record else set()
        for camera in cameras.list_cameras(session, None):
            if camera.id in ours and camera.videos == 0:
                cameras.remove_camera(session, camera.id)
        if ids or ours:
            audit.record(session, actor.name, "demo.remove", "demo", {"videos": ids})
    workspace.media.delete(removed.media_keys, before=removed.began)
    shutil.rmtree(workspace.home / FOLDER, ignore_errors=True)
    return removed


def _checksums(record: DemoRecord | None, scene: StoredScene | None) -> frozenset[str]:
    return (record.checksums if record else frozenset()) | (
        scene.checksums if scene else frozenset()
    )


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Nobody else puts the demo in or takes it out meanwhile."""
    path = workspace.home / "demo.lock"
    with FileLock(path):
        yield
        path.unlink(missing_ok=True)
