"""The shared losses, against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from reid_models.losses import (
    CentreLoss,
    batch_hard_triplet,
    distance_propagation,
    distances,
    embedding_distillation,
    feature_propagation,
    relation_distillation,
    smoothed_cross_entropy,
)

POINTS = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0], [6.0, 8.0]])
PEOPLE = torch.tensor([1, 1, 2, 2])


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_smoothing_gives_every_class_its_share():
    logits = torch.tensor([[2.0, 0.0, -1.0]])
    logs = torch.log_softmax(logits, 1)[0]
    expected = -(0.9 * logs[0] + 0.1 / 3 * logs.sum())
    torch.testing.assert_close(smoothed_cross_entropy(logits, torch.tensor([0])), expected)


def test_the_triplet_loss_of_four_points():
    # farthest of the same person - nearest of another: 3 - 4, 3 - 5, √52 - 4, √52 - √73
    far = math.sqrt(52)
    terms = [max(0, 0.3 + d) for d in (3 - 4, 3 - 5, far - 4, far - math.sqrt(73))]
    loss = batch_hard_triplet(POINTS, PEOPLE)
    assert loss.item() == pytest.approx(sum(terms) / 4, abs=1e-5)


def test_the_order_of_the_batch_and_far_strangers_do_not_matter():
    loss = batch_hard_triplet(POINTS, PEOPLE)
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(batch_hard_triplet(POINTS[order], PEOPLE[order]), loss)
    others = torch.cat([POINTS, torch.tensor([[1e4, 1e4]])])
    labels = torch.cat([PEOPLE, torch.tensor([9])])
    torch.testing.assert_close(batch_hard_triplet(POINTS, PEOPLE, others, labels), loss)


def test_where_all_features_coincide_the_loss_is_the_margin_and_gradients_are_finite():
    features = torch.ones(4, 2, requires_grad=True)
    loss = batch_hard_triplet(features, PEOPLE, margin=0.3)
    assert loss.item() == pytest.approx(0.3)
    loss.backward()
    assert torch.isfinite(features.grad).all()
    soft = batch_hard_triplet(torch.ones(4, 2), PEOPLE, margin=None)
    assert soft.item() == pytest.approx(math.log(2))


def test_one_person_alone_makes_no_triplet():
    features = normal(3, 2).requires_grad_()
    loss = batch_hard_triplet(features, torch.zeros(3, dtype=torch.int64))
    loss.backward()
    assert loss.item() == 0
    assert not features.grad.any()


def test_distances_are_euclidean():
    torch.testing.assert_close(distances(POINTS, POINTS[:2]), torch.cdist(POINTS, POINTS[:2]))


def test_the_centre_loss_is_half_the_mean_squared_distance():
    loss = CentreLoss(2, 2)
    with torch.no_grad():
        loss.centres.copy_(torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
    value = loss(torch.tensor([[2.0, 0.0], [1.0, 1.0]]), torch.tensor([0, 1]))
    assert value.item() == pytest.approx(0.5 * 4 / 2)


def test_distillation_is_done_when_directions_agree():
    vectors = normal(5, 8)
    assert embedding_distillation(vectors * 3, vectors).item() == pytest.approx(0, abs=1e-6)
    assert embedding_distillation(-vectors, vectors).item() == pytest.approx(2, abs=1e-6)


def test_relations_do_not_care_about_rotation_nor_length():
    vectors = normal(6, 4)
    rotation = torch.linalg.qr(normal(4, 4, seed=1))[0]
    longer = torch.cat([vectors @ rotation, torch.zeros(6, 3)], dim=1)
    assert relation_distillation(longer, vectors).item() == pytest.approx(0, abs=1e-10)
    assert relation_distillation(normal(6, 4, seed=2), vectors) > 0.05


def to_centres(features: Tensor) -> Tensor:
    loss = CentreLoss(3, 2).double()
    torch.nn.init.ones_(loss.centres)
    return loss(features, PEOPLE)


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: batch_hard_triplet(x, PEOPLE),
        lambda x: batch_hard_triplet(x, PEOPLE, margin=None),
        lambda x: embedding_distillation(x, POINTS.double() + 1),
        lambda x: relation_distillation(x, POINTS.double() + 1),
        lambda x: feature_propagation(x, POINTS.double()),
        lambda x: distance_propagation(x, POINTS.double() * 2),
        to_centres,
    ],
)
def test_gradients_are_those_of_the_formulas(loss: Callable[[Tensor], Tensor]):
    x = (POINTS.double() + normal(4, 2).double()).requires_grad_()
    assert torch.autograd.gradcheck(loss, (x,))
