"""Which bands of which frames are hidden, and what such frames count."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_models.errors import VectorsInvalid
from reid_models.frame_policies import POLICIES, frame_weights, pool_weighted
from reid_models.occlusion_scores import (
    PAPERS_THRESHOLD,
    BandScores,
    band_edges,
    band_means,
    calibrate_thresholds,
    hidden_bands,
    score_bands,
)

SEEDS = st.integers(0, 10_000)


def walk(seed: int, frames: int = 4, noise: float = 0.05) -> np.ndarray:
    """Band features (frames, 3, 64), alike up to noise; positive, as after a ReLU."""
    rng = np.random.default_rng(seed)
    bands = rng.uniform(0, 1, (1, 3, 64))
    return (bands + rng.normal(0, noise, (frames, 3, 64))).clip(0).astype(np.float32)


def something_else(seed: int, count: int = 1) -> np.ndarray:
    """Features (count, 64) of things that are not the person, each like no other."""
    rng = np.random.default_rng((seed, 1))
    return (rng.uniform(0, 1, (count, 64)) ** 6).astype(np.float32)


@settings(max_examples=25)
@given(SEEDS)
def test_the_one_band_that_is_hidden_is_the_only_one_found(seed: int):
    features = walk(seed)
    features[2, 1] = something_else(seed)[0]
    scored = score_bands(features)
    assert np.unravel_index(scored.scores.argmin(), (4, 3)) == (2, 1)
    hidden = hidden_bands(scored, PAPERS_THRESHOLD)
    assert hidden.sum() == 1
    assert hidden[2, 1]


@settings(max_examples=25)
@given(SEEDS, st.lists(st.floats(0.01, 100), min_size=4, max_size=4))
def test_how_bright_a_frame_is_does_not_matter(seed: int, scales: list[float]):
    features = walk(seed)
    features[2, 1] = something_else(seed)[0]
    each = features * np.array(scales, np.float32)[:, None, None]
    # The paper's reference is a mean, which the brightest frame pulls: there, all at once.
    for reference, scaled in (("majority", each), ("mean", features * np.float32(scales[0]))):
        plain = score_bands(features, reference=reference).scores
        np.testing.assert_allclose(
            score_bands(scaled, reference=reference).scores, plain, atol=1e-6
        )


@settings(max_examples=25)
@given(SEEDS, st.permutations(range(5)))
def test_the_order_of_frames_does_not_matter(seed: int, order: list[int]):
    features = walk(seed, frames=5, noise=0.3)
    for reference in ("mean", "majority"):
        plain = score_bands(features, reference=reference)
        shuffled = score_bands(features[order], reference=reference)
        np.testing.assert_allclose(shuffled.scores, plain.scores[order], atol=1e-6)
        assert (shuffled.certain == plain.certain).all()


@pytest.mark.parametrize("reference", ["mean", "majority"])
@pytest.mark.parametrize("frames", [1, 2, 7])
def test_frames_that_are_the_same_score_exactly_one(reference: str, frames: int):
    features = np.repeat(walk(0, frames=1), frames, axis=0)
    scored = score_bands(features, reference=reference)
    assert (scored.scores == 1.0).all()
    assert scored.certain.all()
    assert not hidden_bands(scored, PAPERS_THRESHOLD).any()


def test_a_band_that_is_hidden_most_of_the_time_fools_the_mean_and_not_the_majority():
    features = walk(3)
    features[:3, 1] = 3 * something_else(3, 3)
    scored = score_bands(features)
    # Documented failure: what is seen three times is the mean, and the clean frame is far from it.
    assert scored.scores[3, 1] < PAPERS_THRESHOLD
    honest = score_bands(features, reference="majority")
    assert honest.certain.tolist() == [True, False, True]
    assert not hidden_bands(honest, PAPERS_THRESHOLD).any()


def test_an_occluder_does_not_pull_the_majority_towards_itself():
    features = walk(5, frames=5)
    features[0, 1] = 20 * something_else(5)[0]
    assert score_bands(features).scores[1:, 1].max() < PAPERS_THRESHOLD
    honest = score_bands(features, reference="majority")
    assert honest.scores[1:, 1].min() > 0.95
    assert hidden_bands(honest, PAPERS_THRESHOLD).nonzero()[0].tolist() == [0]


def test_bands_are_cut_as_adaptive_pooling_cuts_them():
    maps = np.random.default_rng(0).normal(size=(2, 5, 16, 8)).astype(np.float32)
    assert band_edges(16) == [(0, 6), (5, 11), (10, 16)]
    pooled = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(maps), (3, 1))
    np.testing.assert_allclose(band_means(maps), pooled[..., 0].transpose(1, 2).numpy(), atol=1e-5)


@settings(max_examples=25)
@given(SEEDS, st.sampled_from([0.01, 0.05, 0.2]))
def test_a_threshold_keeps_its_promise_on_what_it_was_fitted_on(seed: int, share: float):
    clean = [score_bands(walk(seed + n, frames=6, noise=0.3)).scores for n in range(20)]
    thresholds = calibrate_thresholds(clean, false_alarms=share)
    below = (np.concatenate(clean) < thresholds).mean(axis=0)
    assert (below <= share).all()
    assert (below > share - 0.01).all()


def test_single_frames_say_nothing_about_thresholds():
    one = score_bands(walk(0, frames=1)).scores
    with pytest.raises(VectorsInvalid, match="several frames"):
        calibrate_thresholds([one, one])
    many = score_bands(walk(0, frames=4)).scores
    np.testing.assert_array_equal(calibrate_thresholds([one, many]), calibrate_thresholds([many]))


def test_what_is_no_tracklet_is_refused():
    for features in (np.zeros((0, 3, 4)), np.zeros((3, 4)), np.full((1, 3, 4), np.nan)):
        with pytest.raises(VectorsInvalid, match="Band features"):
            score_bands(features.astype(np.float32))
    with pytest.raises(VectorsInvalid, match="at least 3 rows"):
        band_means(np.zeros((1, 4, 2, 2), np.float32))


HIDDEN = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]], np.bool_)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("all", [0.25, 0.25, 0.25, 0.25]),
        ("drop", [0.5, 0, 0, 0.5]),
        ("weight", [3 / 8, 2 / 8, 0, 3 / 8]),
    ],
)
def test_what_frames_count(policy: str, expected: list[float]):
    np.testing.assert_allclose(frame_weights(HIDDEN, policy), expected, atol=1e-7)


@pytest.mark.parametrize("policy", POLICIES)
def test_where_nothing_is_hidden_or_everything_every_frame_counts_the_same(policy: str):
    for value in (False, True):
        weights = frame_weights(np.full((5, 3), value), policy)
        np.testing.assert_allclose(weights, 0.2)


def test_dropping_and_weighing_bring_a_tracklet_back_to_its_clean_vector():
    rng = np.random.default_rng(0)
    clean = rng.normal(size=8) + rng.normal(0, 0.05, (4, 8))
    vectors = clean.astype(np.float32)
    vectors[2] = rng.normal(size=8)
    truth = pool_weighted(clean.astype(np.float32), frame_weights(HIDDEN, "all"))
    near = {p: float(pool_weighted(vectors, frame_weights(HIDDEN, p)) @ truth) for p in POLICIES}
    assert near["all"] < near["weight"]
    assert near["drop"] > 0.99
    assert np.linalg.norm(pool_weighted(vectors, frame_weights(HIDDEN, "all"))) == pytest.approx(1)


def test_uncertain_bands_are_not_called_hidden():
    scored = BandScores(np.zeros((2, 3), np.float32), np.array([True, False, True]))
    assert hidden_bands(scored, 0.5).tolist() == [[True, False, True]] * 2
