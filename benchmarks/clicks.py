"""Click a labelled person, look at the first hit in another camera: is it the same person?

    python -m benchmarks.clicks [--model NAME] [--mask-text] [--json]

Ingests the labelled footage of RETRACE_DATA (retail3, room2) into fresh stores and runs every row
of both query files. The table is in docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services.actor import OWNER
from app.services.frames import people_at
from app.services.ingest import IncomingFile, register
from app.services.library import list_videos
from app.services.search import SearchRequest, SearchResult, search
from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.labelled import Click, Labels, read_clicks, read_labels
from benchmarks.masked_text import mask_text
from storage import tracklets

SETS = {"retail3": "videos/retail3", "room2": "videos/room2"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one click gave.

    `rank` is the place of the first hit that shows the person among the hits of other cameras,
    from 1; None when there is none. `shown` says who the first hit there shows (None: nobody
    labelled) at `probability`.
    """

    footage: str
    camera: str
    frame: int
    person: int
    kind: str
    clicked: int | None
    rank: int | None
    shown: int | None
    probability: float | None


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="re-ID model; default: the active one")
    parser.add_argument("--mask-text", action="store_true", help="hide retail3's burned-in text")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data = Path(os.environ["RETRACE_DATA"])
    outcomes: list[Outcome] = []
    for name, folder in SETS.items():
        if options.mask_text and name != "retail3":
            continue
        with tempfile.TemporaryDirectory() as home:
            overrides = [f"models.active={options.model}"] if options.model else []
            videos = sorted((data / folder).glob("*.mp4"))
            if options.mask_text:
                videos = [mask_text(video, Path(home, video.name)) for video in videos]
            workspace = ingest(Path(home), videos, overrides)
            outcomes += run_clicks(workspace, name, data / folder / "labels")
            workspace.close()
    if options.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    else:
        print_table(outcomes)


def ingest(home: Path, videos: Sequence[Path], overrides: Sequence[str] = ()) -> Workspace:
    """A store with these videos, each its own camera named after the file."""
    settings = load_settings(home=home, overrides=overrides)
    workspace = Workspace(settings, Launch(home=home, overrides=tuple(overrides)))
    for path in videos:
        register(OWNER, workspace, IncomingFile(path, camera=path.stem))
    runner = JobRunner(workspace, HANDLERS)
    while (job := runner.run_next()) is not None:
        if job.state != "done":
            raise SystemExit(f"ingest failed: {job.error}")
    return workspace


def run_clicks(workspace: Workspace, footage: str, labels_folder: Path) -> list[Outcome]:
    """Every row of the folder's queries.csv."""
    labels = read_labels(labels_folder)
    shown = people_of_tracklets(workspace, labels)
    clicks = read_clicks(labels_folder / "queries.csv")
    return [run_click(workspace, footage, click, shown) for click in clicks]


def people_of_tracklets(workspace: Workspace, labels: dict[str, Labels]) -> dict[int, int | None]:
    """Tracklet → the labelled person it shows, or None."""
    shown = {}
    for view in list_videos(OWNER, workspace):
        with workspace.database.read() as session:
            boxes = tracklets.load_video_boxes(session, view.row.id)
        for identifier, found in boxes.items():
            shown[identifier] = labels[view.row.camera].person_of(found.frames, found.boxes)[0]
    return shown


def run_click(
    workspace: Workspace, footage: str, click: Click, shown: dict[int, int | None]
) -> Outcome:
    """One click, as the Find page makes it: the smallest outline under the pointer is chosen."""
    clicked = tracklet_at(workspace, click)
    rank = first = probability = None
    if clicked is not None:
        result = search(OWNER, workspace, SearchRequest(tracklets=(clicked,), limit=200))
        others = [hit for hit in result.hits if not hit.own_camera]
        if others:
            first = shown[others[0].tracklet.id]
            probability = others[0].probability
        rank = rank_of(result, shown, click.person)
    return Outcome(
        footage,
        click.camera,
        click.frame,
        click.person,
        click.kind,
        clicked,
        rank,
        first,
        probability,
    )


def tracklet_at(workspace: Workspace, click: Click) -> int | None:
    """The tracklet that a click chooses; None when no outline is under it."""
    view = next(v for v in list_videos(OWNER, workspace) if v.row.camera == click.camera)
    frame = people_at(OWNER, workspace, view.row.id, (click.frame - 1) / view.row.fps)
    under = [
        (np.prod(np.subtract(person.box[2:], person.box[:2])), person.tracklet)
        for person in frame.people
        if person.box[0] <= click.x <= person.box[2] and person.box[1] <= click.y <= person.box[3]
    ]
    return min(under)[1] if under else None


def rank_of(result: SearchResult, shown: dict[int, int | None], person: int) -> int | None:
    """Place of the first right hit among those of other cameras, from 1."""
    others = [hit for hit in result.hits if not hit.own_camera]
    for place, hit in enumerate(others, 1):
        if shown[hit.tracklet.id] == person:
            return place
    return None


def print_table(outcomes: Sequence[Outcome]) -> None:
    """One line a click, then how many came out right by kind."""
    print("| footage | camera | frame | person | kind | first right hit at | first shows | P |")
    print("|---|---|---|---|---|---|---|---|")
    for each in outcomes:
        place = "not clicked" if each.clicked is None else (each.rank or "never")
        who = "nobody labelled" if each.shown is None else each.shown
        chance = "–" if each.probability is None else f"{each.probability:.2f}"
        print(
            f"| {each.footage} | {each.camera} | {each.frame} | {each.person} | {each.kind} "
            f"| {place} | {who} | {chance} |"
        )
    for footage in SETS:
        for kind in ("easy", "hard"):
            rows = [each for each in outcomes if (each.footage, each.kind) == (footage, kind)]
            if rows:
                right = sum(each.rank == 1 for each in rows)
                print(f"\n{footage}, {kind}: {right} of {len(rows)} right at the first hit")


if __name__ == "__main__":
    main()
