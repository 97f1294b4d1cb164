"""How long does scoring a set of Market-1501's size take, from vectors that are there already?

    python -m benchmarks.reid_evaluation [--dimension N] [--step NAME]...

3,368 queries of 750 people against a gallery of 15,913 crops with as many distractors as the real
set, six cameras, drawn vectors that a person's share. Each step runs in a process of its own, so
that its peak of memory is its own: cosine (CMC and both conventions of average precision) and
reranked (k-reciprocal neighbours first).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from reid_models.datasets.samples import Sample, Tracklet
from reid_models.embedders import normalise
from reid_models.protocols import Protocol
from reid_models.reid_evaluation import evaluate_protocol
from reid_models.roles import Vectors

PEOPLE, QUERIES, GALLERY, DISTRACTORS, CAMERAS = 750, 3368, 15913, 2793, 6
STEPS = ("cosine", "reranked")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--step", action="append", choices=STEPS, help="default: both")
    parser.add_argument("--inside", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(options.inside, options.dimension)
        return
    print("| step | seconds | peak memory, GB | mAP of the drawn vectors |")
    print("|---|--:|--:|--:|", flush=True)
    for step in options.step or STEPS:
        subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.reid_evaluation"),
                *("--inside", step, "--dimension", str(options.dimension)),
            ],
            check=True,
        )


def measure(step: str, dimension: int) -> None:
    """Print one step's row."""
    protocol, samples, vectors = drawn(dimension)
    started = time.perf_counter()
    scores = evaluate_protocol(protocol, samples, vectors, reranked=step == "reranked")
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"| {step} | {seconds:.0f} | {peak:.2f} | {scores.ranking.mean_ap:.1%} |", flush=True)


def drawn(dimension: int) -> tuple[Protocol, list[Sample], Vectors]:
    """A protocol of Market-1501's size and the vectors of its crops."""
    rng = np.random.default_rng(0)
    people = np.concatenate(
        [
            1 + np.arange(QUERIES) % PEOPLE,
            1 + np.arange(GALLERY - DISTRACTORS) % PEOPLE,
            np.zeros(DISTRACTORS, np.int64),
        ]
    )
    centres = rng.normal(size=(PEOPLE + 1, dimension)).astype(np.float32)
    vectors = rng.normal(scale=2.5, size=(len(people), dimension)).astype(np.float32)
    vectors += centres[people] * (people > 0)[:, None]
    samples = [
        Sample(Path(str(index)), int(person), int(camera))
        for index, (person, camera) in enumerate(
            zip(people, rng.integers(1, CAMERAS + 1, len(people)), strict=True)
        )
    ]
    items = tuple(Tracklet((sample,)) for sample in samples)
    return (
        Protocol("drawn; no re-ranking", items[:QUERIES], items[QUERIES:]),
        samples,
        normalise(vectors),
    )


if __name__ == "__main__":
    main()
