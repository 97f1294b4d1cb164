"""Matching through the app, from a full store: what it costs beside the linking itself.

    python -m benchmarks.matching_service [--people 1000 3000] [--answers 20] [--home DIR]

A store is filled with a simulated site (`simulated_sites`: 20 cameras, some ten sightings a person,
vectors and two keyframes each written straight into it), `match --full` is run in a process of its
own, then review answers are given. With --home the stores stay there, to be used again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from app.jobs.progress import Progress
from app.services import match_job, matching, review
from app.services.actor import OWNER
from benchmarks.simulated_store import TRUTH, fill_store, open_store
from storage import jobs


class Stages(Progress):
    """Remembers when, in CPU time, each step of a job was reached."""

    def __init__(self) -> None:
        super().__init__(lambda fraction, message, left: None)
        self.began, self.cpu = time.perf_counter(), time.process_time()
        self.steps: list[tuple[float, str]] = []

    def step(self, _fraction: float, message: str) -> None:
        """Note the step; numbers within its message make no step of their own."""
        what = message.split(":")[0].lstrip("0123456789 ,").removeprefix("of ").strip()
        what = " ".join(word for word in what.split() if not word[0].isdigit())
        if not self.steps or self.steps[-1][1] != what:
            self.steps.append((time.process_time() - self.cpu, what))

    def shares(self) -> dict[str, float]:
        """Seconds of CPU by step."""
        ends = [begin for begin, _ in self.steps[1:]] + [time.process_time() - self.cpu]
        return {what: end - begin for (begin, what), end in zip(self.steps, ends, strict=True)}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1000, 3000])
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for people in options.people:
            home = (options.home or Path(made)) / str(people)
            if not (home / TRUTH).exists():
                fill_store(home, people)
            for part in (match, answer):
                process = multiprocessing.get_context("spawn").Process(
                    target=part, args=(home, people, options.answers)
                )
                process.start()
                process.join()


def match(home: Path, _people: int, _answers: int) -> None:
    """Match all of it, and say what took how long."""
    with closing(open_store(home)) as store:
        run, job = matching.start_run(OWNER, store, "full")
        with store.database.write() as session:
            job = jobs.claim_job(session, job.id, "benchmark")
        store.model()
        peak, began, seen = _peak(), time.process_time(), Stages()
        match_job.match_people(store, job, seen)
        total, cpu = time.perf_counter() - seen.began, time.process_time() - began
        with store.database.write() as session:
            jobs.finish(session, job.id, "benchmark")
        done = matching.get_run(OWNER, store, run.id)
    shares = {what: each for what, each in seen.shares().items() if "people in" not in what}
    linking = sum(s for what, s in shares.items() if what in _LINKING)
    print(
        f"{done.counts['sightings']:,} sightings, {done.counts['people']:,} people found: "
        f"{total:.1f} s, {cpu:.1f} s of CPU, {cpu / linking:.2f} times that of the linking "
        f"alone ({linking:.1f} s); peak {_peak():.2f} GiB (before: {peak:.2f})\n  "
        + "; ".join(f"{what} {seconds:.1f} s" for what, seconds in shares.items()),
        flush=True,
    )


_LINKING = (
    "looking for similar sightings",
    "comparing pairs",
    "learning how long people walk",
    "comparing everybody within a group",
    "grouping sightings to people",
)


def answer(home: Path, _people: int, answers: int) -> None:
    """Answer what is queued, as it was, and time each answer and the page's next question."""
    truth = {int(key): who for key, who in json.loads((home / TRUTH).read_text("utf-8")).items()}
    taken, worked, asked = [], [], []
    with closing(open_store(home)) as store:
        for _ in range(answers):
            began = time.perf_counter()
            waiting = review.waiting(OWNER, store, 5).pairs
            asked.append(time.perf_counter() - began)
            if not waiting:
                break
            pair = waiting[0]
            same = truth[pair.tracklet_a] == truth[pair.tracklet_b]
            began, cpu = time.perf_counter(), time.process_time()
            review.answer_pair(OWNER, store, pair.id, "same" if same else "different")
            taken.append(time.perf_counter() - began)
            worked.append(time.process_time() - cpu)
    if taken:
        print(
            f"  {len(taken)} answers: the first {taken[0]:.2f} s, median "
            f"{statistics.median(taken):.2f} s ({statistics.median(worked):.2f} s of CPU), slowest "
            f"{max(taken):.2f} s; the queue: median "
            f"{statistics.median(asked):.2f} s",
            flush=True,
        )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
