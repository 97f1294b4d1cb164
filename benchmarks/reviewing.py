"""A simulated reviewer before a real queue: what so few right answers make of an analysed site.

    python -m benchmarks.reviewing [demo] [hard] [--keep DIR]

The footage is analysed and matched as in `benchmarks.people` (`--keep` shares its stores, of which
copies are used here). Then the review queue is answered through the app's own services, by the
truth, most useful pair first: 60 answers per 1,000 sightings; and, on another copy, every pair that
was queued at the start. Sightings that show nobody labelled are nobody's: always "different".
RETRACE_DATA names the weights.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from app.services import review
from app.services.actor import OWNER
from app.services.evaluation import evaluate_people
from app.settings import load_settings
from app.workspace import Launch, Workspace
from benchmarks.matching import ANSWERS_PER_THOUSAND
from benchmarks.people import Footage, footage_called, linked_rightly, store
from storage.errors import Conflict
from storage.people_records import CandidateRow
from tracking.people_evaluation import PeopleScores


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", nargs="*", default=["demo", "hard"])
    parser.add_argument("--keep", type=Path, help="keep the stores in this folder, and use them")
    options = parser.parse_args()
    print("| footage | sightings | queued | answers | pairwise P / R | IDF1 |")
    print("|---|--:|--:|--:|--:|--:|")
    for name in options.footage:
        measure(footage_called(name), options.keep)


def measure(footage: Footage, keep: Path | None) -> None:
    """Three lines: before, after the few answers, after all that was queued."""
    with store(footage, keep, true_boxes=False) as workspace:
        right = linked_rightly(workspace, footage)
        before = evaluate_people(OWNER, workspace, footage.truth)
        queued = review.waiting(OWNER, workspace).left
        budget = math.floor(ANSWERS_PER_THOUSAND * before.tracklets / 1000)
        _line(footage.name, before, queued, 0)
        with copied(workspace) as copy:
            given = answer_best(copy, right, budget)
            _line(footage.name, evaluate_people(OWNER, copy, footage.truth), queued, given)
        with copied(workspace) as copy:
            given = answer_all(copy, right)
            _line(footage.name, evaluate_people(OWNER, copy, footage.truth), queued, given)


def answer_best(workspace: Workspace, right: Mapping[int, int], budget: int) -> int:
    """Answer the first pair of the queue again and again; returns how many were answered."""
    for given in range(budget):
        pairs = review.waiting(OWNER, workspace, 1).pairs
        if not pairs:
            return given
        review.answer_pair(OWNER, workspace, pairs[0].id, _truth(pairs[0], right))
    return budget


def answer_all(workspace: Workspace, right: Mapping[int, int]) -> int:
    """Answer every pair that is queued now, but those that other answers settle meanwhile."""
    given = 0
    for pair in review.waiting(OWNER, workspace).pairs:
        try:
            review.answer_pair(OWNER, workspace, pair.id, _truth(pair, right))
        except Conflict:
            continue
        given += 1
    return given


@contextmanager
def copied(workspace: Workspace) -> Iterator[Workspace]:
    """A copy of the database in a store of its own; pictures stay behind."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with (
            closing(sqlite3.connect(workspace.settings.home / "retrace.db")) as source,
            closing(sqlite3.connect(home / "retrace.db")) as target,
        ):
            source.backup(target)
        copy = Workspace(load_settings(home=home), Launch(home=home))
        try:
            yield copy
        finally:
            copy.close()
            shutil.rmtree(home / "ultralytics", ignore_errors=True)


def _truth(pair: CandidateRow, right: Mapping[int, int]) -> str:
    one, other = (right.get(each) for each in (pair.tracklet_a, pair.tracklet_b))
    return "same" if one is not None and one == other else "different"


def _line(name: str, scores: PeopleScores, queued: int, given: int) -> None:
    print(
        f"| {name} | {scores.tracklets} | {queued} | {given} "
        f"| {scores.pairwise.precision:.3f} / {scores.pairwise.recall:.3f} | {scores.idf1:.3f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
