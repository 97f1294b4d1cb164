"""A proposed split of a person in two, for somebody to correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.impossible import broken_rules
from app.services.seen_people import seen_identity
from app.workspace import Workspace
from storage import embeddings, judgements, placements, tracklets
from storage.records import TrackletRow

ROUNDS = 20
FORBIDDEN = 10.0
"""What a pair that cannot be one person costs, in units of similarity (at most 2)."""


@dataclass(frozen=True, slots=True)
class SplitProposal:
    """Sightings that stay and those that go, ids in time order, and why."""

    stay: tuple[int, ...]
    go: tuple[int, ...]
    reason: str


def propose_split(actor: Actor, workspace: Workspace, identity: int) -> SplitProposal:
    """Part a person's sightings in two by how alike they look and by what cannot be.

    Pairs that somebody called different, or that were seen at once, are kept apart; pairs called
    the same are kept together. The larger part stays. NotFound.
    """
    with workspace.database.read() as session:
        seen_identity(session, actor, identity)
        ids = [row.tracklet_id for row in placements.assignments_of(session, [identity])]
        rows = [
            row for row in tracklets.get_tracklets(session, ids) if actor.may_see(row.camera_id)
        ]
        rows.sort(key=lambda row: (row.start is None, row.start or row.video, row.offset_start))
        ids = [row.id for row in rows]
        if len(ids) < 2:
            return SplitProposal(tuple(ids), (), "There is only one sighting.")
        alike = _similarity(session, workspace.model_name_or_none(), ids)
        apart = [(each.a, each.b) for each in broken_rules(session, workspace.settings, rows)]
        said = judgements.list_judgements(session, ids)
    same = [(w.query_tracklet, w.tracklet) for w in said if w.verdict == "same"]
    different = [(w.query_tracklet, w.tracklet) for w in said if w.verdict == "different"]
    reason = _reason(rows, apart, different, alike is not None)
    if alike is None:
        alike = np.zeros((len(ids), len(ids)))
        if not apart and not different:
            return SplitProposal(tuple(ids), (), reason)
    for pairs, worth in ((same, FORBIDDEN), (apart, -FORBIDDEN), (different, -2 * FORBIDDEN)):
        for one, other in pairs:
            if one in ids and other in ids:
                alike[ids.index(one), ids.index(other)] = worth
                alike[ids.index(other), ids.index(one)] = worth
    goes = two_parts(alike)
    return SplitProposal(
        tuple(each for each, leaves in zip(ids, goes, strict=True) if not leaves),
        tuple(each for each, leaves in zip(ids, goes, strict=True) if leaves),
        reason,
    )


def two_parts(alike: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Part n ≥ 2 things in two by mean similarity, and return which are in the smaller part.

    Starts from the least similar pair and moves one thing after another to the part it is more
    like, until nothing moves.

    Args:
        alike: (n, n) symmetric; large negative values keep pairs apart, large positive together.
    """
    count = len(alike)
    alike = alike.copy()
    np.fill_diagonal(alike, np.inf)
    first, second = divmod(int(np.argmin(alike)), count)
    np.fill_diagonal(alike, 0.0)
    goes = alike[second] > alike[first]
    goes[first], goes[second] = False, True
    for _ in range(ROUNDS):
        moved = False
        for each in range(count):
            if each in (first, second):
                continue
            to = alike[each] @ goes / max(1, int(goes.sum() - goes[each]))
            stay = alike[each] @ ~goes / max(1, int((~goes).sum() - (not goes[each])))
            if (to > stay) != goes[each] and to != stay:
                goes[each] = to > stay
                moved = True
        if not moved:
            break
    return ~goes if goes.sum() * 2 > count else goes


def _similarity(
    session: Session, model: str | None, ids: Sequence[int]
) -> NDArray[np.float64] | None:
    """Cosine of the tracklet vectors of the active model, (n, n); None where one has none."""
    spaces = [row.space for row in embeddings.list_embedders(session) if row.name == model]
    if not spaces:
        return None
    stored = embeddings.load_embeddings(session, spaces[-1], ids)
    whole = stored.modalities == "tracklet"
    vectors = dict(zip(stored.tracklet_ids[whole].tolist(), stored.vectors[whole], strict=True))
    if any(each not in vectors for each in ids):
        return None
    rows = np.stack([vectors[each] for each in ids]).astype(np.float64)
    alike: NDArray[np.float64] = rows @ rows.T
    return alike


def _reason(
    rows: Sequence[TrackletRow],
    apart: Sequence[tuple[int, int]],
    different: Sequence[tuple[int, int]],
    compared: bool,
) -> str:
    known = {row.id: row for row in rows}
    if different:
        one, other = different[0]
        return f"Somebody said that sightings {one} and {other} are different people."
    if apart:
        pair = [known[each] for each in apart[0]]
        cameras = [row.camera for row in pair]
        if pair[0].video_id == pair[1].video_id:
            return f"One person cannot be seen twice at one moment, as here in {cameras[0]}."
        return f"One person cannot have been in {cameras[0]} and in {cameras[1]} at these times."
    if compared:
        return "These two groups look less like each other than within themselves."
    return "The active model has not seen these sightings: choose those that go."
