"""Linking tracklets to people, against its peers, on simulated sites (`simulated_sites`).

    python -m benchmarks.matching sites             ours and peers on the same vectors
    python -m benchmarks.matching review            a simulated reviewer answers what is queued
    python -m benchmarks.matching scale [--people 1000 10000]    time and memory

Peers: connected components at a cosine threshold, agglomerative clustering (average linkage), and
camera-by-camera Hungarian matching. Their thresholds are those that do best on other draws of the
same kinds of site (`TUNING`); ours are the defaults of `LinkSettings`, fixed on draws that are not
reported here either.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.simulated_sites import Recipe, Site, calibrate, odds_of, simulate
from reid_models.calibration import Line
from tracking.association import (
    Constraints,
    Linking,
    LinkSettings,
    affected,
    link,
    resolve,
    review_pairs,
)
from tracking.people_evaluation import identity_f1, pairwise
from tracking.topology import Topology

Labels = NDArray[np.int64]
Peer = Callable[[Site, float], Labels]
CALIBRATION = 99
TUNING, REPORTED = (51, 52, 53), (11, 12, 13)
RECIPES = {
    "15 people, 3 cameras": Recipe(people=15, cameras=3, hours=0.2, visits=8),
    "60 people, 6 cameras": Recipe(people=60, cameras=6, hours=0.6),
    "60 people, times unknown": Recipe(people=60, cameras=6, hours=0.6, timed=False),
    "200 people, 10 cameras": Recipe(people=200, cameras=10, hours=2.0),
}
THRESHOLDS = np.arange(0.2, 0.85, 0.025)
ANSWERS_PER_THOUSAND = 60
_BATCH = 10


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("sites", "review", "scale"))
    parser.add_argument("--people", type=int, nargs="+", default=[1000, 10000])
    options = parser.parse_args()
    line = calibrate(CALIBRATION)
    if options.what == "sites":
        compare(line)
    elif options.what == "review":
        for name, recipe in RECIPES.items():
            for seed in REPORTED[:2]:
                review(name, simulate(recipe, seed), line)
    else:
        for people in options.people:
            scale(people, line)


def compare(line: Line) -> None:
    """Print IDF1 and pairwise shares of ours and of each peer, mean over the reported draws."""
    peers: dict[str, Peer] = {
        "connected components": components,
        "average linkage": agglomerative,
        "Hungarian by camera": hungarian,
    }
    for name, recipe in RECIPES.items():
        tuning = [simulate(recipe, seed) for seed in TUNING]
        sites = [simulate(recipe, seed) for seed in REPORTED]
        print(f"\n{name}: {np.mean([len(s.truth) for s in sites]):.0f} sightings")
        _print("ours", [score(site, ours(site, line).labels) for site in sites])
        for peer, find in peers.items():
            best = max(
                THRESHOLDS, key=lambda t: float(np.mean([score(s, find(s, t))[0] for s in tuning]))
            )
            scores = [score(site, find(site, best)) for site in sites]
            _print(f"{peer} at {best:.3f}", scores)


def score(site: Site, labels: Labels) -> tuple[float, float, float]:
    """IDF1 over boxes; pairwise precision and recall over tracklets."""
    shares = pairwise(labels, site.truth)
    weights = site.sightings.frames.astype(np.float64)
    return identity_f1(labels, site.truth, weights), shares.precision, shares.recall


def _print(name: str, scores: list[tuple[float, float, float]]) -> None:
    idf1, precision, recall = np.mean(scores, axis=0)
    print(
        f"  {name:32} IDF1 {idf1:.3f}   pairwise {precision:.3f} / {recall:.3f}"
        f"   ({', '.join(f'{each[0]:.3f}' for each in scores)})",
        flush=True,
    )


def ours(site: Site, line: Line, constraints: Constraints | None = None) -> Linking:
    """What the app's matching does."""
    return link(site.sightings, odds_of(site.sightings, line), constraints or site.constraints)


def components(site: Site, threshold: float) -> Labels:
    """Everybody reachable over pairs at the threshold or above is one person."""
    likeness = site.sightings.vectors @ site.sightings.vectors.T
    graph = csr_matrix(likeness >= threshold)
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def agglomerative(site: Site, threshold: float) -> Labels:
    """Average linkage on the cosine, cut at the threshold."""
    vectors = site.sightings.vectors.astype(np.float64)
    tree = linkage(vectors, "average", metric="cosine")
    return np.asarray(fcluster(tree, 1.0 - threshold, "distance"), np.int64)


def hungarian(site: Site, threshold: float) -> Labels:
    """Camera by camera: the best one-to-one match with the people found so far, in rounds.

    In each round a person gets at most one more tracklet of the camera; who finds nobody at the
    threshold or above founds a person, whom the camera's other tracklets may join in later rounds.
    """
    vectors, cameras = site.sightings.vectors, site.sightings.cameras
    labels = np.full(len(vectors), -1, np.int64)
    sums = np.empty((0, vectors.shape[1]), np.float32)
    for camera in np.unique(cameras):
        waiting = np.flatnonzero(cameras == camera)
        while len(waiting):
            matched = np.empty(0, np.int64)
            if len(sums):
                likeness = vectors[waiting] @ (sums / np.linalg.norm(sums, axis=1)[:, None]).T
                rows, people = linear_sum_assignment(-likeness)
                good = likeness[rows, people] >= threshold
                matched, people = rows[good], people[good]
                labels[waiting[matched]] = people
                np.add.at(sums, people, vectors[waiting[matched]])
            if not len(matched):
                labels[waiting[0]] = len(sums)
                sums = np.concatenate([sums, vectors[waiting[:1]]])
                matched = np.zeros(1, np.int64)
            waiting = np.delete(waiting, matched)
    return labels


def review(name: str, site: Site, line: Line) -> None:
    """Answer what is queued, most useful first, and settle each answer as the app does."""
    result = ours(site, line)
    before = score(site, result.labels)
    budget = ANSWERS_PER_THOUSAND * len(site.truth) // 1000
    labels, constraints = result.labels, site.constraints
    for start in range(0, budget, _BATCH):
        labels, constraints = _answer(
            site, result, labels, constraints, min(_BATCH, budget - start)
        )
    after = score(site, labels)
    everything = _answer(site, result, result.labels, site.constraints, 10**6)[0]
    ceiling = score(site, everything)
    print(
        f"{name}: {len(site.truth)} sightings, {budget} answers: pairwise {before[1]:.3f} / "
        f"{before[2]:.3f} → {after[1]:.3f} / {after[2]:.3f}, IDF1 {before[0]:.3f} → {after[0]:.3f};"
        f" all queued pairs answered at once: {ceiling[1]:.3f} / {ceiling[2]:.3f}, "
        f"IDF1 {ceiling[0]:.3f}",
        flush=True,
    )


def _answer(
    site: Site, result: Linking, labels: Labels, constraints: Constraints, count: int
) -> tuple[Labels, Constraints]:
    """The best so many questions answered by the truth, each settled on the people concerned."""
    sightings, settings = site.sightings, LinkSettings()
    person = dict(zip(sightings.ids.tolist(), site.truth.tolist(), strict=True))
    asked = review_pairs(
        sightings,
        labels,
        result.edges,
        result.probability,
        constraints,
        Topology(),
        settings,
        count,
    )
    if not asked:
        return labels, constraints
    pairs = np.array([(each.a, each.b) for each in asked], np.int64)
    same = np.array([person[each.a] == person[each.b] for each in asked])
    constraints = replace(
        constraints,
        judged=np.concatenate([constraints.judged, pairs]),
        judged_same=np.concatenate([constraints.judged_same, same]),
        judged_order=np.arange(len(constraints.judged) + len(pairs), dtype=np.int64),
    )
    concerned = affected(sightings.ids, labels, result.edges, result.probability, pairs.ravel())
    rows = np.flatnonzero(np.isin(sightings.ids, concerned))
    settled = resolve(sightings.take(rows), result.edges, result.probability, constraints)
    labels = labels.copy()
    labels[rows] = np.where(settled.labels >= 0, settled.labels + labels.max() + 1, -1)
    return np.unique(labels, return_inverse=True)[1] - int((labels < 0).any()), constraints


def scale(people: int, line: Line) -> None:
    """Time and memory for so many people in 20 cameras."""
    site = simulate(Recipe(people=people, cameras=20, hours=8.0 * people / 10_000), 21)
    began, cpu = time.perf_counter(), time.process_time()
    steps: list[str] = []

    def watch(share: float, what: str) -> None:
        steps.append(f"from {time.process_time() - cpu:.0f} s of CPU on {what}")

    result = link(site.sightings, odds_of(site.sightings, line), site.constraints, watch=watch)
    idf1, precision, recall = score(site, result.labels)
    print(
        f"{len(site.truth):,} sightings of {people:,} people, {result.pairs_compared:,} pairs: "
        f"{time.perf_counter() - began:.0f} s ({time.process_time() - cpu:.0f} s of CPU), peak "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB with the site; "
        f"IDF1 {idf1:.3f}, pairwise {precision:.3f} / {recall:.3f}; {'; '.join(steps)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
