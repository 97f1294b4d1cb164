"""Look for everybody of the demo scene, from every camera that saw them, in every other one.

    python -m benchmarks.demo [--scene DIR] [--home DIR] [--json]

Takes the scene into a fresh store (or uses the one at --home, where `demo` has put it) and searches
by the longest sighting that each person has in each camera. The table is in docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.demo.stored_scene import read_scene
from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services.actor import OWNER
from app.services.demo import demo_in_store, install_demo
from app.services.search import SearchRequest, search
from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.labelled import LEAST_VISIBILITY, Labels, read_labels
from storage import tracklets

NEAR_DOUBLES = frozenset({17, 18, 19, 20})
"""In the scene that the project carries, the last four people are two pairs of near-doubles."""

LEAST_SECONDS = 1.5
"""How long somebody must be well visible for a camera to have seen them."""


@dataclass(frozen=True, slots=True)
class Look:
    """One person looked for in one camera, by a sighting of another.

    `rank` is the place of the person among the people found in that camera, from 1: several
    sightings of one person count once. None when there is no sighting of them. `tracklet` is what
    was searched by; None when nobody was followed there.
    """

    person: int
    seen_in: str
    looked_in: str
    tracklet: int | None
    rank: int | None
    probability: float | None


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path, help="default: the one that the project carries")
    parser.add_argument("--home", type=Path, help="a store with the demo in it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with _store(options.home, options.scene) as workspace:
        looks = look_everywhere(workspace)
    if options.json:
        print(json.dumps([asdict(look) for look in looks], indent=1))
    else:
        print_table(looks)


@contextmanager
def _store(home: Path | None, scene: Path | None) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as fresh:
        folder = home or Path(fresh)
        workspace = Workspace(load_settings(home=folder), Launch(home=folder))
        try:
            install_demo(OWNER, workspace, read_scene(scene))
            runner = JobRunner(workspace, HANDLERS)
            while (job := runner.run_next()) is not None:
                if job.state != "done":
                    raise SystemExit(f"{job.kind} failed: {job.error}")
            yield workspace
        finally:
            workspace.close()


def look_everywhere(workspace: Workspace) -> list[Look]:
    """Every person, from every camera that saw them well, in every other one that did."""
    found = demo_in_store(OWNER, workspace)
    assert found.ground_truth is not None, "the demo is not in this store"
    labels = read_labels(found.ground_truth)
    fps = {row.camera: row.fps for row in found.videos}
    passages = seen_well(labels, fps)
    shows, longest = _sightings(workspace, labels)
    looks = []
    for person, camera in sorted(passages):
        others = sorted(other for who, other in passages if who == person and other != camera)
        query = longest.get((person, camera))
        hits = (
            search(OWNER, workspace, SearchRequest(tracklets=(query,), limit=500)).hits
            if query is not None and others
            else ()
        )
        for other in others:
            there = [hit for hit in hits if hit.tracklet.camera == other]
            at = [n for n, hit in enumerate(there) if shows[hit.tracklet.id] == person]
            chance = there[at[0]].probability if at else None
            before = [shows[hit.tracklet.id] for hit in there[: at[0]]] if at else []
            strangers = {who for who in before if who is not None}
            rank = 1 + len(strangers) + before.count(None) if at else None
            looks.append(Look(person, camera, other, query, rank, chance))
    return looks


def seen_well(labels: dict[str, Labels], fps: dict[str, float]) -> set[tuple[int, str]]:
    """(person, camera) for everybody who is well visible there for `LEAST_SECONDS`."""
    found = set()
    for camera, own in labels.items():
        frames: dict[int, int] = {}
        for boxes in own.boxes.values():
            for person, _, visibility in boxes:
                if visibility >= LEAST_VISIBILITY:
                    frames[person] = frames.get(person, 0) + 1
        least = LEAST_SECONDS * fps[camera]
        found |= {(person, camera) for person, count in frames.items() if count >= least}
    return found


def people_shown(workspace: Workspace) -> dict[int, int | None]:
    """Whom each sighting of the demo shows; None: nobody of the truth."""
    found = demo_in_store(OWNER, workspace)
    assert found.ground_truth is not None, "the demo is not in this store"
    return _sightings(workspace, read_labels(found.ground_truth))[0]


def _sightings(
    workspace: Workspace, labels: dict[str, Labels]
) -> tuple[dict[int, int | None], dict[tuple[int, str], int]]:
    """Whom each sighting of the demo shows, and the longest one of each person and camera."""
    shows: dict[int, int | None] = {}
    longest: dict[tuple[int, str], tuple[int, int]] = {}
    for row in demo_in_store(OWNER, workspace).videos:
        with workspace.database.read() as session:
            stored = tracklets.load_video_boxes(session, row.id)
        for identifier, boxes in stored.items():
            person, _ = labels[row.camera].person_of(boxes.frames, boxes.boxes)
            shows[identifier] = person
            if person is not None:
                size = (len(boxes.frames), identifier)
                longest[person, row.camera] = max(longest.get((person, row.camera), size), size)
    return shows, {passage: identifier for passage, (_, identifier) in longest.items()}


def first_share(looks: Sequence[Look]) -> float:
    """Share of the looks whose first hit in that camera shows the person."""
    return sum(look.rank == 1 for look in looks) / len(looks)


def print_table(looks: Sequence[Look]) -> None:
    """A line for distinct people and for near-doubles, then every look that was not right."""
    print("| people | looks | right at the first hit | in the first three | never |")
    print("|---|--:|--:|--:|--:|")
    doubles = [look for look in looks if look.person in NEAR_DOUBLES]
    others = [look for look in looks if look.person not in NEAR_DOUBLES]
    for name, some in (("distinct", others), ("near-doubles", doubles), ("all", looks)):
        if some:
            three = sum(look.rank is not None and look.rank <= 3 for look in some)
            never = sum(look.rank is None for look in some)
            first = sum(look.rank == 1 for look in some)
            print(f"| {name} | {len(some)} | {first} | {three} | {never} |")
    for look in looks:
        if look.rank != 1:
            place = look.rank or ("never" if look.tracklet else "not followed")
            print(f"\nperson {look.person}, {look.seen_in} → {look.looked_in}: {place}")


if __name__ == "__main__":
    main()
