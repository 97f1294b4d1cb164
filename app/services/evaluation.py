"""How good are the stored tracks and people? Labelled truth against what is in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from app.services.actor import Actor
from app.services.boxes import as_tracklet, longest_gap
from app.services.library import list_videos
from app.workspace import Workspace
from storage import tracklets
from storage.errors import NotFound
from storage.placements import current_assignments
from tracking.evaluation import TrackScores, Truth, answers_at, evaluate, read_truth
from tracking.people_evaluation import Found, PeopleScores
from tracking.people_evaluation import evaluate_people as score_people
from tracking.values import Tracklet


def evaluate_tracks(actor: Actor, workspace: Workspace, folder: Path) -> dict[str, TrackScores]:
    """HOTA, IDF1 and MOTA per camera and over all.

    Args:
        folder: MOT truth files named after a camera, or a video's file without its ending, with
            an optional labels.json.

    Raises:
        tracking.errors.EvaluationError: no truth there, or none that can be read.
        NotFound: no truth file fits a camera or video of the store.
    """
    gap = longest_gap(workspace.settings)
    pairs = {}
    for name, (truth, found) in labelled_sightings(actor, workspace, folder).items():
        pairs[name] = (truth, answers_at(found, truth.labelled, gap))
    return evaluate(pairs)


def evaluate_people(
    actor: Actor,
    workspace: Workspace,
    folder: Path,
    identities: Mapping[int, int] | None = None,
) -> PeopleScores:
    """How well sightings were linked into people, over all cameras of the truth.

    Args:
        folder: as for `evaluate_tracks`, with ids shared across cameras.
        identities: sighting → person, to score another answer than the stored one.

    Raises:
        tracking.errors.EvaluationError: no truth there, or none that can be read.
        NotFound: no truth file fits a camera or video of the store.
    """
    labelled = labelled_sightings(actor, workspace, folder)
    if identities is None:
        ids = [each.number for _, found in labelled.values() for each in found]
        with workspace.database.read() as session:
            placed = current_assignments(session, ids)
        identities = {each: row.identity_id or 0 for each, row in placed.items()}
    gap = longest_gap(workspace.settings)
    pairs = {}
    for name, (truth, found) in labelled.items():
        answers = answers_at(found, truth.labelled, gap)
        people = [identities.get(int(each), 0) for each in answers.ids]
        pairs[name] = (
            truth,
            Found(
                frames=answers.frames,
                tracklets=answers.ids.astype(np.int64),
                identities=np.array(people, np.int64),
                boxes=answers.boxes,
            ),
        )
    return score_people(pairs)


def as_plain(scores: PeopleScores) -> dict[str, Any]:
    """Scores across cameras as JSON values."""
    return {
        "idf1": scores.idf1,
        "hota": scores.hota,
        "assa": scores.assa,
        "pairwise": asdict(scores.pairwise),
        "bcubed": asdict(scores.bcubed),
        "identities_found": scores.identities_found,
        "identities_true": scores.identities_true,
        "tracklets": scores.tracklets,
        "camera_pairs": [
            {"cameras": list(pair), **asdict(shares)}
            for pair, shares in scores.camera_pairs.items()
        ],
    }


def labelled_sightings(
    actor: Actor, workspace: Workspace, folder: Path
) -> dict[str, tuple[Truth, list[Tracklet]]]:
    """Name of a truth file → the truth and the stored tracklets of the video it fits."""
    truths = read_truth(folder)
    views = list_videos(actor, workspace)
    pairs = {}
    for stem, truth in truths.items():
        named = [view.row for view in views if Path(view.row.name).stem == stem]
        recorded = [view.row for view in views if view.row.camera == stem]
        for row in (named or recorded)[:1]:
            with workspace.database.read() as session:
                stored = tracklets.load_video_boxes(session, row.id)
            pairs[stem] = (truth, [as_tracklet(each, boxes) for each, boxes in stored.items()])
    if not pairs:
        raise NotFound(
            f"None of the truth files in {folder} ({', '.join(sorted(truths))}) is named after a "
            "camera or video of the store. Ingest those videos first, or rename the files."
        )
    return pairs
