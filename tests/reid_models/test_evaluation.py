"""CMC and mean average precision, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from reid_models.errors import EvaluationError
from reid_models.evaluation import RankingResult, rank_gallery


def one_query(right_at: list[int], length: int = 10) -> RankingResult:
    """Person 1 of camera 0 asks a gallery of camera 1 with the right answers at these ranks."""
    ids = np.array([1 if rank + 1 in right_at else 2 for rank in range(length)])
    return rank_gallery(
        np.arange(length, dtype=float)[None],
        np.array([1]),
        np.array([0]),
        ids,
        np.ones(length, int),
    )


@pytest.mark.parametrize(
    ("right_at", "standard", "trapezoid"),
    [([1], 1.0, 1.0), ([1, 3], 0.833, 0.792), ([2], 0.5, 0.25), ([2, 4, 9], 0.444, 0.319)],
)
def test_both_average_precisions_of_known_ranks(
    right_at: list[int], standard: float, trapezoid: float
):
    result = one_query(right_at)
    assert result.mean_ap == pytest.approx(standard, abs=6e-4)
    assert result.mean_ap_trapezoid == pytest.approx(trapezoid, abs=6e-4)


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
    result = one_query(right_at, 30)
    assert 0 <= result.mean_ap_trapezoid <= result.mean_ap <= 1
    assert np.all(np.diff(result.cmc) >= 0)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_the_standard_average_precision_is_that_of_scikit_learn(seed: int, size: int):
    rng = np.random.default_rng(seed)
    distances = rng.permutation(6 * size).reshape(6, size) / size
    query_ids, gallery_ids = rng.integers(1, 4, 6), rng.integers(1, 4, size)
    query_ids[0] = gallery_ids[0]
    cameras = np.zeros(6, int), np.ones(size, int)
    result = rank_gallery(distances, query_ids, cameras[0], gallery_ids, cameras[1])
    expected = [
        average_precision_score(gallery_ids == person, -row)
        for person, row in zip(query_ids, distances, strict=True)
        if (gallery_ids == person).any()
    ]
    assert result.counted == len(expected)
    assert result.mean_ap == pytest.approx(np.mean(expected))


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=30))
def test_ties_keep_the_gallerys_order(answers: list[tuple[int, bool]]):
    distances = np.array([d for d, _ in answers], np.float32)
    ids = np.array([1 if right else 2 for _, right in answers])
    ranked = ids[np.argsort(distances, kind="stable")] == 1
    if not ranked.any():
        return
    result = rank_gallery(
        distances[None], np.array([1]), np.array([0]), ids, np.ones(len(ids), int), ranks=30
    )
    np.testing.assert_array_equal(result.cmc[: len(ids)] > 0, np.cumsum(ranked) > 0)
    right = np.flatnonzero(ranked)
    precision = np.arange(1, len(right) + 1) / (right + 1)
    assert result.mean_ap == pytest.approx(precision.mean())
    assert result.mean_inp == pytest.approx(precision[-1])


def test_distances_that_are_no_numbers_are_refused():
    with pytest.raises(EvaluationError, match="not numbers"):
        rank_gallery(np.array([[np.nan]]), *(np.array([n]) for n in (1, 0, 1, 1)))


def test_a_ranking_worked_out_by_hand():
    """Two queries, six in the gallery: both answers of the first at 1 and 4, the second's at 3."""
    result = rank_gallery(
        np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.6, 0.1, 0.5, 0.2, 0.3, 0.4]]),
        np.array([1, 2]),
        np.array([0, 0]),
        np.array([1, 3, 4, 1, 2, 5]),
        np.array([1, 1, 1, 2, 1, 0]),
    )
    assert [result.rank(k) for k in (1, 2, 3)] == [0.5, 0.5, 1]
    assert result.mean_ap == pytest.approx(((1 + 2 / 4) / 2 + 1 / 3) / 2)
    assert result.mean_ap_trapezoid == pytest.approx(((1 + (1 / 3 + 2 / 4) / 2) / 2 + 1 / 6) / 2)
    assert result.mean_inp == pytest.approx((2 / 4 + 1 / 3) / 2)
