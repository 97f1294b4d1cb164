"""IDE without necks, and PCB's stripes."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from reid_models.cards import Architecture
from reid_models.methods import make_network
from reid_models.methods.baseline import Baseline
from reid_models.methods.pcb import PCB
from reid_models.recipes import LossWeights, Recipe, Size
from reid_models.tasks import build_task
from reid_models.tasks.pcb import PCBTask

LIGHT = Architecture(depth=10, width=8, head="pcb", stripes=4, stripe_channels=12)
LABELS = torch.tensor([0, 0, 1, 1])


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network(dimension: int = 16) -> PCB:
    torch.manual_seed(0)
    built = make_network("baseline", LIGHT, dimension)
    assert isinstance(built, PCB)
    return built.eval()


def task(dimension: int = 16, **weights: float) -> PCBTask:
    recipe = Recipe(
        summary="A network for tests.",
        architecture=LIGHT,
        dimension=dimension,
        input=Size(height=64, width=32),
        epochs=1,
        losses=LossWeights.model_validate({"identity": 0.0, "triplet": 0.0} | weights),
    )
    built = build_task(recipe, people=2)
    assert isinstance(built, PCBTask)
    return built


def test_the_papers_network_has_six_stripes_of_256_numbers_served_as_512():
    with torch.device("meta"):
        shape = Architecture(depth=50, head="pcb")
        built, plain = make_network("baseline", shape, 512), Baseline(50, 2048)
        parts = built.parts(torch.empty(2, 3, 384, 128))
        served = built(torch.empty(2, 3, 384, 128))
    assert parts.shape == (2, 6, 256)
    assert served.shape == (2, 512)
    count, backbone = (sum(p.numel() for p in n.parameters()) for n in (built, plain.backbone))
    assert count - backbone == 6 * (2048 * 256 + 2 * 256) + 6 * 256 * 512 + 2 * 512


def test_a_stripe_is_the_mean_of_its_rows_and_sees_no_other():
    built = network()
    built.backbone = nn.Identity()  # the map itself comes in
    x = normal(2, 64, 8, 4)
    other = x.clone()
    other[:, :, 2:4] += 1.0
    before, after = built.parts(x), built.parts(other)
    assert torch.equal(before[:, [0, 2, 3]], after[:, [0, 2, 3]])
    assert not torch.allclose(before[:, 1], after[:, 1])
    expected = built.reductions[1](x[:, :, 2:4].mean(dim=(2, 3)))
    torch.testing.assert_close(before[:, 1], expected)


def test_few_enough_numbers_are_served_as_they_are():
    built, images = network(48), normal(2, 3, 64, 32)
    assert isinstance(built.embedding, nn.Identity)
    torch.testing.assert_close(built(images), built.parts(images).flatten(1))
    assert task(48, identity=1).served_classifier is None


def test_the_identity_loss_is_the_sum_over_stripes_and_the_served_vector():
    built = task(identity=2)
    images = normal(4, 3, 64, 32)
    (term,) = built(images, LABELS, None).values()
    # Classifiers that start near zero give every person the same share.
    assert term.item() == pytest.approx(2 * 5 * math.log(2), abs=0.05)
    term.backward()
    for name, parameter in built.named_parameters():
        assert parameter.requires_grad is (name != "network.embedding.1.bias")
        assert parameter.grad is None or bool(parameter.grad.any()) is parameter.requires_grad


@pytest.mark.parametrize("term", ["triplet", "centre", "embedding", "relation"])
def test_the_losses_of_the_other_methods_can_be_added(term: str):
    built = task(**{term: 1.0})
    terms = built(normal(4, 3, 64, 32), LABELS, nn.functional.normalize(normal(4, 16)))
    assert list(terms) == [term]
    terms[term].backward()
    assert built.network.backbone.conv1.weight.grad.any()


def test_ide_classifies_and_compares_what_was_pooled():
    shape = Architecture(depth=10, width=8, head="ide")
    built = make_network("baseline", shape, 16).eval()
    features = built.features(normal(2, 3, 64, 32))
    assert torch.equal(features.pooled, features.evaluation)
    torch.testing.assert_close(features.served, features.pooled @ built.embedding.weight.T)
    names = {name for name, _ in built.named_parameters()}
    assert not [name for name in names if "neck" in name]
    with torch.device("meta"):
        paper = make_network("baseline", Architecture(depth=50, head="ide"), 512)
    assert sum(p.numel() for p in paper.parameters()) == 23_508_032 + 2048 * 512
