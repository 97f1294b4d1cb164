"""What a search looked through, and what it could not: "not found" or just "not looked at"?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.services.actor import Actor
from app.workspace import Workspace
from reid_models.registry import LoadedModel
from storage import cameras, embeddings, tracklets, videos


@dataclass(frozen=True, slots=True)
class NotSearched:
    """A camera in which nothing could be found, and why."""

    camera: str
    reason: str


def coverage(
    actor: Actor,
    workspace: Workspace,
    model: LoadedModel,
    allowed: NDArray[np.int64],
    only: Sequence[str],
    timed: bool,
) -> tuple[int, tuple[str, ...], tuple[NotSearched, ...]]:
    """How many sightings of which cameras were compared, and which cameras had nothing.

    Args:
        allowed: ids of the tracklets that the filters let pass.
        only: names of the cameras asked for; empty: all.
        timed: whether a time filter was set.
    """
    with workspace.database.read() as session:
        known = cameras.list_cameras(session, actor.cameras)
        recorded = videos.list_videos(session, actor.cameras)
        waiting = np.array(embeddings.tracklets_without(session, model.space), np.int64)
        seen = {
            camera.name: np.intersect1d(
                tracklets.tracklet_ids(session, actor.cameras, camera_ids=[camera.id]), allowed
            )
            for camera in known
        }
    compared = {name: len(np.setdiff1d(ids, waiting)) for name, ids in seen.items()}
    missing = []
    for camera in known:
        if compared[camera.name] or (only and camera.name not in only):
            continue
        own = [video for video in recorded if video.camera_id == camera.id]
        if not own:
            reason = "no video has been added"
        elif len(seen[camera.name]):
            reason = "its sightings wait to be embedded by the active model"
        elif all(video.processed_until == 0 and video.state != "done" for video in own):
            reason = "no footage analysed yet"
        elif timed:
            reason = "nobody seen in this time, or its start time is not confirmed"
        else:
            reason = "nobody else was seen"
        missing.append(NotSearched(camera.name, reason))
    names = tuple(sorted(name for name, count in compared.items() if count))
    return sum(compared.values()), names, tuple(missing)
