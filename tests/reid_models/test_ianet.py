"""IANet: relations that are what the paper says, blocks that start as nothing."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reid_models.cards import Architecture
from reid_models.methods.baseline import Baseline
from reid_models.methods.ianet import (
    ChannelInteraction,
    IANet,
    SpatialInteraction,
    location_relation,
)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def awake(block: torch.nn.Module) -> torch.nn.Module:
    """A block whose normalisation lets something through."""
    torch.nn.init.constant_(block.bn.weight, 0.7)
    return block


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 8), st.integers(1, 6), st.integers(1, 5), st.sampled_from([1, 3]))
def test_rows_are_shares(channels: int, height: int, width: int, patch: int):
    x = normal(2, channels, height, width)
    for relation in (
        SpatialInteraction(channels, patches=(patch,)).relation(x),
        ChannelInteraction(channels).relation(x),
        location_relation(height, width)[None],
    ):
        assert (relation >= 0).all()
        torch.testing.assert_close(relation.sum(2), torch.ones(relation.shape[:2]))


def test_the_product_has_both_factors_and_neither_alone():
    flat = SpatialInteraction(8)
    torch.testing.assert_close(flat.relation(torch.ones(1, 8, 6, 4))[0], location_relation(6, 4))
    x = normal(1, 8, 6, 4)
    everywhere = SpatialInteraction(8, reach_x=1e6, reach_y=1e6)
    alike = (x.flatten(2).transpose(1, 2) @ x.flatten(2) / 8**0.5).softmax(2)
    torch.testing.assert_close(everywhere.relation(x), alike)
    both = location_relation(6, 4) * alike
    torch.testing.assert_close(flat.relation(x), both / both.sum(2, keepdim=True))


def test_halves_that_differ_are_told_apart_and_a_second_softmax_would_not():
    x = torch.zeros(1, 8, 6, 4)
    x[:, 0, :3], x[:, 1, 3:] = 5, 5
    block = SpatialInteraction(8, reach_x=1.0, reach_y=1.0)
    half = block.relation(x)[0, :12, :12].sum(1)
    assert half.min() >= 0.98
    alike = (x.flatten(2).transpose(1, 2) @ x.flatten(2) / 8**0.5).softmax(2)
    twice = (location_relation(6, 4) * alike).softmax(2)
    assert twice[0, :12, :12].sum(1).max() < 0.6


def test_a_narrow_reach_falls_faster_along_its_own_axis():
    relation = location_relation(6, 4, reach_x=0.25, reach_y=2.0).reshape(6, 4, 6, 4)
    assert relation[0, 0, 1, 0] > relation[0, 0, 0, 1]
    assert relation[0, 0].sum() == pytest.approx(1)


def test_patches_are_compared_offset_by_offset():
    x = normal(1, 4, 3, 3)
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1))[0]
    logits = location_relation(3, 3).log()
    places = list(itertools.product(range(3), range(3)))
    for (i, (a, b)), (j, (c, d)) in itertools.product(enumerate(places), enumerate(places)):
        for y, z in places:
            logits[i, j] += padded[:, a + y, b + z] @ padded[:, c + y, d + z] / 36**0.5
    relation = SpatialInteraction(4, patches=(3,)).relation(x)[0]
    torch.testing.assert_close(relation, logits.softmax(1))


def test_of_patches_whose_neighbours_are_empty_only_the_middles_count():
    x = torch.zeros(1, 4, 4, 4)
    x[:, :, ::3, ::3] = normal(1, 4, 2, 2)
    corners = torch.tensor([0, 3, 12, 15])

    def odds(patch: int, scale: float) -> Tensor:
        relation = SpatialInteraction(4, patches=(patch,)).relation(scale * x)[0][corners]
        return relation[:, corners] / relation[:, corners].diagonal()[:, None]

    # 9 offsets in place of 1 divide the dot products by three times as much.
    torch.testing.assert_close(odds(3, 3**0.5), odds(1, 1.0))


@pytest.mark.parametrize("kind", [SpatialInteraction, ChannelInteraction])
def test_a_new_block_changes_nothing_and_can_learn_to(kind: type[torch.nn.Module]):
    block, x = kind(8), normal(2, 8, 6, 4)
    assert torch.equal(block.eval()(x), x)
    assert torch.equal(block.train()(x), x)
    block(x).square().sum().backward()
    assert block.bn.weight.grad.abs().sum() > 0


def test_channels_commute_with_cia_and_positions_not_with_sia():
    x = normal(2, 8, 6, 4)
    order = torch.tensor([3, 1, 0, 2, 7, 5, 6, 4])
    channels = awake(ChannelInteraction(8)).eval()
    torch.testing.assert_close(channels(x[:, order]), channels(x)[:, order])
    positions = awake(SpatialInteraction(8)).eval()
    mirrored = x[:, :, [5, 1, 2, 3, 4, 0]]
    assert not torch.allclose(positions(mirrored), positions(x)[:, :, [5, 1, 2, 3, 4, 0]])


def test_where_places_do_not_count_positions_may_come_in_any_order():
    x = normal(2, 8, 6, 4)
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    shuffled = x.flatten(2)[:, :, order].reshape(x.shape)
    everywhere = awake(SpatialInteraction(8, reach_x=1e6, reach_y=1e6)).eval()
    for block in (everywhere, awake(ChannelInteraction(8)).eval()):
        torch.testing.assert_close(
            block(shuffled).flatten(2), block(x).flatten(2)[:, :, order], atol=1e-5, rtol=1e-4
        )


def test_cia_is_scaled_so_that_it_does_not_pick_single_channels():
    x = normal(4, 64, 16, 8).relu()

    def kept(block: ChannelInteraction) -> float:
        return block.relation(x).diagonal(dim1=1, dim2=2).mean().item()

    assert kept(ChannelInteraction(64)) < 0.99 < kept(ChannelInteraction(64, scaled=False))


def test_a_clip_is_one_map_whose_frames_share_their_places():
    x = normal(1, 8, 2, 3, 2)
    block = awake(SpatialInteraction(8)).eval()
    assert block(x).shape == x.shape
    still = torch.stack([x[:, :, 0], x[:, :, 0]], dim=2)
    torch.testing.assert_close(block(still)[:, :, 0], block(x[:, :, 0]))


@pytest.mark.parametrize("kind", [SpatialInteraction, ChannelInteraction])
def test_gradients_are_those_of_the_formula(kind: type[torch.nn.Module]):
    block = awake(kind(4)).double().eval()
    x = normal(1, 4, 3, 2).double().requires_grad_()
    assert torch.autograd.gradcheck(block, (x,), atol=1e-4)


def test_the_papers_network_is_the_baseline_plus_four_normalisations():
    shape = Architecture(depth=50, parts=("sia", "cia"), stages=(2, 3))
    with torch.device("meta"):
        network, plain = IANet(shape, 512), Baseline(50, 512)
    more = sum(p.numel() for p in network.parameters()) - sum(p.numel() for p in plain.parameters())
    assert more == 2 * 2 * (512 + 1024)
    assert network.neck.bias.requires_grad


def test_at_first_it_computes_what_the_baseline_does_at_any_input_size():
    torch.manual_seed(0)
    plain = Baseline(10, 64, width=8).eval()
    shape = Architecture(depth=10, width=8, parts=("sia", "cia"), stages=(2, 3))
    network = IANet(shape, 64).eval()
    network.load_state_dict(plain.state_dict(), strict=False)
    for size in ((64, 32), (96, 32)):
        torch.testing.assert_close(network(normal(2, 3, *size)), plain(normal(2, 3, *size)))


@pytest.mark.parametrize(("stages", "blocks"), [((2,), 1), ((3,), 1), ((2, 3), 2)])
@pytest.mark.parametrize("parts", [("sia",), ("cia",), ("sia", "cia")])
def test_the_papers_ablations_can_be_built(
    stages: tuple[int, ...], blocks: int, parts: tuple[str, ...]
):
    shape = Architecture.model_validate(
        {"depth": 10, "width": 8, "stages": stages, "parts": parts, "patches": (1, 3)}
        | {"scaled_channels": False}
    )
    network = IANet(shape, 16)
    found = [m for m in network.modules() if isinstance(m, SpatialInteraction | ChannelInteraction)]
    assert len(found) == blocks * len(parts)
    for block in found:
        if isinstance(block, SpatialInteraction):
            assert block.patches == (1, 3)
        else:
            assert not block.scaled
    assert list(network.backbone.after) == [f"stage{stage}" for stage in stages]


def test_every_position_has_a_map_of_where_it_comes_from():
    shape = Architecture(depth=10, width=8, parts=("sia",), stages=(2,))
    network, images = IANet(shape, 64).eval(), normal(2, 3, 64, 32)
    last, relation = network.relations(images, 2)
    torch.testing.assert_close(last, network.backbone(images))
    assert relation.shape == (2, 8, 4, 8, 4)
    torch.testing.assert_close(relation.sum(dim=(3, 4)), torch.ones(2, 8, 4))
