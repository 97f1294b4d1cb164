"""CMC and mean average precision, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_models.errors import EvaluationError
from reid_models.evaluation import AveragePrecision, RankingResult, rank_gallery


def one_query(
    right_at: list[int], length: int = 10, flavour: AveragePrecision = "standard"
) -> RankingResult:
    """Person 1 of camera 0 asks a gallery of camera 1 with the right answers at these ranks."""
    ids = np.array([1 if rank + 1 in right_at else 2 for rank in range(length)])
    return rank_gallery(
        np.arange(length, dtype=float)[None],
        np.array([1]),
        np.array([0]),
        ids,
        np.ones(length, int),
        average_precision=flavour,
    )


@pytest.mark.parametrize(
    ("right_at", "standard", "trapezoid"),
    [([1], 1.0, 1.0), ([1, 3], 0.833, 0.792), ([2], 0.5, 0.25), ([2, 4, 9], 0.444, 0.319)],
)
def test_both_average_precisions_of_known_ranks(
    right_at: list[int], standard: float, trapezoid: float
):
    assert one_query(right_at).mean_ap == pytest.approx(standard, abs=6e-4)
    assert one_query(right_at, flavour="trapezoid").mean_ap == pytest.approx(trapezoid, abs=6e-4)


@pytest.mark.parametrize(("right_at", "inp"), [([1, 2, 3], 1), ([1, 10], 0.2), ([4], 0.25)])
def test_the_inverse_negative_penalty_looks_at_the_last_right_answer(
    right_at: list[int], inp: float
):
    assert one_query(right_at).mean_inp == pytest.approx(inp)


def test_cmc_counts_the_first_right_answer():
    result = one_query([3, 5])
    assert [result.rank(k) for k in (1, 2, 3, 10)] == [0, 0, 1, 1]
    assert result.rank(1000) == 1


def test_the_own_cameras_pictures_of_the_person_and_junk_are_taken_out():
    result = rank_gallery(
        np.array([[0.0, 0.1, 0.2, 0.3]]),
        np.array([1]),
        np.array([0]),
        np.array([1, -1, 2, 1]),
        np.array([0, 1, 0, 1]),
    )
    assert result.rank(1) == 0
    assert result.rank(2) == 1
    assert result.mean_ap == 0.5


def test_queries_without_a_right_answer_are_counted_apart():
    result = rank_gallery(
        np.zeros((2, 1)), np.array([1, 2]), np.array([0, 0]), np.array([1]), np.array([1])
    )
    assert (result.counted, result.skipped, result.mean_ap) == (1, 1, 1.0)
    with pytest.raises(EvaluationError, match="numbered alike"):
        rank_gallery(np.zeros((1, 1)), np.array([1]), np.array([0]), np.array([1]), np.array([0]))


def test_a_model_that_finds_everybody_alike_gains_nothing_from_ties():
    result = rank_gallery(
        np.zeros((1, 100)),
        np.array([1]),
        np.array([0]),
        np.array([2] * 99 + [1]),
        np.ones(100, int),
        ranks=100,
    )
    assert result.rank(99) == 0
    assert result.mean_ap == pytest.approx(0.01)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(EvaluationError, match=r"\(1, 2\)"):
        rank_gallery(np.zeros((1, 2)), *(np.zeros(1, int),) * 4)


@given(st.sets(st.integers(1, 30), min_size=1))
def test_the_trapezoid_is_never_the_higher_one(ranks: set[int]):
    right_at = sorted(ranks)
    standard = one_query(right_at, 30)
    trapezoid = one_query(right_at, 30, "trapezoid")
    assert 0 <= trapezoid.mean_ap <= standard.mean_ap <= 1
    assert np.all(np.diff(standard.cmc) >= 0)
