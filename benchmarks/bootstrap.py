"""How far IDF1 across cameras may be off by whom the footage happens to show.

People are drawn again with replacement. A person drawn twice counts as two, each with the boxes
that were found of them; boxes found of nobody count once. IDF1 is then the best one-to-one match of
people and identities, as in the measure itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from app.services.actor import OWNER
from app.services.boxes import longest_gap
from app.services.evaluation import labelled_sightings
from app.workspace import Workspace
from tracking.evaluation import answers_at, evaluate, matches

DRAWS = 2000


def interval(
    workspace: Workspace, truth: Path, identities: Mapping[int, int], share: float = 0.95
) -> tuple[float, float]:
    """The bootstrap interval of IDF1.

    Args:
        workspace: the store.
        truth: folder of the truth.
        identities: sighting → person, 0 for nobody.
        share: of draws within the interval.
    """
    overlap, sizes, alone = _matched(workspace, truth, identities)
    rng = np.random.default_rng(0)
    people = len(sizes)
    drawn = [rng.multinomial(people, np.full(people, 1 / people)) for _ in range(DRAWS)]
    scores = [idf1(overlap, sizes, alone, weights) for weights in drawn]
    low, high = np.quantile(scores, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def idf1(
    overlap: NDArray[np.int64], sizes: NDArray[np.int64], alone: int, weights: NDArray[np.int64]
) -> float:
    """IDF1 where person i counts `weights[i]` times.

    Args:
        overlap: (p, q) boxes of person i that were found and given to identity j.
        sizes: (p,) true boxes.
        alone: found boxes that match nobody.
        weights: (p,) times.
    """
    # A person drawn twice brings their identities twice: the match is that of one, counted twice.
    rows, columns = linear_sum_assignment(-overlap * weights[:, None])
    right = float((overlap[rows, columns] * weights[rows]).sum())
    said = float((overlap.sum(axis=1) * weights).sum()) + alone
    return 2 * right / max(float((sizes * weights).sum()) + said, 1.0)


def _matched(
    workspace: Workspace, truth: Path, identities: Mapping[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    pairs: list[tuple[int, int]] = []
    true: list[NDArray[np.int32]] = []
    scored = 0
    gap = longest_gap(workspace.settings)
    for labels, found in labelled_sightings(OWNER, workspace, truth).values():
        answers = answers_at(found, labels.labelled, gap)
        pairs += [
            (person, identities.get(sighting) or -sighting)
            for _, person, sighting in matches(labels, answers)
        ]
        scored += evaluate({"": (labels, answers)})["all"].answer_boxes
        true.append(labels.ids[labels.counts & np.isin(labels.frames, labels.labelled)])
    known, sizes = np.unique(np.concatenate(true), return_counts=True)
    said, columns = np.unique([pair[1] for pair in pairs], return_inverse=True)
    overlap = np.zeros((len(known), len(said)), np.int64)
    np.add.at(overlap, (np.searchsorted(known, [pair[0] for pair in pairs]), columns), 1)
    return overlap, sizes, scored - len(pairs)
