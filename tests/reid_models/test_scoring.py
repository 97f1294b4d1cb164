"""The one score of the search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_models.embedders import normalise
from reid_models.errors import VectorsInvalid
from reid_models.scoring import (
    best_keyframes,
    photo_query,
    score_all,
    score_many,
    tracklet_query,
)

RIGHT, UP = np.eye(2, dtype=np.float32)
BETWEEN = normalise(np.array([1, 1], np.float32))
HALF = float(BETWEEN[0])
NOBODY = np.zeros((0, 2), np.float32)
NO_OWNERS = np.zeros(0, np.int64)


def rows(*vectors: np.ndarray) -> np.ndarray:
    return np.array(vectors, np.float32)


def test_a_photo_is_compared_with_the_tracklet_and_its_best_keyframe():
    scores = score_many(photo_query(RIGHT), rows(BETWEEN), rows(UP, RIGHT), np.array([0, 0]))
    assert scores == pytest.approx([(HALF + 1) / 2])


def test_a_clicked_tracklet_also_brings_its_keyframes():
    query = tracklet_query(BETWEEN, rows(RIGHT, UP))
    scores = score_many(query, rows(BETWEEN, UP), rows(UP, RIGHT), np.array([0, 1]))
    assert scores == pytest.approx([(1 + 1) / 2, (HALF + 1) / 2])


def test_what_is_missing_is_left_out():
    query = photo_query(RIGHT)
    only_keyframes = score_many(query, rows(RIGHT * 0), rows(BETWEEN), np.array([0]))
    only_tracklet = score_many(query, rows(BETWEEN), NOBODY, NO_OWNERS)
    nothing = score_many(query, rows(RIGHT * 0), NOBODY, NO_OWNERS)
    bare_query = score_many(
        tracklet_query(RIGHT, NOBODY), rows(BETWEEN), rows(RIGHT), np.array([0])
    )
    assert only_keyframes == only_tracklet == bare_query == pytest.approx([HALF])
    assert nothing == [-1]


def test_an_empty_gallery_has_no_scores():
    assert score_many(photo_query(RIGHT), NOBODY, NOBODY, NO_OWNERS).shape == (0,)


def test_several_queries_count_by_their_mean():
    queries = [photo_query(RIGHT), photo_query(UP)]
    scores = score_all(queries, rows(RIGHT, BETWEEN), NOBODY, NO_OWNERS)
    assert scores == pytest.approx([0.5, HALF])
    with pytest.raises(VectorsInvalid, match="at least one"):
        score_all([], rows(RIGHT), NOBODY, NO_OWNERS)


def test_the_keyframe_to_show_is_the_one_most_like_any_query():
    keyframes = rows(UP, RIGHT, BETWEEN, BETWEEN)
    best = best_keyframes([photo_query(RIGHT)], keyframes, np.array([2, 0, 0, 2]), 3)
    assert best.tolist() == [1, -1, 3]
    either = best_keyframes(
        [photo_query(-UP), photo_query(UP)], rows(RIGHT, UP), np.zeros(2, int), 1
    )
    assert either.tolist() == [1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 40))
def test_the_score_is_symmetric_bounded_and_blind_to_order(seed: int, count: int, crops: int):
    rng = np.random.default_rng(seed)
    tracklets, keyframes = (
        normalise(rng.normal(size=(n, 6)).astype(np.float32)) for n in (count, crops)
    )
    owners = rng.integers(0, count, crops)
    query = tracklet_query(tracklets[0], keyframes[owners == 0])
    scores = score_many(query, tracklets, keyframes, owners)
    assert np.all(np.abs(scores) <= 1)
    assert scores[0] == pytest.approx(1, abs=1e-5)
    mixed = rng.permutation(crops)
    again = score_many(query, tracklets, keyframes[mixed], owners[mixed])
    np.testing.assert_allclose(scores, again, atol=1e-6)
    for other in range(count):
        back = tracklet_query(tracklets[other], keyframes[owners == other])
        assert score_many(back, tracklets, keyframes, owners)[0] == pytest.approx(
            scores[other], abs=1e-5
        )


@given(st.integers(0, 2**32 - 1))
def test_vectors_kept_as_float16_score_the_same(seed: int):
    rng = np.random.default_rng(seed)
    vectors = normalise(rng.normal(size=(9, 256)).astype(np.float32))
    stored = vectors.astype(np.float16).astype(np.float32)
    scores = [
        score_many(photo_query(each[0]), each[:4], each[4:], np.array([0, 1, 2, 3, 3]))
        for each in (vectors, stored)
    ]
    np.testing.assert_allclose(scores[0], scores[1], atol=2e-3)


@pytest.mark.parametrize(
    ("tracklets", "keyframes", "owners", "why"),
    [
        (rows(RIGHT * 3), NOBODY, NO_OWNERS, "length 3"),
        (rows(RIGHT).astype(np.float64), NOBODY, NO_OWNERS, "float64"),
        (np.eye(3, dtype=np.float32), NOBODY, NO_OWNERS, "different models"),
        (rows(RIGHT), rows(UP), NO_OWNERS, "1 keyframes"),
        (rows(RIGHT), rows(UP), np.array([0.0]), "float64"),
        (rows(RIGHT), rows(UP), np.array([1]), "tracklets 1 to 1"),
        (rows(RIGHT), rows(UP), np.array([-1]), "tracklets -1 to -1"),
        (rows(RIGHT), rows(UP * np.nan), np.array([0]), "length nan"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(
    tracklets: np.ndarray, keyframes: np.ndarray, owners: np.ndarray, why: str
):
    with pytest.raises(VectorsInvalid, match=why):
        score_many(photo_query(RIGHT), tracklets, keyframes, owners)


def test_a_query_of_mixed_dimensions_is_refused():
    with pytest.raises(VectorsInvalid, match="one space"):
        tracklet_query(RIGHT, np.eye(3, dtype=np.float32))
