"""A person detector of one's own: its pictures put together, the training, the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import BadRequest
from app.services.actor import Actor
from app.workspace import Workspace
from storage import audit
from tracking.detector import PersonDetector
from tracking.detector_training.assembly import Assembled, assemble
from tracking.detector_training.clips import UNSURE, taught_frames
from tracking.detector_training.pictures import LabelledPicture, Split, read_persons

if TYPE_CHECKING:
    from app.demo.lessons import Lessons
    from tracking.detector_training.training import EpochReport, TrainedSoFar

Told = Callable[[str, int, int], None]
"""Told of progress: what is going on, how much is done, of how much."""


def assemble_pictures(
    actor: Actor,
    workspace: Workspace,
    persons: Sequence[Path],
    clips: Sequence[Path],
    drawn: Sequence[Lessons],
    out: Path,
    *,
    split: Split | None = None,
    fps: float = 2.0,
    processes: int = 1,
    told: Told = lambda *_: None,
) -> Assembled:
    """Put together what a detector learns from and what it is measured on.

    Args:
        actor: who asks.
        workspace: its detector is the teacher of the clips.
        persons: sets with a manifest of groups; split by scene.
        clips: openly licensed clips; all of their frames are trained on.
        drawn: what the demo's generator draws.
        out: a new folder.
        split: how the sets are divided; None: the project's way.
        fps: frames a second of the clips.
        processes: how many draw at once.
        told: told of progress.

    Raises:
        tracking.errors.TrackingError: a set, a clip or the teacher cannot be used.
        app.errors.AppError: drawing is not possible.
    """

    def pictures() -> Iterator[LabelledPicture]:
        for count, one in enumerate(chain.from_iterable(_sources()), start=1):
            if count % 50 == 0:
                told(one.origin, count, 0)
            yield one

    def _sources() -> Iterator[Iterator[LabelledPicture]]:
        for folder in persons:
            yield read_persons(folder, split or Split())
        for clip in clips:
            yield taught_frames(clip, _teacher(workspace), fps)
        for lessons in drawn:
            from app.demo.lessons import drawn_pictures

            yield drawn_pictures(lessons, processes, told)

    return assemble(pictures(), out)


def _teacher(workspace: Workspace) -> PersonDetector:
    if workspace.settings.detector.confidence > UNSURE:
        raise BadRequest(
            "A teacher must show what it is unsure of. Set detector.confidence to "
            f"{UNSURE} or less."
        )
    return workspace.detector()


def train_detector(
    actor: Actor,
    workspace: Workspace,
    recipe_name: str,
    data: Path,
    *,
    overrides: Sequence[str] = (),
    out: Path | None = None,
    device: str = "auto",
    threads: int = 0,
    minutes: float | None = None,
    report: Callable[[EpochReport], None] | None = None,
) -> TrainedSoFar:
    """Train, or go on with, one run; see `tracking.detector_training.training.train_detector`.

    Args:
        actor: who asks.
        workspace: where the run lies unless `out` says otherwise.
        recipe_name: a known recipe, or the path of one.
        data: a folder that `assemble_pictures` made.
        overrides: `epochs=20`, each changing one value.
        out: the run's folder; None: `runs/detector` in the store.
        device: "auto", "cpu", "cuda", "cuda:N".
        threads: of the CPU; 0: as PyTorch decides.
        minutes: after which no further epoch is begun.
        report: called after every epoch.

    Raises:
        tracking.errors.DetectorTrainingError: recipe, data, run or device cannot be used.
    """
    from tracking.detector_training.recipe import load_detector_recipe
    from tracking.detector_training.training import train_detector as train

    recipe = load_detector_recipe(recipe_name, overrides)
    done = train(
        recipe,
        data,
        out or workspace.scratch("runs") / "detector",
        device=device,
        threads=threads,
        minutes=minutes,
        config_dir=workspace.scratch("ultralytics"),
        report=report,
    )
    with workspace.database.write() as session:
        audit.record(session, actor.name, "detector.train", recipe_name, {"epochs": done.epochs})
    return done


def export_detector(
    actor: Actor, workspace: Workspace, run: Path | None, out: Path | None, name: str
) -> Path:
    """Make weights out of a run; they are used when the settings name them by their path.

    Args:
        actor: who asks.
        workspace: whose run it is unless `run` says otherwise.
        run: the run's folder; None: `runs/detector` in the store.
        out: where the detector's folder goes; None: `detectors` in the store.
        name: of the detector.

    Returns:
        What `detector.weights` must name.

    Raises:
        tracking.errors.DetectorTrainingError: the run has no whole epoch.
    """
    from tracking.detector_training.export import export_detector as export

    weights = export(
        run or workspace.scratch("runs") / "detector",
        out or workspace.scratch("detectors"),
        name,
        config_dir=workspace.scratch("ultralytics"),
    )
    with workspace.database.write() as session:
        audit.record(session, actor.name, "detector.export", name, {})
    return weights
