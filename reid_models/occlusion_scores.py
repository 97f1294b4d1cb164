"""Which bands of which frames of a tracklet are hidden: the similarity scoring of VRSTC.

Hou et al., VRSTC: Occlusion-Free Video Person Re-Identification, CVPR 2019:

    v_t^k = mean of frame t's map over band k;  u^k = mean over t of v_t^k;  s_t^k = cos(v_t^k, u^k)

A band whose score lies below τ shows something else than the tracklet's other frames do: most often
somebody or something in the way. Any network's last map will do; τ belongs to the network that made
it (the paper's .89 to theirs), so it is calibrated on clean tracklets, for each band by itself,
because feet agree less from frame to frame than heads.

Two limits, which no scoring by the tracklet alone escapes. Something that hides a band in most
frames *is* that band's mean, and the few clean frames stand out instead. And in the paper's mean an
occluder pulls the reference towards itself. `majority` takes as reference only the frames that
agree with each other, and says "uncertain" of a band where these are not more than half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from reid_models.errors import VectorsInvalid

__all__ = [
    "BANDS",
    "PAPERS_THRESHOLD",
    "BandScores",
    "Reference",
    "band_edges",
    "band_means",
    "calibrate_thresholds",
    "hidden_bands",
    "score_bands",
]

BANDS = 3
"""Upper, middle and lower, as in the paper."""
PAPERS_THRESHOLD = 0.89
Floats = npt.NDArray[np.float32]
Reference = Literal["mean", "majority"]


@dataclass(frozen=True, slots=True, eq=False)
class BandScores:
    """How well each band of each frame agrees with the rest of its tracklet."""

    scores: Floats
    """(T, K) in -1–1."""
    certain: npt.NDArray[np.bool_]
    """(K,): whether the band's reference was agreed on by more than half of the frames; always true
    with the paper's mean, which does not ask."""


def band_edges(rows: int, bands: int = BANDS) -> list[tuple[int, int]]:
    """First row and the one after the last of each band; where they do not divide, bands share one.

    Adaptive average pooling cuts in the same way.
    """
    return [(k * rows // bands, -(-(k + 1) * rows // bands)) for k in range(bands)]


def band_means(maps: Floats, bands: int = BANDS) -> Floats:
    """Mean features (T, bands, C) of maps (T, C, h, w).

    Raises:
        VectorsInvalid: maps of another shape, or with fewer rows than bands.
    """
    if maps.ndim != 4 or maps.shape[2] < bands:
        raise VectorsInvalid(
            f"Maps of frames are (T, C, h, w) with at least {bands} rows, not {maps.shape}. Check "
            "which network gave them."
        )
    edges = band_edges(maps.shape[2], bands)
    means = [maps[:, :, first:last].mean(axis=(2, 3), dtype=np.float64) for first, last in edges]
    return np.stack(means, axis=1).astype(np.float32)


def score_bands(
    features: Floats,
    *,
    reference: Reference = "mean",
    thresholds: float | Floats = PAPERS_THRESHOLD,
) -> BandScores:
    """Score a tracklet's bands.

    Args:
        features: float32 (T, K, C) of one tracklet's frames, in any order.
        reference: what a band is compared with. mean: the mean over all frames, the paper's.
            majority: over those like the most central one, by τ; over all where these are not
            more than half.
        thresholds: τ, one number or (K,); used by `majority` only.

    Returns:
        Scores (T, K); a single frame scores 1.

    Raises:
        VectorsInvalid: features of another shape, without frames, or not finite.
    """
    if features.ndim != 3 or not len(features) or not np.isfinite(features).all():
        raise VectorsInvalid(
            f"Band features are finite (T, K, C) with at least one frame, not {features.shape}."
        )
    frames, bands, _ = features.shape
    values = features.astype(np.float64)
    limits = np.broadcast_to(np.asarray(thresholds, np.float64), (bands,))
    scores = np.empty((frames, bands))
    certain = np.ones(bands, np.bool_)
    for band in range(bands):
        rows = values[:, band]
        if reference == "majority":
            rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            agreeing = _agreeing(rows, float(limits[band]))
            certain[band] = 2 * np.count_nonzero(agreeing) > frames
            centre = rows[agreeing | ~certain[band]].mean(axis=0)
        else:
            centre = rows.mean(axis=0)
        scores[:, band] = _cosines(rows, centre[None])[:, 0]
    return BandScores(scores.astype(np.float32), certain)


def hidden_bands(scored: BandScores, thresholds: float | Floats) -> npt.NDArray[np.bool_]:
    """Which bands (T, K) score below τ (one number or (K,)); none of a band that is uncertain."""
    below: npt.NDArray[np.bool_] = scored.scores < np.asarray(thresholds, np.float32)
    return below & scored.certain


def calibrate_thresholds(clean: Sequence[Floats], *, false_alarms: float = 0.01) -> Floats:
    """τ for each band, so that of clean bands this share falls below it.

    Args:
        clean: scores (T, K) of tracklets of several frames in which nothing is hidden.
        false_alarms: in 0–1.

    Returns:
        float32 (K,).

    Raises:
        VectorsInvalid: no tracklet has more than one frame.
    """
    several = [scores for scores in clean if len(scores) > 1]
    if not several:
        raise VectorsInvalid(
            "τ is calibrated on tracklets of several frames, and there are none. Give more data."
        )
    scores = np.concatenate(several)
    return np.quantile(scores, false_alarms, axis=0, method="lower").astype(np.float32)


def _agreeing(rows: npt.NDArray[np.float64], limit: float) -> npt.NDArray[np.bool_]:
    """The frames (T,) like the one that most frames are like; among equals the most alike."""
    alike = _cosines(rows, rows)
    near: npt.NDArray[np.bool_] = alike >= limit
    np.fill_diagonal(near, True)
    best = np.lexsort((-np.where(near, alike, 0.0).sum(axis=1), -near.sum(axis=1)))[0]
    return np.asarray(near[best], np.bool_)


def _cosines(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(N, M); two rows of zeros are the same, a row of zeros is like nothing else."""
    lengths = np.linalg.norm(left, axis=1)[:, None], np.linalg.norm(right, axis=1)[None]
    products = lengths[0] * lengths[1]
    cosines = np.divide(left @ right.T, products, out=np.zeros_like(products), where=products > 0)
    cosines[(lengths[0] == 0) & (lengths[1] == 0)] = 1.0
    return cosines
