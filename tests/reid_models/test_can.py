"""CAN: attention that goes both ways, and losses that look where they should."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from reid_models.cards import Architecture, card_named
from reid_models.episode_losses import global_loss, nearest_loss
from reid_models.errors import RecipeError
from reid_models.methods.can import CAN, CrossAttention, pooled_cosine
from reid_models.recipes import LossWeights, Recipe, Size, load_recipe
from reid_models.tasks import build_task
from reid_models.tasks.can import CANTask

LIGHT = Architecture(depth=10, width=8, pair_channels=12, map_size=(4, 2))
LABELS = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
SEEDS = st.integers(0, 99)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def cross(positions: int = 12, **values: object) -> CrossAttention:
    torch.manual_seed(0)
    return CrossAttention(positions, **values)


def task(**values: object) -> CANTask:
    recipe = Recipe(
        method="can",
        summary="A network for tests.",
        architecture=LIGHT,
        dimension=16,
        input=Size(height=64, width=32),
        epochs=1,
        losses=LossWeights(),
    )
    built = build_task(Recipe.model_validate(recipe.model_dump() | {"can": values}), people=2)
    assert isinstance(built, CANTask)
    return built


def moved(built: CANTask) -> set[str]:
    return {name for name, p in built.named_parameters() if p.grad is not None and p.grad.any()}


@pytest.mark.parametrize("training", [False, True])
def test_the_roles_of_both_sides_are_the_same(training: bool):
    block = cross().train(training)
    p, q = normal(5, 8, 4, 3), normal(5, 8, 4, 3, seed=1)
    first, second = block(p, q)
    other, one = block(q, p)
    torch.testing.assert_close(first, one)
    torch.testing.assert_close(second, other)


@settings(deadline=None)
@given(SEEDS, st.floats(0.1, 10))
def test_cosines_lie_in_their_range_and_lengths_do_not_count(seed: int, scale: float):
    block, p, q = cross().eval(), normal(2, 8, 4, 3, seed=seed), normal(2, 8, 4, 3, seed=seed + 1)
    relation = block.relation(p, q)
    assert relation.abs().max() <= 1 + 1e-5
    ones = torch.ones(2, 12)
    torch.testing.assert_close(block.relation(p, p).diagonal(dim1=1, dim2=2), ones)
    for found, expected in zip(block.attention(scale * p, q), block.attention(p, q), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)
        assert (found >= 0).all()
        torch.testing.assert_close(found.sum(dim=1), torch.ones(2))


def test_weights_are_one_and_a_share_more_on_average():
    block, p = cross().eval(), normal(2, 8, 4, 3).abs() + 1
    attended, _ = block(p, normal(2, 8, 4, 3, seed=1))
    torch.testing.assert_close((attended / p).mean((1, 2, 3)), torch.full((2,), 1 + 1 / 12))


def test_flat_attention_leaves_the_plain_cosine():
    p, q = normal(3, 8, 4, 3), normal(3, 8, 4, 3, seed=1)
    flat = cross(temperature=1e9).eval()
    torch.testing.assert_close(flat.attention(p, q)[0], torch.full((3, 12), 1 / 12))
    torch.testing.assert_close(pooled_cosine(*flat(p, q)), pooled_cosine(p, q))
    sharp = cross().eval()
    assert sharp.attention(p, q)[0].max() > 1.05 / 12
    assert sharp.attention(p, q)[0].max() < 0.9


def test_own_positions_may_come_in_any_order_but_not_the_others():
    """The kernel is ordered by the other side's positions."""
    block, p, q = cross().eval(), normal(2, 8, 4, 3), normal(2, 8, 4, 3, seed=1)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))

    def shuffled(x: Tensor) -> Tensor:
        return x.flatten(2)[:, :, order].reshape(x.shape)

    mine = block.attention(p, q)[0]
    torch.testing.assert_close(block.attention(shuffled(p), q)[0], mine[:, order])
    assert not torch.allclose(block.attention(p, shuffled(q))[0], mine, atol=1e-4)
    plain = cross(meta_fusion=False).eval()
    torch.testing.assert_close(plain.attention(p, shuffled(q))[0], plain.attention(p, q)[0])


def test_what_both_share_is_found_where_it_lies():
    p, q = normal(1, 256, 4, 3), normal(1, 256, 4, 3, seed=1)
    p.flatten(2)[0, :, 5] = q.flatten(2)[0, :, 9] = normal(256, seed=2)
    block = cross()
    block.fusion = nn.Identity()  # the kernel is the mean correlation itself
    first, second = block.attention(p, q)
    assert first.argmax() == 5
    assert second.argmax() == 9


def test_every_query_meets_every_prototype_and_only_that():
    block = cross().eval()
    prototypes, queries = normal(1, 2, 8, 4, 3), normal(1, 3, 8, 4, 3, seed=1)
    left, right = block.all_pairs(prototypes, queries)
    assert left.shape == right.shape == (1, 3, 2, 8, 4, 3)
    one, other = block(prototypes[:, 0], queries[:, 1])
    torch.testing.assert_close(left[:, 1, 0], one)
    torch.testing.assert_close(right[:, 1, 0], other)


def test_the_kernel_has_the_papers_size():
    for positions, expected in ((36, 486), (128, 128 * 21 + 21 + 2 * 21 + 21 * 128 + 128)):
        assert sum(p.numel() for p in CrossAttention(positions).parameters()) == expected
    assert not list(CrossAttention(36, meta_fusion=False).parameters())


def test_gradients_are_those_of_the_formula():
    block = cross(6).double().eval()
    block.relation = lambda p, q: (
        nn.functional.normalize(p.flatten(2), dim=1).transpose(1, 2)
        @ nn.functional.normalize(q.flatten(2), dim=1)
    )
    block._kernel = lambda relation: block.fusion(relation.mean(dim=1))[:, None]
    p, q = (normal(2, 3, 3, 2, seed=s).double().requires_grad_() for s in (0, 1))
    assert torch.autograd.gradcheck(block, (p, q))


def test_the_global_loss_looks_at_a_querys_own_class_alone():
    attended, classes = normal(3, 2, 4, 2, 2), torch.tensor([0, 1, 0])
    classifier = nn.Linear(4, 5)
    labels = torch.tensor([3, 1, 3])
    found = global_loss(attended, classes, classifier, labels)
    without = attended.clone()
    without[range(3), 1 - classes] = 0
    torch.testing.assert_close(global_loss(without, classes, classifier, labels), found)
    own = attended[range(3), classes].permute(0, 2, 3, 1)
    by_hand = -classifier(own).log_softmax(3)[range(3), :, :, labels].mean()
    torch.testing.assert_close(found, by_hand)


def test_the_nearest_loss_prefers_the_right_prototype():
    prototypes = torch.zeros(1, 2, 2, 1, 1)
    prototypes[0, 0, 0], prototypes[0, 1, 1] = 1, 1
    query = torch.zeros(1, 2, 2, 1, 2)
    query[:, :, 0] = 3  # both positions point to the first class
    right, wrong = (
        nearest_loss(prototypes, query, torch.tensor([label])).item() for label in (0, 1)
    )
    assert right == pytest.approx(math.log(1 + math.exp(-7)), rel=1e-3)
    assert wrong == pytest.approx(7 + right, rel=1e-4)


def test_every_term_moves_its_own():
    built = task()
    terms = built(normal(8, 3, 64, 32), LABELS, None)
    assert list(terms) == ["identity", "triplet", "positions", "nearest", "odds"]
    touched = {}
    for name, term in terms.items():
        built.zero_grad()
        term.backward(retain_graph=True)
        touched[name] = moved(built)
    assert touched["odds"] == {"network.slope", "network.offset"}
    for name in ("positions", "nearest"):
        assert any(n.startswith("network.cross") for n in touched[name])
        assert any(n.startswith("network.backbone") for n in touched[name])
        assert not [n for n in touched[name] if n.startswith(("classifier", "served"))]
    assert not [n for n in touched["identity"] if "cross" in n or "reduction" in n]


def test_a_frozen_trunk_stays_as_it_was():
    built = task(frozen=True).train()
    before = {k: v.clone() for k, v in built.network.backbone.state_dict().items()}
    terms = built(normal(8, 3, 64, 32), LABELS, None)
    assert list(terms) == ["positions", "nearest", "odds"]
    sum(terms.values()).backward()
    assert not [n for n in moved(built) if "backbone" in n or "neck" in n or "embedding" in n]
    assert all(torch.equal(v, before[k]) for k, v in built.network.backbone.state_dict().items())


def test_maps_of_other_inputs_are_brought_to_the_size_that_is_compared():
    network = CAN(LIGHT, 16).eval()
    assert network.maps(normal(2, 3, 64, 32)).shape == (2, 12, 4, 2)
    assert network.maps(normal(2, 3, 128, 64)).shape == (2, 12, 4, 2)
    assert card_named("can").architecture == load_recipe("can-light").architecture


def test_a_recipe_keeps_crops_to_ask_with():
    with pytest.raises(RecipeError, match=r"can\.support 5 must be less than batch\.crops 5"):
        load_recipe("can-light", ["can.support=5"])


def test_attention_learns_what_plain_pooling_cannot():
    """A class is the colour of one small spot at a random place in loud noise."""
    attended, plain = accuracy(True), accuracy(False)
    assert attended > plain + 0.05, (attended, plain)


def accuracy(attention: bool) -> float:
    """Of the second half of 100 episodes, learnt from as they come; chance is a quarter."""
    generator = torch.Generator().manual_seed(0)
    colours = nn.functional.normalize(normal(4, 64, seed=3), dim=1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        block = CrossAttention(9)
    reduction = nn.Conv2d(64, 64, 1, bias=False)
    nn.init.dirac_(reduction.weight)
    classes = torch.arange(4).repeat_interleave(3)
    optimiser = torch.optim.Adam([*reduction.parameters(), *block.parameters()], lr=1e-3)
    right = 0.0
    for step in range(100):
        pictures = 0.4 * torch.randn(4, 4, 9, 64, generator=generator)
        place = torch.randint(0, 9, (4, 4), generator=generator)
        pictures[torch.arange(4)[:, None], torch.arange(4), place] = 3 * colours[:, None]
        maps = reduction(pictures.transpose(2, 3).reshape(16, 64, 3, 3)).unflatten(0, (4, 4))
        left, asked = maps[None, :, 0], maps[:, 1:].flatten(0, 1)[None]
        if attention:
            left, asked = block.all_pairs(left, asked)
        else:
            left, asked = left[:, None], asked[:, :, None]
        cosines = 7 * pooled_cosine(left, asked)[0]
        if step >= 50:
            right += (cosines.argmax(1) == classes).float().mean().item() / 50
        loss = nn.functional.cross_entropy(cosines, classes)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return right
