"""Ordering anew: pairs are symmetric, and what lies after the first hits stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reid_models.cards import Architecture, ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.cross_scoring import (
    CrossScorer,
    load_pair_scorer,
    reordered,
    reordered_distances,
)
from reid_models.errors import CropInvalid, ModelUnknown, ModelUntrained
from reid_models.methods.can import CAN
from reid_models.roles import PairScorer

SHAPE = Architecture(depth=10, width=8, pair_channels=12, map_size=(4, 2))
CROPS = list(np.random.default_rng(0).integers(0, 256, (6, 64, 32, 3), np.uint8))


@pytest.fixture
def scorer(tmp_path: Path) -> CrossScorer:
    shipped = card_named("can")
    card = ModelCard.model_validate(
        shipped.model_dump()
        | {
            "name": "toy",
            "architecture": SHAPE,
            "dimension": 16,
            "preprocessing": shipped.preprocessing.model_dump() | {"height": 64, "width": 32},
        }
    )
    torch.manual_seed(0)
    save_checkpoint(CAN(SHAPE, 16), card, tmp_path / "toy")
    return load_pair_scorer("toy", [tmp_path], "cpu")


def test_a_pair_scores_the_same_either_way_and_with_itself_best(scorer: CrossScorer):
    assert isinstance(scorer, PairScorer)
    left, right = [[crop] for crop in CROPS[:3]], [[crop] for crop in CROPS[3:]]
    found = scorer.score(left, right)
    assert found.shape == (3,)
    assert found.dtype == np.float32
    np.testing.assert_allclose(scorer.score(right, left), found, atol=1e-5)
    assert ((found >= 0) & (found <= 1)).all()
    assert (scorer.score(left, left) >= found).all()
    maps = scorer.maps(left)
    np.testing.assert_allclose(scorer.cosines(maps, maps), 1, atol=1e-3)


def test_a_strip_is_the_mean_of_a_few_of_its_maps(scorer: CrossScorer):
    alone = scorer.maps([[crop] for crop in CROPS])
    assert (alone.shape, alone.dtype) == ((6, 12, 4, 2), np.float16)
    strips = scorer.maps([CROPS[:3], CROPS])
    np.testing.assert_allclose(strips[0], alone[:3].astype(np.float32).mean(0), atol=2e-3)
    chosen = alone[[0, 2, 3, 5]].astype(np.float32)
    np.testing.assert_allclose(strips[1], chosen.mean(0), atol=2e-3)


def test_one_map_is_compared_with_many(scorer: CrossScorer):
    maps = scorer.maps([[crop] for crop in CROPS])
    found = scorer.cosines(maps[:1], maps)
    one_by_one = [scorer.cosines(maps[:1], maps[n : n + 1])[0] for n in range(6)]
    np.testing.assert_allclose(found, one_by_one, atol=1e-5)
    assert scorer.maps([]).shape == (0, 12, 4, 2)
    assert scorer.cosines(maps[:0], maps[:0]).shape == (0,)
    with pytest.raises(CropInvalid):
        scorer.maps([CROPS, []])


def test_what_does_not_compare_pairs_or_is_untrained_is_named(tmp_path: Path):
    with pytest.raises(ModelUnknown, match="role pair_scorer"):
        load_pair_scorer("ianet", [tmp_path])
    with pytest.raises(ModelUntrained):
        load_pair_scorer("can", [tmp_path])


SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=12)


@given(SCORES, st.data())
def test_only_the_first_hits_are_ordered_anew(scores: list[float], data: st.DataObject):
    scores = sorted(scores, reverse=True)
    first = data.draw(st.integers(0, len(scores)))
    cosines = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=first, max_size=first)))
    order = reordered(np.array(scores), cosines)
    assert sorted(order) == list(range(len(scores)))
    assert order[first:].tolist() == list(range(first, len(scores)))
    unchanged = reordered(np.array(scores), cosines, share=0.0)
    assert unchanged.tolist() == list(range(len(scores)))


def test_the_pair_scorer_counts_as_much_as_it_is_given():
    scores, cosines = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.1, 0.3, 0.5])
    assert reordered(scores, cosines, share=0.3).tolist() == [0, 1, 2, 3]
    assert reordered(scores, cosines, share=0.6).tolist() == [2, 1, 0, 3]
    itself = np.array([1.0, 0.8, 0.7])
    assert reordered(itself, np.array([1.0, 0.9, 0.99]))[0] == 0


def test_a_measurement_ranks_by_the_new_order(scorer: CrossScorer):
    maps = scorer.maps([[crop] for crop in CROPS])
    distances = np.array([[0.1, 0.5, 0.2, 0.3], [0.4, 0.1, 0.3, 0.2]])
    found = reordered_distances(scorer, distances, maps[:2], maps[2:], first=3, share=1.0)
    for query, best in ((0, [0, 2, 3]), (1, [1, 3, 2])):
        cosines = scorer.cosines(maps[query : query + 1], maps[2:][best])
        expected = np.array(best)[np.argsort(-cosines, kind="stable")]
        assert np.argsort(found[query])[:3].tolist() == expected.tolist()
        assert sorted(found[query]) == sorted(distances[query])
    assert found[0, 1] == 0.5, "after the first three"
    same = reordered_distances(scorer, distances, maps[:2], maps[2:], share=0.0)
    np.testing.assert_array_equal(same, distances)
