"""Episodes, prototypes, and what the queries may add to them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reid_models.errors import DatasetError
from reid_models.fewshot.episodes import Shape, draw_episode
from reid_models.fewshot.judging import inductive, prototypes, transductive
from reid_models.fewshot.network import FewShotCAN, ResNet12
from reid_models.methods.can import CrossAttention

LABELS = np.repeat(np.arange(6), 10)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_an_episode_has_what_it_should(ways: int, shots: int, queries: int, seed: int):
    shape = Shape(ways, shots, queries)
    found = draw_episode(LABELS, shape, (seed, 0))
    assert len(set(found.classes)) == ways
    assert not set(found.support) & set(found.queries)
    assert len(set(found.support)) == ways * shots
    assert LABELS[found.support].tolist() == np.repeat(found.classes, shots).tolist()
    assert LABELS[found.queries].tolist() == np.repeat(found.classes, queries).tolist()
    again = draw_episode(LABELS, shape, (seed, 0))
    assert found.queries.tolist() == again.queries.tolist()


def test_classes_with_too_few_pictures_are_passed_over():
    labels = np.array([0] * 3 + [1] * 9 + [2] * 9)
    found = draw_episode(labels, Shape(2, 1, 5), (1,))
    assert set(found.classes) == {1, 2}
    with pytest.raises(DatasetError, match="needs 3 classes with 6 pictures each; there are 2"):
        draw_episode(labels, Shape(3, 1, 5), (1,))


def test_a_prototype_is_the_mean_map_of_its_class():
    maps = torch.arange(6.0).reshape(3, 2, 1, 1)
    found = prototypes(maps, torch.tensor([1, 0, 1]), 2)
    torch.testing.assert_close(found.flatten(1), torch.tensor([[2.0, 3.0], [2.0, 3.0]]))


def spots(*directions: tuple[float, float]) -> Tensor:
    """Maps (N, 2, 2, 2) that point one way everywhere."""
    return torch.tensor(directions)[:, :, None, None].expand(-1, -1, 2, 2)


def test_sure_queries_move_the_prototypes():
    """Both classes drift away from their one example; only the queries tell."""
    cross = CrossAttention(4).eval()
    support, classes = spots((1.0, 0.0), (0.0, 1.0)), torch.tensor([0, 1])
    drifted = [(0.95, -0.3)] * 4 + [(0.6, 0.7)] * 3 + [(0.3, 0.95)]
    queries = spots(*drifted)
    plain = inductive(cross, prototypes(support, classes, 2), queries)
    helped = transductive(cross, support, classes, queries, 2)
    assert plain.shape == helped.shape == (8, 2)
    assert (helped[0] - plain[0])[0] > 0, "the class has moved to where its queries are"
    margin = [(scores[4, 1] - scores[4, 0]).item() for scores in (plain, helped)]
    assert margin[1] > margin[0]
    few = transductive(cross, support, classes, queries[:2], 2)
    torch.testing.assert_close(few, plain[:2])  # too few for anybody to join


def test_the_papers_network_has_its_sizes():
    with torch.device("meta"):
        network = FewShotCAN()
        assert network(torch.empty(2, 3, 84, 84)).shape == (2, 512, 6, 6)
    assert network.cross.fusion[0].in_features == 36
    count = sum(p.numel() for p in ResNet12().parameters())
    assert count == pytest.approx(8.0e6, rel=0.03)
