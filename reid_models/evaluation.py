"""Ranking accuracy of a re-ID model: CMC and mean average precision, from distances.

The usual protocol: for each query, what the same camera saw of the same person is taken out of the
gallery (as is junk, identity -1), and a query without a right answer left is not counted. Ties are
kept in gallery order (a stable sort), so a model that finds everybody alike scores like chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reid_models.errors import EvaluationError

__all__ = ["RankingResult", "rank_gallery"]

Ints = npt.NDArray[np.integer]
JUNK = -1


@dataclass(frozen=True, slots=True, eq=False)
class RankingResult:
    """What a ranking scored."""

    cmc: npt.NDArray[np.float64]
    """(R,): share of counted queries with a right answer among the first k = 1…R."""
    mean_ap: float
    """Standard: for a query the mean over right answers of (how many so far / rank)."""
    mean_ap_trapezoid: float
    """As Market-1501's own script has it, each right answer counting the mean of the precision
    before and after it; never higher. Published numbers use either."""
    mean_inp: float
    """Mean over queries of right answers / rank of the last one (Ye et al., 2021): how far one must
    look to find them all."""
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
) -> RankingResult:
    """Rank the gallery for every query.

    Args:
        distances: (Q, G), smaller is more alike.
        query_ids: (Q,) identities.
        query_cameras: (Q,) cameras.
        gallery_ids: (G,) identities; -1 is junk, 0 a distractor of nobody's.
        gallery_cameras: (G,) cameras.
        ranks: length of the CMC curve.

    Raises:
        EvaluationError: the shapes do not fit, a distance is not a number, or no query has a right
            answer.
    """
    if distances.shape != (len(query_ids), len(gallery_ids)) or not (
        len(query_ids) == len(query_cameras) and len(gallery_ids) == len(gallery_cameras)
    ):
        raise EvaluationError(
            f"Distances are {distances.shape} for {len(query_ids)} query ids, "
            f"{len(query_cameras)} query cameras, {len(gallery_ids)} gallery ids and "
            f"{len(gallery_cameras)} gallery cameras; they must be (queries, gallery)."
        )
    if np.isnan(distances).any():
        raise EvaluationError(
            "Some distances are not numbers, so nothing can be ranked. Check the vectors they were "
            "computed from."
        )
    hits = np.zeros(ranks)
    precisions: list[tuple[float, float]] = []
    penalties: list[float] = []
    for query, row in enumerate(distances):
        same = gallery_ids == query_ids[query]
        kept = (gallery_ids != JUNK) & ~(same & (gallery_cameras == query_cameras[query]))
        right = _places(row[kept], np.flatnonzero(same[kept]))
        if not len(right):
            continue
        if right[0] < ranks:
            hits[right[0] :] += 1
        precisions.append(_average_precisions(right))
        penalties.append(len(right) / (right[-1] + 1))
    if not precisions:
        raise EvaluationError(
            "No query has a right answer in another camera's gallery. Check that identities and "
            "cameras of queries and gallery are numbered alike."
        )
    counted = len(precisions)
    standard, trapezoid = np.mean(precisions, axis=0)
    return RankingResult(
        cmc=hits / counted,
        mean_ap=float(standard),
        mean_ap_trapezoid=float(trapezoid),
        mean_inp=float(np.mean(penalties)),
        counted=counted,
        skipped=len(query_ids) - counted,
    )


def _places(distances: npt.NDArray[np.floating], right: Ints) -> Ints:
    """Where a stable sort would put these of the gallery's rows, rising.

    Sorting the values alone is many times as fast as sorting rows by them.
    """
    mine = distances[right]
    ordered = np.sort(distances)
    places = np.searchsorted(ordered, mine, side="left")
    alike = np.searchsorted(ordered, mine, side="right") - places
    for index in np.flatnonzero(alike > 1):
        places[index] += np.count_nonzero(distances[: right[index]] == mine[index])
    return np.asarray(np.sort(places), np.int64)


def _average_precisions(right: Ints) -> tuple[float, float]:
    """Both conventions' of right answers at positions `right`, counted from 0 and rising."""
    found = np.arange(1, len(right) + 1)
    now = found / (right + 1)
    before = np.where(right == 0, 1.0, (found - 1) / np.maximum(right, 1))
    return float(now.mean()), float(((before + now) / 2).mean())
