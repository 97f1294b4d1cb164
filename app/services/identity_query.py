"""Searching by a person: by the few of the sightings that say most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from app.services.actor import Actor
from app.services.seen_people import seen_identity
from app.workspace import Workspace
from storage import placements, tracklets
from storage.records import TrackletRow

QUERIES = 6
"""Sightings of one person that are compared with everything; more add time, hardly knowledge."""


@dataclass(frozen=True, slots=True)
class OfPeople:
    """Sightings of the people asked for: those to search by, and every one of them."""

    chosen: tuple[int, ...]
    every: tuple[int, ...]


def sightings_of(actor: Actor, workspace: Workspace, identity_ids: Sequence[int]) -> OfPeople:
    """The visible sightings of people; of each person the best of every camera in turn are chosen.

    NotFound.
    """
    chosen: list[int] = []
    every: list[int] = []
    for identity in identity_ids:
        with workspace.database.read() as session:
            seen_identity(session, actor, identity)
            placed = placements.assignments_of(session, [identity])
            rows = tracklets.get_tracklets(session, [row.tracklet_id for row in placed])
        rows = [row for row in rows if actor.may_see(row.camera_id)]
        every += [row.id for row in rows]
        chosen += [row.id for row in _spread(rows)[:QUERIES]]
    return OfPeople(tuple(dict.fromkeys(chosen)), tuple(dict.fromkeys(every)))


def _spread(rows: Sequence[TrackletRow]) -> list[TrackletRow]:
    """The best of each camera, then the second best of each, and so on."""
    cameras: dict[int, list[TrackletRow]] = {}
    for row in sorted(rows, key=lambda row: (-row.quality, row.id)):
        cameras.setdefault(row.camera_id, []).append(row)
    return [row for turn in zip_longest(*cameras.values()) for row in turn if row is not None]
