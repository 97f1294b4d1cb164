"""Sightings whose truth is known: each person a direction of their own, and some noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracking.association import PairOdds, Sightings

SIZE = 32


def sightings(
    people: Sequence[int],
    cameras: Sequence[int] | None = None,
    *,
    start: Sequence[float] | None = None,
    seconds: float = 5.0,
    noise: float = 0.25,
    seed: int = 0,
    quality: float = 0.8,
) -> Sightings:
    """One a person named; ids from 1. Without `start` times are not trusted."""
    count = len(people)
    random = np.random.default_rng(seed)
    vectors = np.eye(SIZE)[np.array(people, np.int64)] if count else np.empty((0, SIZE))
    vectors = vectors + random.normal(0, noise / np.sqrt(SIZE) * 2, (count, SIZE))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    where = np.array(cameras if cameras is not None else range(1, count + 1), np.int32)
    begin = np.full(count, np.nan) if start is None else np.array(start, np.float64)
    offset = 100.0 * np.arange(count)
    return Sightings(
        ids=np.arange(1, count + 1, dtype=np.int64),
        cameras=where,
        videos=where.copy(),
        start=begin,
        end=begin + seconds,
        offset_start=offset,
        offset_end=offset + seconds,
        vectors=vectors.astype(np.float32),
        quality=np.full(count, quality, np.float32),
        frames=np.full(count, 20, np.int32),
    )


def odds_of(given: Sightings) -> PairOdds:
    """Calibrated as a good model would be: even at a cosine of 0.5."""

    def odds(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return 30.0 * np.einsum("ij,ij->i", given.vectors[a], given.vectors[b]) - 15.0

    return odds


def partition(ids: np.ndarray, labels: np.ndarray) -> set[frozenset[int]]:
    """Who is with whom; those with nobody are left out."""
    return {
        frozenset(ids[labels == label].tolist()) for label in set(labels.tolist()) if label >= 0
    }
