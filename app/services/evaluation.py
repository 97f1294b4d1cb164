"""How good are the stored tracks? Labelled truth against what is in the store."""

from __future__ import annotations

from pathlib import Path

from tracking.evaluation import TrackScores, evaluate_cameras, read_truth_folder

from app.services.actor import Actor
from app.services.library import list_videos
from app.workspace import Workspace
from storage import tracklets
from storage.errors import NotFound


def evaluate_tracks(actor: Actor, workspace: Workspace, folder: Path) -> dict[str, TrackScores]:
    """HOTA, IDF1 and MOTA per camera and over all.

    Args:
        folder: MOT truth files named after a camera, or a video's file without its ending, with
            an optional labels.json.

    Raises:
        tracking.errors.EvaluationError: no truth there, or none that can be read.
        NotFound: no truth file fits a camera or video of the store.
    """
    truths = read_truth_folder(folder)
    views = list_videos(actor, workspace)
    matched = {}
    for stem, truth in truths.items():
        fitting = [
            view.row for view in views if stem in (view.row.camera, Path(view.row.name).stem)
        ]
        by_name = [row for row in fitting if Path(row.name).stem == stem]
        chosen = (by_name or fitting)[:1]
        if chosen:
            with workspace.database.read() as session:
                matched[stem] = (truth, tracklets.load_video_boxes(session, chosen[0].id))
    if not matched:
        raise NotFound(
            f"None of the truth files in {folder} ({', '.join(sorted(truths))}) is named after a "
            "camera or video of the store. Ingest those videos first, or rename the files."
        )
    step = 1.0 / workspace.settings.video.analysis_fps
    return evaluate_cameras(
        {
            stem: (truth, {i: (b.frames, b.boxes) for i, b in boxes.items()})
            for stem, (truth, boxes) in matched.items()
        },
        max_gap=2.5 * step,
    )
