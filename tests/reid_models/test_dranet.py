"""DRANet: what is suppressed, for whom, and that nothing of it is left when serving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reid_models.cards import Architecture, ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.methods import build, make_network
from reid_models.methods.dranet import DRANet, heat_of, without_channels, without_places
from reid_models.preprocessing import preprocess
from reid_models.recipes import LossWeights, Recipe, Size
from reid_models.registry import own_explainer
from reid_models.tasks import Moment, build_task
from reid_models.tasks.dranet import DRANetTask

LIGHT = Architecture(depth=10, width=8, stripes=3, stripe_channels=12)
LABELS = torch.tensor([0, 0, 1, 1])
LATE = Moment(epoch=10.0)
POWERS = st.sampled_from([0.5, 1.0, 2.0])


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def task(people: int = 2, **values: object) -> DRANetTask:
    recipe = Recipe(
        method="dranet",
        summary="A network for tests.",
        architecture=LIGHT,
        dimension=16,
        input=Size(height=64, width=32),
        epochs=1,
        losses=LossWeights(triplet=0),
    )
    recipe = Recipe.model_validate(recipe.model_dump() | {"dranet": values})
    built = build_task(recipe, people)
    assert isinstance(built, DRANetTask)
    return built


def moved(built: DRANetTask) -> set[str]:
    return {name for name, p in built.named_parameters() if p.grad is not None and p.grad.any()}


def test_with_power_nought_nothing_is_suppressed():
    maps, gate, heat = normal(2, 4, 3, 2), torch.ones(2, 4), torch.ones(2, 3, 2)
    assert torch.equal(without_channels(maps, gate, 0.0), maps)
    assert torch.equal(without_places(maps, heat, 0.0), maps)


def test_what_is_kept_and_what_is_suppressed_make_up_the_reduced_map():
    """It holds only if C is made from A, as in the paper's figure, and not from B."""
    for each in task().network.maps(normal(2, 3, 64, 32)):
        hard = without_channels(each.reduced, each.gate, 1.0)
        torch.testing.assert_close(each.gated + hard, each.reduced)


@given(POWERS)
def test_an_open_gate_leaves_nothing_and_a_closed_one_everything(power: float):
    maps = normal(2, 4, 3, 2)
    assert not without_channels(maps, torch.sigmoid(torch.full((2, 4), 30.0)), power).any()
    assert torch.equal(without_channels(maps, torch.zeros(2, 4), power), maps)


@given(st.floats(0.05, 0.9), st.floats(0.01, 0.09), POWERS)
def test_the_more_a_channel_told_the_less_is_left(gate: float, more: float, power: float):
    maps = torch.ones(1, 1, 1, 1)

    def left(value: float, alpha: float) -> float:
        return without_channels(maps, torch.tensor([[value]]), alpha).item()

    assert left(gate + more, power) < left(gate, power)
    assert left(gate, power + 0.5) < left(gate, power)


def test_each_person_has_a_map_of_their_own():
    built = task(people=8)
    maps = built.network.maps(normal(2, 3, 64, 32))[1]
    classifier = built.spatial_classifiers[1]
    torch.nn.init.normal_(classifier.weight)
    whole = torch.einsum("nkhw,pk->nphw", maps.spatial, classifier.weight)
    whole = whole + classifier.bias[:, None, None]
    for people in ([3, 7], [7, 3]):
        found = built.class_map(1, maps, torch.tensor(people))
        torch.testing.assert_close(found[0], whole[0, people[0]])
        torch.testing.assert_close(found[1], whole[1, people[1]])
    # What SIC tells is the mean of its class maps, a 1×1 convolution being linear.
    torch.testing.assert_close(classifier(maps.spatial.mean((2, 3))), whole.mean((2, 3)))


@given(st.floats(-3, 3), POWERS, st.sampled_from(["peak", "sigmoid"]))
def test_raw_maps_of_any_range_become_numbers(offset: float, power: float, scale: str):
    raw = (1.7 * normal(2, 4, 3) + offset).requires_grad_()
    heat = heat_of(raw, scale)
    assert heat.min() >= 0
    assert heat.max() <= 1
    hard = without_places(torch.ones(2, 5, 4, 3), heat, power)
    hard.sum().backward()
    assert hard.isfinite().all()
    assert raw.grad.isfinite().all()


def test_gradients_are_finite_where_nothing_is_left():
    gate = torch.tensor([[1.0, 0.4]], requires_grad=True)
    without_channels(torch.ones(1, 2, 3, 2), gate, 0.5).sum().backward()
    assert gate.grad.isfinite().all()
    assert gate.grad[0, 1] != 0


@pytest.mark.parametrize("through", [False, True])
def test_hard_maps_teach_the_gate_only_where_asked_for(through: bool):
    built = task(through_reverse=through)
    maps = built.network.maps(normal(4, 3, 64, 32))
    torch.stack(built.channel_logits(maps)).square().sum().backward()
    touched = moved(built)
    assert any(".gate." in name for name in touched) is through
    assert any(name.startswith("network.backbone") for name in touched)
    assert any(".reduction." in name for name in touched)
    built.zero_grad()
    maps = built.network.maps(normal(4, 3, 64, 32))
    torch.stack(built.place_logits(maps, LABELS)).square().sum().backward()
    touched = moved(built)
    assert any(".gate." in name for name in touched), "D is made from B, which the gate made"
    assert any("spatial" in name for name in touched) is through


def test_the_place_that_told_most_is_erased():
    raw = torch.zeros(1, 4, 3)
    raw[0, 2, 1], raw[0, 0, 0] = 5.0, 2.0
    gated = torch.ones(1, 2, 4, 3)
    gated[0, :, 2, 1] = 9.0
    hard = without_places(gated, heat_of(raw), 1.0)
    assert not hard[0, :, 2, 1].any()
    assert hard[0, 0].argmax() != gated[0, 0].argmax()
    assert hard[0, 0, 0, 0].item() == pytest.approx(0.6)


def test_what_is_served_knows_nothing_of_people_and_hard_maps():
    built = task()
    images = normal(2, 3, 64, 32)
    served = built.network.eval()(images)
    features = built.network.features(images)
    assert features.evaluation.shape == (2, 3 * 2 * 12)
    torch.testing.assert_close(features.served, served)
    assert not [key for key in built.network.state_dict() if "classifier" in key]
    maps = built.network.maps(images)
    expected = torch.cat([maps[0].gated.mean((2, 3)), maps[0].spatial.mean((2, 3))], dim=1)
    torch.testing.assert_close(features.evaluation[:, :24], expected)


def test_the_papers_network_has_its_size():
    with torch.device("meta"):
        shape = Architecture(depth=50, stripes=3, stripe_channels=1024)
        built = make_network("dranet", shape, 512)
        assert built.features(torch.empty(2, 3, 384, 128)).evaluation.shape == (2, 6144)
    count = sum(p.numel() for p in built.parameters())
    stripe = 2048 * 1024 + 2 * 1024 + 2 * 1024 * 64 + 1024 + 64 + 9 * 1024**2 + 2 * 1024
    assert count == 23_508_032 + 3 * stripe + 6144 * 512 + 2 * 512
    assert card_named("dranet").architecture == shape


def test_the_hard_maps_wait_until_maps_mean_something():
    built = task()
    images = normal(4, 3, 64, 32)
    early, late = (built(images, LABELS, None, moment) for moment in (Moment(), LATE))
    assert list(early) == list(late) == ["identity", "hard_channels", "hard_places"]
    assert early["hard_channels"] == early["hard_places"] == 0
    # Classifiers that start near zero give both people the same share: three stripes, log 2 each.
    for term in ("hard_channels", "hard_places"):
        assert late[term].item() == pytest.approx(3 * np.log(2), abs=0.02)
    sum(late.values()).backward()
    for name, parameter in built.named_parameters():
        assert parameter.requires_grad is (name != "network.embedding.1.bias")
        assert parameter.grad is not None or not parameter.requires_grad, name


@pytest.mark.parametrize(
    ("values", "terms"),
    [
        ({"hard_places": 0}, ["identity", "hard_channels"]),
        ({"hard_channels": 0}, ["identity", "hard_places"]),
        ({"hard_channels": 0, "own_classifiers": True}, ["identity", "hard_places"]),
        ({"hard_channels": 0, "hard_places": 0}, ["identity"]),
    ],
)
def test_each_reverse_branch_can_be_left_out(values: dict[str, object], terms: list[str]):
    built = task(**values)
    found = built(normal(4, 3, 64, 32), LABELS, None, LATE)
    assert list(found) == terms
    sum(found.values()).backward()
    assert all(p.grad is not None for p in built.parameters() if p.requires_grad)


@settings(deadline=None, max_examples=6)
@given(st.sampled_from([48, 64, 128]), st.integers(1, 3))
def test_what_all_places_add_is_what_is_served(height: int, stripes: int):
    torch.manual_seed(0)
    shape = LIGHT.model_copy(update={"stripes": stripes})
    network = DRANet(shape, 16)
    network(normal(8, 3, height, 32))  # statistics that do something
    network.eval()
    images = normal(2, 3, height, 32)
    shares = network.shares(images)
    assert shares.shape == (2, 16, height // 16, 2)
    torch.testing.assert_close(shares.sum((2, 3)), network(images), atol=1e-5, rtol=1e-4)


def test_dranet_explains_a_pair_by_what_each_place_adds(tmp_path: Path):
    shipped = card_named("dranet")
    card = ModelCard.model_validate(
        shipped.model_dump()
        | {
            "architecture": LIGHT,
            "dimension": 16,
            "preprocessing": shipped.preprocessing.model_dump() | {"height": 64, "width": 32},
        }
    )
    torch.manual_seed(0)
    card = save_checkpoint(DRANet(LIGHT, 16), card, tmp_path)
    path = tmp_path / "weights.safetensors"
    crops = list(np.random.default_rng(0).integers(0, 256, (2, 64, 32, 3), np.uint8))
    explainer = own_explainer(card, path)
    assert explainer is not None
    found = explainer.explain(*crops)
    assert found.kind == explainer.kind == "share"
    assert found.left.shape == found.right.shape == (4, 2)
    network = build(card, path)
    images = torch.from_numpy(preprocess(crops, card.preprocessing))
    with torch.inference_mode():
        whole, shares = network(images), network.shares(images)
    said = torch.einsum("dhw,d->hw", shares[0], whole[1])
    assert said.sum().item() == pytest.approx((whole[0] @ whole[1]).item(), rel=1e-3)
    np.testing.assert_allclose(found.left, said.relu() / said.max(), atol=1e-4)
    swapped = explainer.explain(*crops[::-1])
    np.testing.assert_allclose(swapped.right, found.left, atol=1e-4)
