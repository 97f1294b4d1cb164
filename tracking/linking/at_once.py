"""Cameras that nobody is in at once, found out from the site itself. Soft: it is learnt.

Two views either share some people at the same moment or they never do. Pairs of sightings that are
each other's best match tell which, however alike a few people look; then two sightings at one
moment speak against one person, and each such pair for itself: looks repeat themselves from one
pair of sightings to the next and are averaged, but being in two places at once even one time is
too often. So these pairs are marked among the log-odds, and `clustering` adds them up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from tracking.linking.values import Floats, Rows, Sightings

MARK = -8.0
"""Log-odds below this mark a pair that was in two places at once; what is below it is its weight.
Looks and learnt times never say so much."""
AT_ONCE = "at_once"
_WINDOW = 60.0
_TOLERANCE = 1.0
_LEAST_PAIRS = 5
_MOST = 3.0
_DRAWN = 20_000
_APART, _SHARED = (0.5, 10.0), (2.0, 2.0)
"""Beta priors of the share of one person's sightings, near in time, that are at once."""


def learn_at_once(sightings: Sightings, a: Rows, b: Rows, logits: Floats, seed: int) -> Floats:
    """Learn from the pairs that are each other's best match between two cameras.

    Args:
        sightings: n of them; those without trusted times are passed over.
        a, b: (e,) rows of pairs, a < b, each once.
        logits: (e,) log-odds that they are one person, without times.
        seed: of the strangers that are drawn.

    Returns:
        (c, c) symmetric, cameras ascending: the log-likelihood ratio, at most 0 and at least -3, of
        two sightings at one moment, one person against two.
    """
    cameras, place = np.unique(sightings.cameras, return_inverse=True)
    weight = np.zeros((len(cameras), len(cameras)))
    timed = np.isfinite(sightings.start) & np.isfinite(sightings.end)
    likely = (logits > 0) & (place[a] != place[b]) & timed[a] & timed[b]
    a, b, logits = a[likely], b[likely], logits[likely]
    best = _best_of_each_other(place, len(cameras), a, b, logits)
    a, b = a[best], b[best]
    low, high = np.minimum(place[a], place[b]), np.maximum(place[a], place[b])
    near, at_once = _meeting(sightings, a, b)
    generator = np.random.default_rng(seed)
    members = [np.flatnonzero((place == each) & timed) for each in range(len(cameras))]
    for one, two in np.unique(np.stack([low, high], axis=1), axis=0).tolist():
        here = (low == one) & (high == two) & near
        pairs, shared = int(here.sum()), int((here & at_once).sum())
        if pairs < _LEAST_PAIRS:
            continue
        drawn = (generator.choice(members[each], _DRAWN) for each in (one, two))
        strange, both = _meeting(sightings, *drawn)
        usual = (int(both[strange].sum()) + 1.0) / (int(strange.sum()) + 2.0)
        ratio = float(np.log(_rate(shared, pairs) / usual))
        weight[one, two] = weight[two, one] = min(max(ratio, -_MOST), 0.0)
    return weight


def mark_at_once(sightings: Sightings, weight: Floats, a: Rows, b: Rows, logits: Floats) -> Floats:
    """The log-odds, with pairs marked that were at once in cameras nobody is in at once, (e,)."""
    place = np.unique(sightings.cameras, return_inverse=True)[1]
    _, at_once = _meeting(sightings, a, b)
    against = np.where(at_once, weight[place[a], place[b]], 0.0)
    return np.where(against < 0, MARK + against, np.maximum(logits, MARK))


def _rate(shared: int, pairs: int) -> float:
    """Share of one person's sightings that are at once, whether the views share people or not."""
    likelihoods = [
        betaln(shared + one, pairs - shared + two) - betaln(one, two)
        for one, two in (_APART, _SHARED)
    ]
    apart = 1.0 / (1.0 + np.exp(likelihoods[1] - likelihoods[0]))
    means = [(shared + one) / (pairs + one + two) for one, two in (_APART, _SHARED)]
    return float(apart * means[0] + (1.0 - apart) * means[1])


def _meeting(sightings: Sightings, a: Rows, b: Rows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pairs are near each other in time, and which of them at once."""
    begin = np.maximum(sightings.start[a], sightings.start[b])
    shared = np.minimum(sightings.end[a], sightings.end[b]) - begin
    with np.errstate(invalid="ignore"):
        return shared > -_WINDOW, shared > _TOLERANCE


def _best_of_each_other(
    place: NDArray[np.int64], cameras: int, a: Rows, b: Rows, logits: Floats
) -> NDArray[np.bool_]:
    """Which pairs are the likeliest of both their sightings towards the other's camera."""
    source, target = np.concatenate([a, b]), np.concatenate([b, a])
    key = source * cameras + place[target]
    order = np.lexsort((target, -np.concatenate([logits, logits]), key))
    first = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
    chosen = np.zeros(len(source), np.bool_)
    chosen[first] = True
    return chosen[: len(a)] & chosen[len(a) :]
