"""Simulated sites at the level of vectors, drawn from what a model does on real people.

The fit (CUHK03, people 0–766: `python -m benchmarks.site_fit --write`) holds per principal
direction: the mean, how people differ, how the views of one person differ, how crops of one view
differ, and the cameras' own look. A simulated person has a place in that space; what a camera sees
adds the camera's look, the side the person shows, and noise that grows as quality falls. Some
people are near-doubles. People walk between neighbouring cameras, are lost and found again behind
pillars, and come back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid_models.calibration import Line, fit_line
from tracking.association import Constraints, PairOdds, Sightings

FIT = Path(__file__).with_name("simulated_sites.json")
Floats = NDArray[np.float64]
_PEOPLE = range(767)
_SIDES = 3
_QUANTILES = (1, 5, 25, 50, 75, 95, 99)
_EPOCH = 1_767_254_400.0
_PILLAR = 0.2
_BACK = 0.25
_POOR = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Spread per principal direction, (D,) each; the shape of it; the real set's similarities.

    Args:
        mean, people, views, crops, camera: (D,); all but the first are variances.
        shape: "view_scale" and "view_spread" (log-normal) of how much a person's views differ;
            "kin" people dress alike, the share of their looks that they have in common is drawn
            from a beta distribution ("kin_alpha", "kin_beta").
        real: percentiles of the similarities of same, of different and of the nearest other.
    """

    mean: Floats
    people: Floats
    views: Floats
    crops: Floats
    camera: Floats
    shape: dict[str, float]
    real: dict[str, list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A simulated site and its truth: (n,) person of each sighting."""

    sightings: Sightings
    constraints: Constraints
    truth: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to simulate.

    Args:
        people, cameras, hours: how many.
        visits: mean number of sightings a person.
        doubles: share of people who have a near-double.
        likeness: 0–1, of near-doubles: correlation of what makes them them.
        timed: whether times are trusted.
    """

    people: int = 100
    cameras: int = 6
    hours: float = 1.0
    visits: float = 10.0
    doubles: float = 0.05
    likeness: float = 0.9
    timed: bool = True


def read_fit() -> Fit:
    """The stored fit."""
    stored = json.loads(FIT.read_text("utf-8"))
    names = ("mean", "people", "views", "crops", "camera")
    spread = {name: np.array(stored[name]) for name in names}
    return Fit(**spread, shape=stored["shape"], real=stored["real"])


def simulate(recipe: Recipe, seed: int, fit: Fit | None = None) -> Site:
    """Draw a site."""
    fit = fit or read_fit()
    random = np.random.default_rng(seed)
    size = len(fit.mean)
    people = _people(recipe, fit, random)
    looks = random.normal(size=(recipe.cameras, size)) * np.sqrt(fit.camera)
    sides = _views(recipe.people * _SIDES, fit, random)
    places = random.uniform(0, 60, (recipe.cameras, 2))
    person, camera, start, end = _walks(recipe, places, random)
    count = len(person)
    quality = np.clip(random.beta(6, 3, count), 0.0, 1.0)
    poor = random.random(count) < _POOR
    quality[poor] *= 0.12
    side = random.integers(0, _SIDES, count)
    # A person shows a camera one side again and again: that of the way they go.
    usual = random.integers(0, _SIDES, (recipe.people, recipe.cameras))
    side = np.where(random.random(count) < 0.6, usual[person, camera], side)
    blur = np.sqrt(0.35 + 1.3 * (1 - quality) ** 2 + 4.0 * poor)[:, None]
    vectors = fit.mean + people[person] + looks[camera] + sides[person * _SIDES + side]
    met, meeting = np.unique(person * recipe.cameras + camera, return_inverse=True)
    vectors += _views(len(met), fit, random)[meeting]
    vectors += random.normal(size=(count, size)) * np.sqrt(fit.crops) * blur
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nothing = np.full(count, np.nan)
    ids = random.permutation(count).astype(np.int64) + 1
    sightings = Sightings(
        ids=ids,
        cameras=camera.astype(np.int32) + 1,
        videos=camera.astype(np.int32) + 1,
        start=start + _EPOCH if recipe.timed else nothing,
        end=end + _EPOCH if recipe.timed else nothing,
        offset_start=start,
        offset_end=end,
        vectors=vectors.astype(np.float32),
        quality=quality.astype(np.float32),
        frames=np.maximum((end - start) * 8, 3).astype(np.int32),
    )
    together = _together(ids, camera, start, end)
    return Site(sightings, Constraints(together=together), person)


def odds_of(sightings: Sightings, line: Line) -> PairOdds:
    """Appearance odds as the app has them: cosine of the tracklet vectors, calibrated."""
    vectors = sightings.vectors

    def odds(a: NDArray[np.int64], b: NDArray[np.int64]) -> Floats:
        return line.ratio(np.einsum("ij,ij->i", vectors[a], vectors[b]))

    return odds


def calibrate(seed: int, fit: Fit | None = None) -> Line:
    """A calibration from a simulated site of its own, of pairs across cameras."""
    site = simulate(Recipe(people=300, cameras=8), seed, fit)
    vectors, truth, cameras = site.sightings.vectors, site.truth, site.sightings.cameras
    scores = vectors @ vectors.T
    across = cameras[:, None] < cameras[None, :]
    same = truth[:, None] == truth[None, :]
    return fit_line(scores[across & same], scores[across & ~same])


def _people(recipe: Recipe, fit: Fit, random: np.random.Generator) -> NDArray[np.float32]:
    size, shape = len(fit.mean), fit.shape
    groups = max(int(recipe.people / shape["kin"]), 1)
    group = random.integers(0, groups, recipe.people)
    share = random.beta(shape["kin_alpha"], shape["kin_beta"], (recipe.people, 1))
    people = np.sqrt(share) * random.normal(size=(groups, size))[group]
    people += np.sqrt(1 - share) * random.normal(size=(recipe.people, size))
    pairs = int(recipe.doubles * recipe.people / 2)
    one, two = random.permutation(recipe.people)[: 2 * pairs].reshape(2, -1)
    alike = recipe.likeness
    people[two] = alike * people[one] + np.sqrt(1 - alike**2) * people[two]
    return (people * np.sqrt(fit.people)).astype(np.float32)


def _views(count: int, fit: Fit, random: np.random.Generator) -> NDArray[np.float32]:
    """Half of what sets views of one person apart: of a side they show, or of a camera."""
    spread = fit.shape["view_spread"]
    size = np.exp(random.normal(-(spread**2), spread, (count, 1))) * fit.shape["view_scale"]
    drawn = random.normal(size=(count, len(fit.mean)))
    return (drawn * size * np.sqrt(fit.views / 2)).astype(np.float32)


def _walks(
    recipe: Recipe, places: Floats, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Who is in which camera from when to when, (n,) each."""
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    near = np.exp(-distance / 15.0)
    np.fill_diagonal(near, 0.0)
    near /= near.sum(axis=1, keepdims=True)
    rows: list[tuple[int, int, float, float]] = []
    seconds = recipe.hours * 3600.0
    for person in range(recipe.people):
        wanted = 1 + random.poisson(recipe.visits - 1)
        pace = random.lognormal(0.1, 0.25)
        now = random.uniform(0, seconds)
        camera = int(random.integers(recipe.cameras))
        while wanted > 0:
            stay = random.lognormal(2.7, 0.6)
            pieces = 2 if random.random() < _PILLAR and wanted > 1 else 1
            for _ in range(pieces):
                rows.append((person, camera, now, now + stay / pieces))
                now += stay / pieces + (random.uniform(1.2, 6.0) if pieces > 1 else 0.0)
                wanted -= 1
            if random.random() < _BACK:
                now += random.exponential(seconds / 10)  # away for a while, then anywhere
                camera = int(random.integers(recipe.cameras))
                continue
            to = int(random.choice(recipe.cameras, p=near[camera]))
            now += (3.0 + distance[camera, to]) / pace * random.lognormal(0.0, 0.2)
            camera = to
    table = np.array(rows)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]


def _together(
    ids: NDArray[np.int64], camera: NDArray[np.int64], start: Floats, end: Floats
) -> NDArray[np.int64]:
    """Pairs that share half a second or more of one camera."""
    found = [np.empty((0, 2), np.int64)]
    for each in np.unique(camera):
        rows = np.flatnonzero(camera == each)
        rows = rows[np.argsort(start[rows])]
        last = np.searchsorted(start[rows], end[rows] - 0.5)
        counts = np.maximum(last - np.arange(len(rows)) - 1, 0)
        first = np.repeat(np.arange(len(rows)), counts)
        begin = np.cumsum(counts) - counts
        second = first + 1 + np.arange(len(first)) - np.repeat(begin, counts)
        shared = np.minimum(end[rows[first]], end[rows[second]]) - start[rows[second]]
        good = shared >= 0.5
        found.append(np.stack([ids[rows[first[good]]], ids[rows[second[good]]]], axis=1))
    return np.sort(np.concatenate(found), axis=1)


def fit_spread(
    vectors: Floats, person: NDArray[np.int64], view: NDArray[np.int64]
) -> dict[str, Any]:
    """Measure the spread of real crops (n, D) of people, each in two views."""
    key, inverse, sizes = np.unique(person * 2 + view, return_inverse=True, return_counts=True)
    means = np.zeros((len(key), vectors.shape[1]))
    np.add.at(means, inverse, vectors)
    means /= sizes[:, None]
    both = np.intersect1d(key[key % 2 == 0] // 2, key[key % 2 == 1] // 2)
    first, second = (means[np.isin(key, both * 2 + side)] for side in (0, 1))
    mean = (first.mean(axis=0) + second.mean(axis=0)) / 2
    shift = (first.mean(axis=0) - second.mean(axis=0)) / 2
    one, two = first - first.mean(axis=0), second - second.mean(axis=0)
    _, axes = np.linalg.eigh(one.T @ two + two.T @ one)
    axes = axes[:, ::-1]
    repeated = sizes[inverse] > 1
    crop = (vectors - means[inverse])[repeated] @ axes
    freedom = sizes[sizes > 1].sum() - (sizes > 1).sum()
    crops = (crop**2).sum(axis=0) / freedom
    differ = ((one - two) @ axes).var(axis=0) / 2
    shared = (((one + two) / 2) @ axes).var(axis=0) - differ / 2
    views = np.maximum(differ - crops / sizes.mean(), 0.0)
    scores = _unit(first) @ _unit(second).T
    own = np.eye(len(scores), dtype=bool)
    return {
        "mean": mean @ axes,
        "people": np.maximum(shared, 0.0),
        "views": views,
        "crops": crops,
        "camera": np.full(len(mean), (shift**2).mean()),
        "real": {
            "same": np.percentile(scores[own], _QUANTILES),
            "different": np.percentile(scores[~own], _QUANTILES),
            "nearest_other": np.percentile(np.where(own, -1, scores).max(axis=1), _QUANTILES),
        },
    }


def _unit(vectors: Floats) -> Floats:
    result: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result
