"""Re-ranking by k-reciprocal neighbours, against a plain dense computation."""

from __future__ import annotations

import numpy as np
import pytest

from reid_models.embedders import normalise
from reid_models.rerank import rerank


def vectors(count: int, seed: int, people: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(people, 8))
    return normalise(
        (centres[np.arange(count) % people] + rng.normal(0, 0.5, (count, 8))).astype(np.float32)
    )


def dense(queries: np.ndarray, gallery: np.ndarray, k1: int, k2: int, weight: float) -> np.ndarray:
    """The paper's steps, one after another on full matrices."""
    everything = np.concatenate([queries, gallery]).astype(np.float64)
    count = len(everything)
    table = np.maximum(2 - 2 * everything @ everything.T, 0)
    np.fill_diagonal(table, 0)
    table = table / table.max(axis=1, keepdims=True)
    rank = np.argsort(table, axis=1, kind="stable")

    def mutual(i: int, k: int) -> set[int]:
        return {j for j in rank[i, : k + 1] if i in rank[j, : k + 1]}

    weights = np.zeros((count, count))
    for i in range(count):
        own = mutual(i, k1)
        grown = set(own)
        for j in own:
            theirs = mutual(j, round(k1 / 2))
            if len(theirs & own) > 2 / 3 * len(theirs):
                grown |= theirs
        members = sorted(grown)
        weights[i, members] = np.exp(-table[i, members])
        weights[i] /= weights[i].sum()
    weights = np.stack([weights[rank[i, :k2]].mean(axis=0) for i in range(count)])
    split = len(queries)
    shared = np.minimum(weights[:split, None], weights[None, split:]).sum(axis=2)
    return (1 - weight) * (1 - shared / (2 - shared)) + weight * table[:split, split:]


@pytest.mark.parametrize(("k1", "k2", "weight"), [(6, 3, 0.3), (5, 1, 0.0), (20, 6, 0.3)])
def test_the_sparse_computation_is_the_papers(k1: int, k2: int, weight: float):
    queries, gallery = vectors(7, 1), vectors(30, 2)
    got = rerank(queries, gallery, k1=k1, k2=k2, weight=weight)
    expected = dense(queries, gallery, k1, k2, weight)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_results_are_distances_between_0_and_1_and_follow_the_gallerys_order():
    queries, gallery = vectors(7, 1), vectors(30, 2)
    got = rerank(queries, gallery, k1=6, k2=3)
    assert got.min() >= -1e-6
    assert got.max() <= 1 + 1e-6
    order = np.random.default_rng(0).permutation(30)
    np.testing.assert_allclose(
        rerank(queries, gallery[order], k1=6, k2=3), got[:, order], atol=1e-6
    )


def test_with_all_weight_on_the_original_distance_only_its_scale_changes():
    queries, gallery = vectors(4, 1), vectors(20, 2)
    everything = np.concatenate([queries, gallery])
    table = 2 - 2 * queries @ everything.T
    expected = table[:, 4:] / table.max(axis=1, keepdims=True)
    np.testing.assert_allclose(rerank(queries, gallery, k1=6, weight=1.0), expected, atol=1e-5)


def test_two_clean_crowds_are_kept_apart():
    everyone = np.zeros((16, 8), np.float32)
    everyone[:8, 0] = everyone[8:, 1] = 1
    everyone = normalise(everyone + np.random.default_rng(0).normal(0, 0.05, (16, 8)))
    got = rerank(everyone[[0, 8]], everyone[[*range(1, 8), *range(9, 16)]], k1=4, k2=2)
    assert got[0, :7].max() < got[0, 7:].min()
    assert got[1, 7:].max() < got[1, :7].min()
