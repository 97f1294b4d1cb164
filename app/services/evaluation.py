"""How good are the stored tracks? Labelled truth against what is in the store."""

from __future__ import annotations

from pathlib import Path

from app.services.actor import Actor
from app.services.boxes import as_tracklet, longest_gap
from app.services.library import list_videos
from app.workspace import Workspace
from storage import tracklets
from storage.errors import NotFound
from tracking.evaluation import TrackScores, answers_at, evaluate, read_truth


def evaluate_tracks(actor: Actor, workspace: Workspace, folder: Path) -> dict[str, TrackScores]:
    """HOTA, IDF1 and MOTA per camera and over all.

    Args:
        folder: MOT truth files named after a camera, or a video's file without its ending, with
            an optional labels.json.

    Raises:
        tracking.errors.EvaluationError: no truth there, or none that can be read.
        NotFound: no truth file fits a camera or video of the store.
    """
    truths = read_truth(folder)
    views = list_videos(actor, workspace)
    gap = longest_gap(workspace.settings)
    pairs = {}
    for stem, truth in truths.items():
        named = [view.row for view in views if Path(view.row.name).stem == stem]
        recorded = [view.row for view in views if view.row.camera == stem]
        for row in (named or recorded)[:1]:
            with workspace.database.read() as session:
                stored = tracklets.load_video_boxes(session, row.id)
            found = [as_tracklet(identifier, boxes) for identifier, boxes in stored.items()]
            pairs[stem] = (truth, answers_at(found, truth.labelled, gap))
    if not pairs:
        raise NotFound(
            f"None of the truth files in {folder} ({', '.join(sorted(truths))}) is named after a "
            "camera or video of the store. Ingest those videos first, or rename the files."
        )
    return evaluate(pairs)
