"""Where identity is lost: people across cameras, by the whole pipeline and by parts made perfect.

    python -m benchmarks.people [demo] [hard] [retail3] [--json] [--keep DIR]

For each footage: the real pipeline; the same with ground-truth boxes in place of the detector's;
the pipeline's own sightings linked perfectly; and peers that link the same sightings by the same
vectors. Settings of ours are the defaults. The peers' thresholds are those that do best on
simulated sites (`benchmarks.matching`), and, in brackets, those that would have done best on this
very footage, which nobody can know beforehand. Real footage has a bootstrap interval over people.
RETRACE_DATA names the real footage and the weights.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.demo.stored_scene import read_scene
from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services import matching
from app.services.actor import OWNER
from app.services.boxes import longest_gap
from app.services.evaluation import as_plain, evaluate_people, labelled_sightings
from app.services.ingest import IncomingFile, register
from app.services.match_inputs import gather
from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.bootstrap import interval
from benchmarks.hard_site import hard_site
from benchmarks.matching import (
    RECIPES,
    THRESHOLDS,
    TUNING,
    Labels,
    Peer,
    agglomerative,
    components,
    hungarian,
    score,
)
from benchmarks.simulated_sites import Site, simulate
from benchmarks.true_boxes import TrueBoxes
from storage import placements
from tracking.association import Constraints
from tracking.evaluation import answers_at, matches, read_truth
from tracking.people_evaluation import PeopleScores

PEERS: Mapping[str, Peer] = {
    "connected components": components,
    "average linkage": agglomerative,
    "Hungarian, camera by camera": hungarian,
}
TUNED_ON = ("15 people, 3 cameras", "60 people, 6 cameras")
SYNCHRONOUS = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Given to the three views of retail3, which show the same seconds."""


@dataclass(frozen=True, slots=True)
class Footage:
    """Videos with truth; `start` is when each begins, the truth's files are named `truth_name`."""

    name: str
    videos: tuple[Path, ...]
    cameras: tuple[str, ...]
    starts: tuple[datetime, ...]
    truth: Path
    real: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    footage: str
    what: str
    scores: PeopleScores
    note: str = ""


class TrueBoxStore(Workspace):
    """A store whose detector is the truth."""

    truth: TrueBoxes | None = None

    def detector(self) -> Any:
        """The true boxes of the video that is being analysed."""
        return self.truth


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", nargs="*", default=["demo", "hard", "retail3"])
    parser.add_argument("--keep", type=Path, help="keep the stores in this folder, and use them")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    thresholds = tuned()
    rows: list[Row] = []
    for name in options.footage:
        found = measure(footage_called(name), thresholds, options.keep)
        rows += found
        if not options.json:
            print_table(found)
    if options.json:
        print(json.dumps([_plain(row) for row in rows], indent=1))


def footage_called(name: str) -> Footage:
    """One of the footages: demo, hard, retail3, or the folder of a drawn scene."""
    if name == "retail3":
        real = Path(os.environ["RETRACE_DATA"]) / "videos" / "retail3"
        videos = tuple(sorted(real.glob("*.mp4")))
        names = tuple(video.stem for video in videos)
        starts = (SYNCHRONOUS,) * len(videos)
        return Footage(name, videos, names, starts, real / "labels", real=True)
    scene = read_scene(None if name == "demo" else hard_site() if name == "hard" else Path(name))
    return Footage(
        Path(name).name,
        tuple(camera.file for camera in scene.cameras),
        tuple(camera.name for camera in scene.cameras),
        tuple(camera.start for camera in scene.cameras),
        scene.ground_truth,
    )


def tuned() -> dict[str, float]:
    """The threshold of each peer that does best on simulated sites."""
    sites = [simulate(RECIPES[name], seed) for name in TUNED_ON for seed in TUNING]
    return {
        name: float(
            max(
                THRESHOLDS,
                key=lambda at: np.mean([score(site, peer(site, at))[0] for site in sites]),
            )
        )
        for name, peer in PEERS.items()
    }


def measure(footage: Footage, thresholds: Mapping[str, float], keep: Path | None) -> list[Row]:
    """All lines of one footage."""
    rows = []
    with store(footage, keep, true_boxes=False) as workspace:
        own = evaluate_people(OWNER, workspace, footage.truth)
        rows.append(Row(footage.name, "real pipeline", own, bootstrap(footage, workspace)))
        perfect = evaluate_people(
            OWNER, workspace, footage.truth, linked_rightly(workspace, footage)
        )
        rows.append(Row(footage.name, "own sightings, perfect linking", perfect))
        rows += peers(footage, workspace, thresholds)
    with store(footage, keep, true_boxes=True) as workspace:
        scores = evaluate_people(OWNER, workspace, footage.truth)
        rows.insert(1, Row(footage.name, "ground-truth boxes", scores))
    return rows


@contextmanager
def store(footage: Footage, keep: Path | None, *, true_boxes: bool) -> Iterator[Workspace]:
    """A store with the footage analysed and matched."""
    with tempfile.TemporaryDirectory() as fresh:
        kind = "true" if true_boxes else "own"
        home = keep / f"{footage.name}-{kind}" if keep else Path(fresh)
        settings = load_settings(home=home)
        workspace = (TrueBoxStore if true_boxes else Workspace)(settings, Launch(home=home))
        runner = JobRunner(workspace, HANDLERS)
        truths = read_truth(footage.truth)
        try:
            for path, camera, start in zip(
                footage.videos, footage.cameras, footage.starts, strict=True
            ):
                if isinstance(workspace, TrueBoxStore):
                    fps = settings.video.analysis_fps
                    workspace.truth = TrueBoxes(truths[camera], path, fps)
                done = register(OWNER, workspace, IncomingFile(path, camera=camera, start=start))
                _run(runner, done.job_id)
            _, job = matching.start_run(OWNER, workspace, "full")
            _run(runner, job.id)
            yield workspace
        finally:
            workspace.close()


def linked_rightly(workspace: Workspace, footage: Footage) -> dict[int, int]:
    """Sighting → the true person that most of its boxes show; nobody's stay alone."""
    gap = longest_gap(workspace.settings)
    votes: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for truth, found in labelled_sightings(OWNER, workspace, footage.truth).values():
        for _, person, sighting in matches(truth, answers_at(found, truth.labelled, gap)):
            votes[sighting][person] += 1
    return {
        sighting: min(cast, key=lambda person: (-cast[person], person)) + 1
        for sighting, cast in votes.items()
    }


def peers(footage: Footage, workspace: Workspace, thresholds: Mapping[str, float]) -> list[Row]:
    """What peers make of the same sightings and vectors."""
    model = workspace.model()
    found = gather(OWNER, workspace, model.space, model.image.dimension, lambda *_: None)
    right = linked_rightly(workspace, footage)
    truth = np.array([right.get(each, -each) for each in found.sightings.ids.tolist()], np.int64)
    site = Site(found.sightings, Constraints(), truth)
    rows = []
    for name, peer in PEERS.items():
        at = thresholds[name]
        best = max(THRESHOLDS.tolist(), key=lambda each: score(site, peer(site, each))[0])
        scores, other = (
            evaluate_people(OWNER, workspace, footage.truth, _answer(site, peer, each))
            for each in (at, best)
        )
        note = f"at {at:.3f} (IDF1 {other.idf1:.3f} at {best:.3f})"
        rows.append(Row(footage.name, name, scores, note))
    return rows


def bootstrap(footage: Footage, workspace: Workspace) -> str:
    """The interval of IDF1 over people, for real footage."""
    if not footage.real:
        return ""
    with workspace.database.read() as session:
        placed = placements.current_assignments(session)
    low, high = interval(
        workspace, footage.truth, {each: row.identity_id or 0 for each, row in placed.items()}
    )
    return f"95 % interval of IDF1 over people: {low:.2f}–{high:.2f}"


def print_table(rows: Sequence[Row]) -> None:
    """Print lines of Markdown."""
    print("| footage | | IDF1 | HOTA | AssA | pairwise P / R | found / true | |")
    print("|---|---|--:|--:|--:|--:|--:|---|")
    for row in rows:
        each = row.scores
        print(
            f"| {row.footage} | {row.what} | {each.idf1:.3f} | {each.hota:.3f} | {each.assa:.3f} "
            f"| {each.pairwise.precision:.3f} / {each.pairwise.recall:.3f} "
            f"| {each.identities_found} / {each.identities_true} | {row.note} |",
            flush=True,
        )


def _answer(site: Site, peer: Peer, threshold: float) -> dict[int, int]:
    labels: Labels = peer(site, threshold)
    return dict(zip(site.sightings.ids.tolist(), (labels + 1).tolist(), strict=True))


def _run(runner: JobRunner, job_id: int | None) -> None:
    job = runner.run_next(job_id) if job_id is not None else None
    if job is not None and job.state != "done":
        raise SystemExit(f"{job.kind} failed: {job.error}")


def _plain(row: Row) -> dict[str, Any]:
    return {"footage": row.footage, "what": row.what, "note": row.note, **as_plain(row.scores)}


if __name__ == "__main__":
    main()
