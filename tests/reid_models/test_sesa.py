"""SE in the blocks and self-attention at the end."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from reid_models.backbones import BasicBlock
from reid_models.cards import Architecture
from reid_models.methods.baseline import Baseline
from reid_models.methods.sesa import SESA, SelfAttention, SqueezeExcitation


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_an_open_gate_passes_everything_and_a_shut_one_only_the_shortcut():
    block, x = BasicBlock(16, 16, 1).eval(), normal(2, 16, 6, 4).relu()
    plain = block(x)
    gate = SqueezeExcitation(16)
    block.residual = gate
    nn.init.constant_(gate.up.bias, 20.0)
    torch.testing.assert_close(block(x), plain)
    nn.init.constant_(gate.up.bias, -20.0)
    torch.testing.assert_close(block(x), x, atol=1e-5, rtol=0)


def test_channels_are_only_scaled():
    gate, x = SqueezeExcitation(16), normal(2, 16, 6, 4)
    nn.init.normal_(gate.up.weight)
    share = gate.excitation(x)
    assert ((share > 0) & (share < 1)).all()
    torch.testing.assert_close(gate(x), x * share[:, :, None, None])


def test_a_new_gate_is_nearly_open():
    assert SqueezeExcitation(16).excitation(normal(2, 16, 6, 4)).min() > 0.95


def test_attention_sums_to_one_over_what_it_sums():
    block, x = SelfAttention(16).eval(), normal(2, 16, 6, 4)
    torch.testing.assert_close(block.attention(x).sum(2), torch.ones(2, 24))
    nn.init.ones_(block.share)
    # Values that are the same everywhere are seen as they are, whatever the attention.
    even = nn.Conv2d(16, 16, 1)
    nn.init.zeros_(even.weight)
    block.value = even
    expected = x + even.bias[:, None, None]
    torch.testing.assert_close(block(x), expected)


def test_attention_that_picks_one_position_copies_its_value():
    block = SelfAttention(8).eval()
    nn.init.ones_(block.share)
    block.query = block.key = block.value = nn.Identity()
    x = 60 * torch.eye(8).reshape(1, 8, 4, 2)
    torch.testing.assert_close(block(x), 2 * x)


def test_new_attention_is_nothing_and_can_learn():
    block, x = SelfAttention(16), normal(2, 16, 6, 4)
    out = block(x)
    assert torch.equal(out, x)
    out.square().sum().backward()
    assert block.share.grad.abs() > 0


def test_positions_may_come_in_any_order():
    block, x = SelfAttention(16).eval(), normal(1, 16, 6, 4)
    nn.init.ones_(block.share)
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    shuffled = x.flatten(2)[:, :, order].reshape(x.shape)
    torch.testing.assert_close(
        block(shuffled).flatten(2), block(x).flatten(2)[:, :, order], atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("kind", [SqueezeExcitation, SelfAttention])
def test_gradients_are_those_of_the_formula(kind: type[nn.Module]):
    block = kind(4).double().eval()
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.5) if parameter.dim() else nn.init.ones_(parameter)
    x = normal(1, 4, 3, 2).double().requires_grad_()
    # The attention itself is computed in float32.
    assert torch.autograd.gradcheck(block, (x,), eps=1e-3, atol=1e-3)


def test_large_keys_stay_finite_in_bf16():
    block, x = SelfAttention(16).eval(), 300 * normal(1, 16, 6, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.isfinite(block(x)).all()


@pytest.mark.parametrize(
    ("parts", "more"),
    [(("se",), 2_530_992), (("sa",), 5_248_001), (("se", "sa"), 7_778_993)],
)
def test_the_papers_parameter_counts(parts: tuple[str, ...], more: int):
    with torch.device("meta"):
        network = SESA(Architecture.model_validate({"depth": 50, "parts": parts}), 512)
        plain = Baseline(50, 512)
    extra = sum(p.numel() for p in network.parameters())
    assert extra - sum(p.numel() for p in plain.parameters()) == more


def test_without_its_parts_learnt_it_is_the_baseline():
    plain = Baseline(10, 64, width=8).eval()
    network = SESA(Architecture(depth=10, width=8, parts=("se", "sa")), 64).eval()
    network.load_state_dict(plain.state_dict(), strict=False)
    for module in network.modules():
        if isinstance(module, SqueezeExcitation):
            nn.init.constant_(module.up.bias, 20.0)
    images = normal(2, 3, 64, 32)
    torch.testing.assert_close(network(images), plain(images), atol=1e-5, rtol=1e-4)
