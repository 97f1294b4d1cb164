"""Muon: what it does to matrices, and that it learns."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reid_models.muon import Muon, orthogonalised


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12), seed=st.integers(0, 99))
def test_singular_values_come_near_one_and_directions_stay(rows: int, columns: int, seed: int):
    generator = torch.Generator().manual_seed(seed)
    u, values, vh = torch.linalg.svd(
        torch.randn(rows, columns, generator=generator), full_matrices=False
    )
    values = values.clamp_min(values[0] / 20)
    made = orthogonalised(u @ values.diag() @ vh)
    seen = u.T @ made @ vh.T
    assert ((seen.diag() > 0.5) & (seen.diag() < 1.3)).all()
    torch.testing.assert_close(seen - seen.diag().diag(), torch.zeros_like(seen), atol=2e-3, rtol=0)


def test_length_does_not_matter_and_nothing_stays_nothing():
    matrix = torch.randn(5, 9, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(orthogonalised(matrix), orthogonalised(1000 * matrix))
    assert not orthogonalised(torch.zeros(4, 3)).any()


@pytest.mark.parametrize("shape", [(8, 4, 3, 3), (6, 20)])
def test_a_step_is_as_long_as_one_of_adam(shape: tuple[int, ...]):
    parameter = nn.Parameter(torch.zeros(shape))
    parameter.grad = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    Muon([{"params": [parameter], "orthogonal": True}], lr=0.5).step()
    moved = parameter.detach().square().mean().sqrt().item()
    assert moved / 0.5 == pytest.approx(0.2, rel=0.3)
    assert (parameter * parameter.grad).sum() < 0


def test_what_is_no_matrix_is_learnt_by_adam_with_decoupled_decay():
    start = torch.randn(7, generator=torch.Generator().manual_seed(0))
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    mine = Muon([{"params": [ours], "orthogonal": False}], lr=0.01, weight_decay=0.1)
    adam = torch.optim.AdamW([theirs], lr=0.01, weight_decay=0.1, betas=(0.9, 0.99))
    for _ in range(5):
        for parameter, optimiser in ((ours, mine), (theirs, adam)):
            optimiser.zero_grad()
            parameter.pow(4).sum().backward()
            optimiser.step()
    torch.testing.assert_close(ours, theirs)


def test_it_learns_a_badly_scaled_matrix():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(256, 16, generator=generator) * torch.logspace(0, -2, 16)
    wanted = inputs @ torch.randn(16, 16, generator=generator)
    layer = nn.Linear(16, 16, bias=False)
    nn.init.zeros_(layer.weight)
    optimiser = Muon([{"params": [layer.weight], "orthogonal": True}], lr=0.3)
    for step in range(60):
        optimiser.param_groups[0]["lr"] = 0.3 * (1 - step / 60)
        optimiser.zero_grad()
        loss = (layer(inputs) - wanted).square().mean()
        loss.backward()
        optimiser.step()
    assert loss < 0.05 * wanted.square().mean()
