"""Many pairs at once score exactly as one query against a gallery does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_models.embedders import normalise
from reid_models.errors import VectorsInvalid
from reid_models.pair_scoring import pair_scores
from reid_models.scoring import score_many, tracklet_query


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(0, 30), st.integers(0, 40))
def test_a_pair_scores_as_search_scores_it(seed: int, count: int, crops: int, pairs: int):
    rng = np.random.default_rng(seed)
    tracklets = normalise(rng.normal(size=(count, 6)).astype(np.float32))
    keyframes = normalise(rng.normal(size=(crops, 6)).astype(np.float32))
    owners = rng.integers(0, count, crops)
    left, right = rng.integers(0, count, (2, pairs))
    expected = [
        score_many(
            tracklet_query(tracklets[i], keyframes[owners == i]), tracklets, keyframes, owners
        )[j]
        for i, j in zip(left, right, strict=True)
    ]
    assert pair_scores(tracklets, keyframes, owners)(left, right) == pytest.approx(
        expected, abs=1e-5
    )


def test_what_is_missing_is_left_out():
    right, up = np.eye(2, dtype=np.float32)
    score = pair_scores(np.array([right, up, right * 0]), np.array([right, up]), np.array([0, 2]))
    assert score(np.array([0, 1, 0]), np.array([1, 2, 2])) == pytest.approx([0, -1, 0])


def test_stored_halves_serve_as_they_are():
    vectors = normalise(np.random.default_rng(1).normal(size=(6, 32)).astype(np.float32))
    owners, left, right = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1]), np.array([1, 2])
    halves = pair_scores(vectors[:3], vectors.astype(np.float16), owners)(left, right)
    assert halves == pytest.approx(pair_scores(vectors[:3], vectors, owners)(left, right), abs=2e-3)


@pytest.mark.parametrize(("crops", "owners"), [(2, [0]), (1, [3])])
def test_owners_must_fit(crops: int, owners: list[int]):
    with pytest.raises(VectorsInvalid, match="eyframes"):
        pair_scores(
            np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[:crops], np.array(owners)
        )
