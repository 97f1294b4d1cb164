"""Whom sightings really show, where that is known: by a person's word, or by labelled truth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from sqlalchemy.orm import Session

from app.services.actor import Actor
from app.services.boxes import longest_gap
from app.services.demo import demo_in_store
from app.services.evaluation import labelled_sightings
from app.workspace import Workspace
from storage import judgements, placements
from tracking.evaluation import Truth, answers_at
from tracking.geometry import iou
from tracking.values import Tracklet

COVERS = 0.5
"""Least overlap (IoU) of a sighting's box with a labelled one that it stands for."""
Source = Literal["hand", "truth"]


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """Sighting → a number for whom it shows, of those that are known; and who says so.

    `source` is "hand" (confirmed by people), "truth" (labels) or None (nothing is known).
    """

    of: dict[int, int]
    source: Source | None


def known_people(actor: Actor, workspace: Workspace, truth: Path | None = None) -> KnownPeople:
    """What is known of who is who, never what a run only supposes.

    Args:
        actor: who asks.
        workspace: the store.
        truth: a folder of MOT truth files with ids shared by all cameras. None: what people
            confirmed, if they did, else the truth of the demo scene, if that is in the store.

    Raises:
        tracking.errors.EvaluationError, NotFound: as `evaluate_people` for a folder that is named.
    """
    if truth is None:
        with workspace.database.read() as session:
            said = confirmed(session)
        demo = demo_in_store(actor, workspace)
        if said or not demo.installed or demo.ground_truth is None:
            return KnownPeople(said, "hand" if said else None)
        truth = demo.ground_truth
    found: dict[int, int] = {}
    gap = longest_gap(workspace.settings)
    for labels, seen in labelled_sightings(actor, workspace, truth).values():
        found |= shown_by(labels, seen, gap)
    return KnownPeople(found, "truth")


def confirmed(session: Session) -> dict[int, int]:
    """Sightings that a person placed with somebody, or said to show the same person as another."""
    placed = placements.current_placements(session)
    sure = placed.by_person & (placed.identity_ids != placements.NOBODY) & ~placed.set_aside
    people = placed.identity_ids[sure].tolist()
    groups: dict[int, set[int]] = {}
    for sighting, person in zip(placed.tracklet_ids[sure].tolist(), people, strict=True):
        groups.setdefault(person, set()).add(sighting)
    pairs = [
        {row.query_tracklet, row.tracklet}
        for row in judgements.list_judgements(session)
        if row.verdict == "same"
    ]
    joined = _joined([*groups.values(), *pairs])
    return {sighting: number for number, group in enumerate(joined) for sighting in group}


def shown_by(labels: Truth, seen: Collection[Tracklet], max_gap: float) -> dict[int, int]:
    """Sighting → the labelled person whom most of its boxes cover, of those with one."""
    answers = answers_at(list(seen), labels.labelled, max_gap)
    votes: dict[int, list[int]] = {}
    for frame in np.unique(answers.frames):
        here, there = answers.frames == frame, (labels.frames == frame) & labels.counts
        if not there.any():
            continue
        overlap = iou(answers.boxes[here], labels.boxes[there])
        best = overlap.argmax(axis=1)
        people = np.where(overlap.max(axis=1) >= COVERS, labels.ids[there][best], -1)
        for sighting, person in zip(answers.ids[here].tolist(), people.tolist(), strict=True):
            votes.setdefault(sighting, []).append(person)
    found = {}
    for sighting, cast in votes.items():
        person, count = max(((each, cast.count(each)) for each in set(cast)), key=lambda e: e[1])
        if person >= 0 and 2 * count > len(cast):
            found[sighting] = person
    return found


def _joined(groups: list[set[int]]) -> list[set[int]]:
    """Groups that share a member become one."""
    apart: list[set[int]] = []
    for group in groups:
        touching = [each for each in apart if each & group]
        apart = [each for each in apart if not each & group]
        apart.append(group.union(*touching))
    return apart
