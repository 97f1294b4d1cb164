"""The log-odds that two tracklets show one person, from all that is known but human answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.linking.neighbours import Neighbours, jaccard
from tracking.linking.rules import rows_of
from tracking.linking.values import Floats, IdPairs, PairOdds, Rows, Sightings

PART = 65_536
_ALIKE = 12.0
"""Looks alone never say more than this, either way."""
_WEIGHTS = {"odds": 0.08, "jaccard": 6.5, "rise": 2.0, "same_camera": -1.0, "constant": -3.3}
"""Logistic regression on simulated sites and CUHK03, people 0–766, not those that are reported."""
_ALONE = {"odds": 0.6, "constant": -2.0}
"""The same where there is nobody to compare with."""
_FEW = 30.0
"""With so many tracklets both count equally; with more, how a pair stands out counts more."""
_STRANGE, _PENALTY = -3.0, 0.5
"""Calibrated odds below the first speak against one person however much a pair stands out."""
_STRANGERS = slice(15, 40)
"""Candidates so far down a tracklet's list are nearly all somebody else."""
_DRAWN = 20_000
_DOUBLED = 4.0
_AT_ONCE = -3.0
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What is needed to judge any pair of n sightings by looks.

    Args:
        odds: see `PairOdds`.
        vectors: (n, D) float32, the cameras' looks taken out.
        neighbours: over the rows in `usable`, numbered among themselves.
        usable: (u,) rows that have a vector.
        position: (n,) of each row in `usable`, -1 for the others.
        crowd: (n,) float32 likeness of strangers to each row.
        spread: standard deviation of the likeness of two strangers; tells one model from another.
    """

    odds: PairOdds
    vectors: NDArray[np.float32]
    neighbours: Neighbours
    usable: Rows
    position: NDArray[np.int64]
    crowd: NDArray[np.float32]
    spread: float


def crowd_of(neighbours: Neighbours) -> NDArray[np.float32]:
    """How alike a stranger looks to each tracklet, (u,): some look like many, some like nobody."""
    width = neighbours.likeness.shape[1]
    part = slice(min(_STRANGERS.start, width // 2), _STRANGERS.stop)
    tail = np.where(neighbours.rows[:, part] >= 0, neighbours.likeness[:, part], np.nan)
    crowd = np.full(len(tail), np.nan, np.float32)
    some = np.isfinite(tail).any(axis=1)
    crowd[some] = np.nanmean(tail[some], axis=1)
    usual = float(np.nanmean(crowd)) if some.any() else 0.0
    return np.where(np.isfinite(crowd), crowd, usual).astype(np.float32)


def spread_of(vectors: NDArray[np.float32], seed: int) -> float:
    """Robust standard deviation of the cosine of two tracklets drawn at random from (u, D)."""
    if len(vectors) < 2:
        return 1.0
    a, b = np.random.default_rng(seed).integers(0, len(vectors), (2, _DRAWN))
    cosine = np.einsum("ij,ij->i", vectors[a], vectors[b])[a != b]
    return max(1.4826 * float(np.median(np.abs(cosine - np.median(cosine)))), 0.02)


def features(looks: Looks, cameras: NDArray[np.int32], a: Rows, b: Rows) -> dict[str, Floats]:
    """What looks say about pairs of usable rows; (m,) each."""
    ratio = np.empty(len(a))
    cosine = np.empty(len(a))
    for start in range(0, len(a), PART):
        part = slice(start, start + PART)
        ratio[part] = looks.odds(a[part], b[part])
        cosine[part] = np.einsum("ij,ij->i", looks.vectors[a[part]], looks.vectors[b[part]])
    crowd = (looks.crowd[a] + looks.crowd[b]) / 2
    return {
        "odds": np.clip(ratio, -_ALIKE, _ALIKE),
        "jaccard": jaccard(looks.neighbours, looks.position[a], looks.position[b]),
        "rise": (cosine - crowd) / looks.spread,
        "same_camera": (cameras[a] == cameras[b]).astype(np.float64),
    }


def looks_logits(looks: Looks, cameras: NDArray[np.int32], a: Rows, b: Rows) -> Floats:
    """Log-odds by looks of pairs of usable rows, (m,).

    Mostly how much a pair stands out from what the two look like otherwise, and what neighbours
    they share: that adapts to the site and the model. With few tracklets the calibration counts.
    """
    known = features(looks, cameras, a, b)
    among = np.full(len(a), _WEIGHTS["constant"])
    for name, values in known.items():
        among += _WEIGHTS[name] * values
    alone = _ALONE["constant"] + _ALONE["odds"] * known["odds"]
    share = len(looks.usable) / (len(looks.usable) + _FEW)
    penalty = _PENALTY * np.minimum(known["odds"] - _STRANGE, 0.0)
    return share * among + (1.0 - share) * alone + penalty


def video_evidence(sightings: Sightings, doubled: IdPairs, a: Rows, b: Rows) -> Floats:
    """What one video says about two tracklets of it, softly, (m,).

    One person boxed twice is one. Two tracklets at once for longer than a hand-over from one track
    to the next are rarely one, even where the boxes do not prove it.
    """
    shared = np.minimum(sightings.offset_end[a], sightings.offset_end[b])
    shared -= np.maximum(sightings.offset_start[a], sightings.offset_start[b])
    at_once = (sightings.videos[a] == sightings.videos[b]) & (shared > _OVERLAP)
    count = len(sightings)
    low, high = (np.sort(np.stack(rows_of(sightings.ids, doubled)), axis=0)).reshape(2, -1)
    twice = np.isin(np.minimum(a, b) * count + np.maximum(a, b), low * count + high)
    return np.where(twice, _DOUBLED, np.where(at_once, _AT_ONCE, 0.0))
