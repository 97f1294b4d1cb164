"""What a comparison of two models found, query by query, and which of them is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.services.known_people import Source
from storage.records import CropRow, TrackletRow

CLEAR = 0.05
"""A sign test below this says that one model is really better on these people."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit of one model: its place with the other one, and whether it is the right person."""

    row: TrackletRow
    cover: CropRow | None
    score: float
    rank: int
    other_rank: int
    right: bool | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One query.

    Args:
        row, cover: the query.
        a, b: the first hits of each model.
        overlap: share of the first hits that both have.
        correlation: of all ranks (Spearman), -1–1; None with fewer than three hits.
        right: how many known sightings of the person were to be found; 0: not known.
        first_a, first_b: at which place each model shows the first of them.
    """

    row: TrackletRow
    cover: CropRow | None
    a: tuple[Ranked, ...]
    b: tuple[Ranked, ...]
    overlap: float
    correlation: float | None
    right: int
    first_a: int | None
    first_b: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which model finds known people first.

    Args:
        source: who knows them: "hand" or "truth".
        queries: how many had somebody to be found.
        a_sooner, b_sooner, equal: queries in which that model shows the person sooner.
        rank1_a, rank1_b: share of queries whose first hit is right.
        better: "a" or "b" where a sign test tells them apart, else None.
    """

    source: Source
    queries: int
    a_sooner: int
    b_sooner: int
    equal: int
    rank1_a: float
    rank1_b: float
    better: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models on all queries; `overlap` and `correlation` are means over them."""

    a: str
    b: str
    sightings: int
    sampled: bool
    queries: tuple[Compared, ...]
    overlap: float
    correlation: float | None
    verdict: Verdict | None


def verdict_of(compared: Sequence[Compared], source: Source | None) -> Verdict | None:
    """Who finds known people sooner; None where nobody was to be found."""
    from scipy.stats import binomtest  # slow to import

    judged = [each for each in compared if each.first_a is not None and each.first_b is not None]
    if not judged or source is None:
        return None
    places = np.array([(each.first_a, each.first_b) for each in judged], np.int64)
    a, b = int((places[:, 0] < places[:, 1]).sum()), int((places[:, 1] < places[:, 0]).sum())
    told = bool(a + b) and float(binomtest(a, a + b).pvalue) < CLEAR
    return Verdict(
        source=source,
        queries=len(judged),
        a_sooner=a,
        b_sooner=b,
        equal=len(judged) - a - b,
        rank1_a=float((places[:, 0] == 1).mean()),
        rank1_b=float((places[:, 1] == 1).mean()),
        better=("a" if a > b else "b") if told else None,
    )
