"""RDAN: glimpses that lie where they should, and gradients that stay where they belong."""

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
from reid_models.methods import make_network
from reid_models.methods.rdan import RDAN, crop_windows
from reid_models.recipes import LossWeights, Optimiser, Recipe, Size
from reid_models.registry import own_explainer
from reid_models.tasks import Moment, build_task
from reid_models.tasks.rdan import RDANTask

LIGHT = Architecture(depth=10, width=8, glimpses=3, memory=16)
LABELS = torch.tensor([0, 0, 1, 1])
LATE = Moment(epoch=30.0, seed=5)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def task(shape: Architecture = LIGHT, triplet: float = 1.0, **values: object) -> RDANTask:
    recipe = Recipe(
        method="rdan",
        summary="A network for tests.",
        architecture=shape,
        dimension=12,
        input=Size(height=64, width=32),
        epochs=1,
        losses=LossWeights(triplet=triplet),
    )
    built = build_task(Recipe.model_validate(recipe.model_dump() | {"rdan": values}), people=2)
    assert isinstance(built, RDANTask)
    return built


def moved(built: RDANTask) -> set[str]:
    return {name for name, p in built.named_parameters() if p.grad is not None and p.grad.any()}


def test_windows_are_read_where_they_lie():
    rows, columns = torch.arange(16.0)[:, None], torch.arange(8.0)[None]
    maps = (100 * rows + columns)[None, None].expand(5, 1, 16, 8)
    places = torch.tensor([[-1.0, -1], [1, -1], [-1, 1], [1, 1], [0, 0]])
    windows = crop_windows(maps, places, (8, 4))[:, 0]
    corners = [(0, 0), (0, 4), (8, 0), (8, 4), (4, 2)]
    for window, (top, left) in zip(windows, corners, strict=True):
        torch.testing.assert_close(window, maps[0, 0, top : top + 8, left : left + 4])


@settings(deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1))
def test_windows_stay_inside(x: float, y: float):
    """Outside of the map lie zeros, which would pull a window of ones down."""
    window = crop_windows(torch.ones(1, 2, 6, 4), torch.tensor([[x, y]]), (3, 2))
    torch.testing.assert_close(window, torch.ones(1, 2, 3, 2))


@settings(deadline=None)
@given(st.floats(-1, 0.9), st.floats(0.01, 0.1))
def test_the_first_number_moves_a_window_sideways(x: float, more: float):
    maps = torch.arange(8.0).expand(1, 1, 16, 8)
    left, right = (
        crop_windows(maps, torch.tensor([[at, 0.3]]), (8, 4)).mean() for at in (x, x + more)
    )
    assert right - left == pytest.approx(2 * more, abs=1e-4)


def test_serving_is_always_the_same_and_images_do_not_mix():
    network, images = task().network.eval(), normal(2, 3, 64, 32)
    both = network(images)
    assert torch.equal(network(images), both)
    torch.testing.assert_close(torch.cat([network(images[:1]), network(images[1:])]), both)
    looks = network.look(images)
    assert torch.equal(looks.places, looks.means)
    assert looks.places.shape == (3, 2, 2)
    assert looks.states.shape == (4, 2, 16)


def test_each_mean_is_told_from_the_state_before_it():
    network = task().network.eval()
    looks = network.look(normal(2, 3, 64, 32))
    torch.testing.assert_close(looks.means, network.locator(looks.states[:-1]))


def test_one_glimpse_is_the_first_of_many():
    many = task().network.eval()
    one = RDAN(LIGHT.model_copy(update={"glimpses": 1}), 12).eval()
    one.load_state_dict(many.state_dict())
    images = normal(2, 3, 64, 32)
    torch.testing.assert_close(one.look(images).states, many.look(images).states[:2])


def test_training_draws_by_its_seed_and_held_places_are_not_forgotten():
    built, images = task(sigma=2.0), normal(4, 3, 64, 32)
    built.eval()
    one, same = built.look(images, LATE), built.look(images, LATE)
    assert torch.equal(one.places, same.places)
    assert not torch.equal(one.places, built.look(images, Moment(30.0, 6)).places)
    assert one.places.abs().max() > 1, "the density is that of the place as it was drawn"
    held = built.network.look(images, lambda step, mean: one.places[step].clamp(-1, 1))
    torch.testing.assert_close(held.states, one.states)


def test_random_looks_are_uniform_and_the_controls_have_nothing_to_learn():
    shape = LIGHT.model_copy(update={"policy": "random"})
    built = task(shape)
    images = torch.zeros(1, 3, 64, 32).expand(400, -1, -1, -1)
    places = built.look(images, LATE).places.flatten(0, 1)
    assert places.abs().max() <= 1
    assert places.mean(0).abs().max() < 0.1
    assert places.std(0).sub(3**-0.5).abs().max() < 0.05
    for policy in ("random", "centre"):
        control = task(LIGHT.model_copy(update={"policy": policy}))
        assert not [n for n, _ in control.named_parameters() if "locator" in n or "value" in n]
        assert list(control(normal(4, 3, 64, 32), LABELS, None, LATE)) == [
            *("identity", "glimpses", "triplet")
        ]
        looks = control.network.eval().look(normal(2, 3, 64, 32))
        assert torch.equal(looks.places[:, 0], looks.places[:, 1])
        assert looks.places.any() == (policy == "random")


def test_the_policy_moves_the_locator_alone_and_nothing_else_moves_it():
    built = task()
    terms = built(normal(4, 3, 64, 32), LABELS, None, LATE)
    assert list(terms) == ["identity", "glimpses", "triplet", "policy", "value"]
    for name, begin in (("policy", "network.locator."), ("value", "value.")):
        built.zero_grad()
        terms[name].backward(retain_graph=True)
        assert moved(built), name
        assert all(parameter.startswith(begin) for parameter in moved(built))
    built.zero_grad()
    (terms["identity"] + terms["glimpses"] + terms["triplet"]).backward()
    touched = moved(built)
    assert not [name for name in touched if "locator" in name or name.startswith("value")]
    for part in ("backbone.layer4", "backbone.layer1", "glimpse.what", "glimpse.where", "memory"):
        assert any(name.startswith(f"network.{part}") for name in touched), part


@pytest.mark.parametrize("reward", ["identity", "margin", "gain"])
def test_rewards_are_numbers_of_the_kind_asked_for(reward: str):
    built = task(reward=reward)
    states, logits = normal(4, 4, 16).requires_grad_(), normal(3, 4, 2).requires_grad_()
    rewards = built.rewards(states, logits, LABELS)
    assert rewards.shape == (3, 4)
    assert not rewards.requires_grad
    if reward == "identity":
        assert set(rewards.unique().tolist()) <= {0.0, 1.0}
    if reward == "gain":
        margin = task(reward="margin").rewards(states, logits, LABELS)
        torch.testing.assert_close(rewards[1:].sum(0), margin[-1] - margin[0])


def test_phases_follow_each_other():
    built, images = task(whole_epochs=2, random_epochs=3), normal(4, 3, 64, 32)

    def counting(epoch: float) -> set[str]:
        terms = built(images, LABELS, None, Moment(epoch, 1))
        assert list(terms) == ["identity", "glimpses", "triplet", "policy", "value"]
        return {name for name, term in terms.items() if term != 0}

    assert counting(1.9) == {"identity"}
    assert counting(2.0) == {"identity", "glimpses", "triplet", "value"}
    assert counting(5.0) == {"identity", "glimpses", "triplet", "value", "policy"}
    built(images, LABELS, None)["identity"].backward()
    early, late = (built.look(images, Moment(epoch, 1)).places for epoch in (4.9, 5.0))
    assert (late - built.look(images, Moment(5.0, 1)).means).abs().max() < 5 * 0.15
    assert (early - built.look(images, Moment(4.9, 1)).means).abs().max() > 5 * 0.15


def test_sums_over_glimpses_can_be_means():
    images = normal(4, 3, 64, 32)
    summed, mean = (
        task(mean_over_glimpses=on).eval()(images, LABELS, None, LATE) for on in (False, True)
    )
    for name in ("glimpses", "triplet"):
        torch.testing.assert_close(summed[name], 3 * mean[name])


def test_the_papers_network_has_its_size():
    with torch.device("meta"):
        built = make_network("rdan", Architecture(depth=50), 512)
        looks = built.look(torch.empty(2, 3, 256, 128))
    assert looks.states.shape == (5, 2, 512)
    count = sum(p.numel() for p in built.parameters()) - 23_508_032
    convolutions = 1024 * 512 + 9 * 512**2 + 4 * 512
    places = 3 * 128 + 128 * 512 + 512 + 3 * 512**2 + 512
    memory = 512 * 1024 + 1024 + 2 * 512 * 2048 + 2048
    locator = 512 * 128 + 128 + 2 * 129
    whole = 2048 * 512 + 2 * 512
    assert count == convolutions + places + memory + locator + whole + 2560 * 512 + 2 * 512
    assert card_named("rdan").architecture == Architecture(depth=50)


def test_the_recipes_locator_learns_more_slowly():
    from reid_models.optimisers import make_optimiser
    from reid_models.recipes import load_recipe

    settings: Optimiser = load_recipe("rdan").optimiser
    built = task()
    groups = make_optimiser(built, settings).param_groups
    located = [p for name, p in built.named_parameters() if "locator" in name]
    (slow,) = [group for group in groups if group["share"] != 1.0]
    assert {id(p) for p in slow["params"]} == {id(p) for p in located}
    assert settings.rate * slow["share"] == pytest.approx(1e-4, rel=0.01)


def test_rdan_shows_the_windows_it_looked_at(tmp_path: Path):
    shipped = card_named("rdan")
    card = ModelCard.model_validate(
        shipped.model_dump()
        | {
            "architecture": LIGHT,
            "dimension": 12,
            "preprocessing": shipped.preprocessing.model_dump() | {"height": 64, "width": 32},
        }
    )
    torch.manual_seed(0)
    network = RDAN(LIGHT, 12)
    with torch.no_grad():
        network.locator[2].weight.zero_()
        network.locator[2].bias.copy_(torch.tensor([9.0, -9.0]))  # always to the right and up
    card = save_checkpoint(network, card, tmp_path)
    explainer = own_explainer(card, tmp_path / "weights.safetensors")
    assert explainer is not None
    crops = list(np.random.default_rng(0).integers(0, 256, (2, 64, 32, 3), np.uint8))
    found = explainer.explain(*crops)
    assert found.kind == explainer.kind == "glimpses"
    for windows, heat in (
        (found.left_windows, found.left),
        (found.right_windows, found.right),
    ):
        assert np.array(windows) == pytest.approx(np.tile([0.5, 0, 0.5, 0.5], (3, 1)), abs=1e-6)
        expected = np.zeros((4, 2))
        expected[:2, 1] = 1
        np.testing.assert_allclose(heat, expected, atol=1e-5)
