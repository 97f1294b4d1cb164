"""How well people were told apart across cameras.

Cameras are laid end to end as if they were one long video with global ids, as in multi-camera
benchmarks; IDF1, HOTA and AssA are TrackEval's on that. The other measures are over tracklets: the
true person of a tracklet is the one most of its matched boxes show. A tracklet that was given to
nobody counts as an identity of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.evaluation import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Boxes that were found in one video, (n,) each and (n, 4).

    Args:
        frames: int32, 0-based.
        tracklets: int64, whose box.
        identities: int64, whom it was given to; 0 or less for nobody.
        boxes: float32 xyxy.
    """

    frames: NDArray[np.int32]
    tracklets: NDArray[np.int64]
    identities: NDArray[np.int64]
    boxes: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shares:
    """Precision, recall and their harmonic mean, 0–1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class PeopleScores:
    """Scores across cameras, 0–1, and counts.

    Args:
        idf1, hota, assa: TrackEval's, cameras end to end.
        pairwise: over pairs of tracklets with a true person.
        bcubed: over tracklets.
        camera_pairs: (name, name) in order → pairwise over pairs of tracklets of these two.
        identities_found: identities given to at least one scored tracklet, unassigned ones counted
            one each.
        identities_true: people in the truth that counts.
        tracklets: tracklets with a true person.
    """

    idf1: float
    hota: float
    assa: float
    pairwise: Shares
    bcubed: Shares
    camera_pairs: dict[tuple[str, str], Shares]
    identities_found: int
    identities_true: int
    tracklets: int


def evaluate_people(pairs: Mapping[str, tuple[Truth, Found]]) -> PeopleScores:
    """Score identities across cameras.

    Args:
        pairs: a camera's (or video's) name → its truth, with ids shared across cameras, and what
            was found there. Tracklet ids must be unique over all.

    Raises:
        EvaluationError: nothing to score.
    """
    raise NotImplementedError


def pairwise(labels: NDArray[np.int64], truth: NDArray[np.int64]) -> Shares:
    """Of pairs of tracklets: those put together rightly, and those rightly put together.

    Args:
        labels: (n,) found identity; negative for nobody: an identity of its own.
        truth: (n,) true person.
    """
    raise NotImplementedError


def bcubed(labels: NDArray[np.int64], truth: NDArray[np.int64]) -> Shares:
    """B-cubed (Bagga and Baldwin, 1998): the same by tracklet instead of by pair.

    Args:
        labels: (n,) found identity; negative for nobody: an identity of its own.
        truth: (n,) true person.
    """
    raise NotImplementedError
