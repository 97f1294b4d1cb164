"""Ranking accuracy of a re-ID model: CMC and mean average precision, from distances.

The usual protocol: for each query, what the same camera saw of the same person is taken out of the
gallery (as is junk, identity -1), and a query without a right answer left is not counted. Ties are
kept in gallery order (a stable sort), so a model that finds everybody alike scores like chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from reid_models.errors import EvaluationError

__all__ = ["AveragePrecision", "RankingResult", "rank_gallery"]

AveragePrecision = Literal["standard", "trapezoid"]
"""standard: mean over right answers of (how many so far / rank). trapezoid: Market-1501's own
script, each right answer counting the mean of the precision before and after it; never higher."""
Ints = npt.NDArray[np.integer]
JUNK = -1


@dataclass(frozen=True, slots=True, eq=False)
class RankingResult:
    """What a ranking scored."""

    cmc: npt.NDArray[np.float64]
    """(R,): share of counted queries with a right answer among the first k = 1…R."""
    mean_ap: float
    mean_inp: float
    """Mean over queries of right answers / rank of the last one (Ye et al., 2021): how far one must
    look to find them all."""
    average_precision: AveragePrecision
    counted: int
    skipped: int
    """Queries without a right answer in the gallery."""

    def rank(self, k: int) -> float:
        """CMC at k, counted from 1; beyond the measured ranks, the last one."""
        return float(self.cmc[min(k, len(self.cmc)) - 1])


def rank_gallery(
    distances: npt.NDArray[np.floating],
    query_ids: Ints,
    query_cameras: Ints,
    gallery_ids: Ints,
    gallery_cameras: Ints,
    *,
    ranks: int = 20,
    average_precision: AveragePrecision = "standard",
) -> RankingResult:
    """Rank the gallery for every query.

    Args:
        distances: (Q, G), smaller is more alike.
        query_ids: (Q,) identities.
        query_cameras: (Q,) cameras.
        gallery_ids: (G,) identities; -1 is junk, 0 a distractor of nobody's.
        gallery_cameras: (G,) cameras.
        ranks: length of the CMC curve.
        average_precision: which definition; published numbers use either.

    Raises:
        EvaluationError: the shapes do not fit, or no query has a right answer.
    """
    if distances.shape != (len(query_ids), len(gallery_ids)) or not (
        len(query_ids) == len(query_cameras) and len(gallery_ids) == len(gallery_cameras)
    ):
        raise EvaluationError(
            f"Distances are {distances.shape} for {len(query_ids)} query ids, "
            f"{len(query_cameras)} query cameras, {len(gallery_ids)} gallery ids and "
            f"{len(gallery_cameras)} gallery cameras; they must be (queries, gallery)."
        )
    hits = np.zeros(ranks)
    precisions: list[float] = []
    penalties: list[float] = []
    for query, row in enumerate(distances):
        same = gallery_ids == query_ids[query]
        kept = (gallery_ids != JUNK) & ~(same & (gallery_cameras == query_cameras[query]))
        order = np.argsort(row[kept], kind="stable")
        right = np.flatnonzero(same[kept][order])
        if not len(right):
            continue
        if right[0] < ranks:
            hits[right[0] :] += 1
        precisions.append(_average_precision(right, average_precision))
        penalties.append(len(right) / (right[-1] + 1))
    if not precisions:
        raise EvaluationError(
            "No query has a right answer in another camera's gallery. Check that identities and "
            "cameras of queries and gallery are numbered alike."
        )
    counted = len(precisions)
    return RankingResult(
        cmc=hits / counted,
        mean_ap=float(np.mean(precisions)),
        mean_inp=float(np.mean(penalties)),
        average_precision=average_precision,
        counted=counted,
        skipped=len(query_ids) - counted,
    )


def _average_precision(right: Ints, flavour: AveragePrecision) -> float:
    """AP of right answers at positions `right`, counted from 0 and rising."""
    found = np.arange(1, len(right) + 1)
    now = found / (right + 1)
    if flavour == "standard":
        return float(now.mean())
    before = np.where(right == 0, 1.0, (found - 1) / np.maximum(right, 1))
    return float(((before + now) / 2).mean())
