"""How much the looks of two sightings speak for one person: log-likelihood ratios of many pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_models.calibration import Calibration
from reid_models.pair_scoring import pair_scores

Rows = NDArray[np.integer]
PairOdds = Callable[[Rows, Rows], NDArray[np.float64]]

EVEN = 3.5
"""Without a calibration: looks say nothing so many robust deviations above what strangers score."""
PER_DEVIATION = 2.0
"""Without a calibration: how much the log-likelihood ratio grows with each such deviation.

Both are on the careful side of the shipped calibrations, whose lines rise by about 3 per deviation
of strangers' scores and cross zero some three deviations above their middle."""
MOST = 5.0
"""Without a calibration looks alone never say more than this, either way."""
_ENOUGH = 50  # certain strangers from which their scores' spread is read
_DRAWN = 5000  # pairs drawn at random where there are fewer: nearly all are strangers too


@dataclass(frozen=True, slots=True, eq=False)
class SightingVectors:
    """The vectors of n sightings in one space.

    Args:
        whole: (n, D) float32 tracklet vectors of length 1; zeros where there is none.
        keyframes: (m, D) float16 keyframe vectors, as stored.
        owners: (m,) int64, the row of `whole` each keyframe belongs to.
    """

    whole: NDArray[np.float32]
    keyframes: NDArray[np.float16]
    owners: NDArray[np.int64]


def appearance_odds(
    vectors: SightingVectors,
    calibration: Calibration | None,
    strangers: NDArray[np.int64],
    seed: int,
) -> PairOdds:
    """A function from two arrays of rows to log p(looks | same person) - log p(looks | two people).

    Args:
        vectors: of the n sightings.
        calibration: of their space; None: a stand-in from what strangers score on this very site.
        strangers: (q, 2) rows of sightings that certainly show two people, seen at once in one
            picture; only the stand-in uses them.
        seed: for the pairs drawn at random where there are too few strangers.
    """
    score = pair_scores(vectors.whole, vectors.keyframes, vectors.owners)
    if calibration is not None and "tracklet_tracklet" in calibration.lines:
        line = calibration.lines["tracklet_tracklet"]
        return lambda left, right: line.ratio(score(left, right))
    count = len(vectors.whole)
    pairs = strangers
    if len(pairs) < _ENOUGH and count > 1:
        drawn = np.random.default_rng(seed).integers(0, count, (_DRAWN, 2))
        pairs = np.concatenate([pairs, drawn[drawn[:, 0] != drawn[:, 1]]])
    usual = score(pairs[:, 0], pairs[:, 1]) if len(pairs) else np.zeros(1, np.float32)
    middle = float(np.median(usual))
    spread = max(1.4826 * float(np.median(np.abs(usual - middle))), 0.02)

    def stand_in(left: Rows, right: Rows) -> NDArray[np.float64]:
        rise = (score(left, right).astype(np.float64) - middle) / spread
        return np.clip(PER_DEVIATION * (rise - EVEN), -MOST, MOST)

    return stand_in
