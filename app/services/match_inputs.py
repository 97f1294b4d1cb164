"""What matching works on, gathered from the store: sightings, vectors, who was at two places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.boxes import as_tracklet
from app.services.match_odds import SightingVectors
from app.workspace import Workspace
from storage import embeddings, tracklets
from storage.records import TrackletRow
from tracking.association import Sightings, co_occurring

Pairs = NDArray[np.int64]
Report = Callable[[float, str], None]
"""Told the share that is done, 0–1, and what is being done. May raise to stop."""
BATCH = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """All that a run looks at, apart from what people decided.

    Args:
        sightings: n of them, by ascending id.
        vectors: row by row, zeros where a sighting has none.
        without_vectors: how many have none: they stay where they are.
        together: (r, 2) ids of certainly two people, seen at once by one camera.
        doubled: (d, 2) ids of one person boxed twice.
    """

    sightings: Sightings
    vectors: SightingVectors
    without_vectors: int
    together: Pairs
    doubled: Pairs


def gather(
    actor: Actor, workspace: Workspace, space: str, dimension: int, report: Report
) -> Gathered:
    """Read every sighting this actor may see, with its vectors in `space` and its company."""
    with workspace.database.read() as session:
        rows = tracklets.list_tracklets(session, actor.cameras)
    rows.sort(key=lambda row: row.id)
    vectors = load_vectors(workspace, space, dimension, [row.id for row in rows], report)
    together, doubled = _company(workspace, sorted({row.video_id for row in rows}), report)
    return Gathered(
        sightings=as_sightings(rows, vectors.whole),
        vectors=vectors,
        without_vectors=int((~vectors.whole.any(axis=1)).sum()),
        together=together,
        doubled=doubled,
    )


def as_sightings(
    rows: Sequence[TrackletRow], vectors: NDArray[np.float32] | None = None
) -> Sightings:
    """Stored tracklets as linking takes them; without vectors for what needs none."""
    return Sightings(
        ids=np.array([row.id for row in rows], np.int64),
        cameras=np.array([row.camera_id for row in rows], np.int32),
        videos=np.array([row.video_id for row in rows], np.int32),
        start=np.array([_seconds(row.start) for row in rows], np.float64),
        end=np.array([_seconds(row.end) for row in rows], np.float64),
        offset_start=np.array([row.offset_start for row in rows], np.float64),
        offset_end=np.array([row.offset_end for row in rows], np.float64),
        vectors=np.zeros((len(rows), 0), np.float32) if vectors is None else vectors,
        quality=np.array([row.quality for row in rows], np.float32),
        frames=np.array([row.frames for row in rows], np.int32),
    )


def load_vectors(
    workspace: Workspace,
    space: str,
    dimension: int,
    ids: Sequence[int],
    report: Report | None = None,
) -> SightingVectors:
    """The vectors of sightings, a row each in the order of `ids` (ascending)."""
    whole = np.zeros((len(ids), dimension), np.float32)
    keyframes: list[NDArray[np.float16]] = [np.zeros((0, dimension), np.float16)]
    owners: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    places = np.array(ids, np.int64)
    for begin in range(0, len(ids), BATCH):
        if report:
            report(begin / len(ids), f"{begin} of {len(ids)} sightings read")
        with workspace.database.read() as session:
            stored = embeddings.load_embeddings(session, space, ids[begin : begin + BATCH])
        at = np.searchsorted(places, stored.tracklet_ids)
        of_all = stored.modalities == "tracklet"
        whole[at[of_all]] = stored.vectors[of_all]
        keyframes.append(stored.vectors[~of_all].astype(np.float16))
        owners.append(at[~of_all])
    return SightingVectors(whole, np.concatenate(keyframes), np.concatenate(owners))


def company_of(session: Session, rows: Sequence[TrackletRow]) -> tuple[Pairs, Pairs]:
    """Which of a few sightings were seen at once by one camera: ids `together` and `doubled`."""
    together, doubled = [_none()], [_none()]
    for video in sorted({row.video_id for row in rows}):
        found = [
            as_tracklet(row.id, tracklets.load_boxes(session, row.id))
            for row in _overlapping([row for row in rows if row.video_id == video])
        ]
        ids = np.array([each.number for each in found], np.int64)
        apart, twice = co_occurring(found)
        together.append(ids[apart])
        doubled.append(ids[twice])
    return np.concatenate(together), np.concatenate(doubled)


def _overlapping(rows: Sequence[TrackletRow]) -> list[TrackletRow]:
    """Those of one video that were in view together with another of them."""
    ordered = sorted(rows, key=lambda row: (row.offset_start, row.id))
    kept: set[int] = set()
    last: TrackletRow | None = None
    for row in ordered:
        if last is not None and row.offset_start <= last.offset_end:
            kept |= {row.id, last.id}
        if last is None or row.offset_end > last.offset_end:
            last = row
    return [row for row in ordered if row.id in kept]


def _company(workspace: Workspace, video_ids: Sequence[int], report: Report) -> tuple[Pairs, Pairs]:
    together, doubled = [_none()], [_none()]
    for place, video in enumerate(video_ids):
        report(place / len(video_ids), f"who was seen at once: video {place + 1}")
        with workspace.database.read() as session:
            stored = tracklets.load_video_boxes(session, video)
        found = [as_tracklet(identifier, boxes) for identifier, boxes in stored.items()]
        ids = np.array([each.number for each in found], np.int64)
        apart, twice = co_occurring(found)
        together.append(ids[apart])
        doubled.append(ids[twice])
    return np.concatenate(together), np.concatenate(doubled)


def _none() -> Pairs:
    return np.zeros((0, 2), np.int64)


def _seconds(moment: datetime | None) -> float:
    return np.nan if moment is None else moment.timestamp()
