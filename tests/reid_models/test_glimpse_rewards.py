"""What is rewarded, and that REINFORCE climbs towards it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from reid_models.glimpse_rewards import (
    Pairs,
    gains,
    hardest_pairs,
    log_density,
    margins,
    policy_loss,
    recognised,
    returns,
    standardised,
)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_margin_is_how_much_farther_the_other_person_is():
    # anchor, same, other on a line, at two steps
    states = torch.tensor([[[0.0], [1.0], [3.0]], [[0.0], [1.0], [1.0]]])
    pairs = Pairs(torch.tensor([1, 0, 2]), torch.tensor([2, 2, 0]))
    found = margins(states, pairs)
    assert found[:, 0].tolist() == [2.0, 0.0]
    swapped = margins(states, Pairs(pairs.other, pairs.same))
    torch.testing.assert_close(swapped, -found)
    assert gains(found)[0, 0] == -2.0
    assert not gains(margins(states[:1].repeat(3, 1, 1), pairs)).any()


def test_the_hardest_pairs_are_the_farthest_same_and_the_nearest_other():
    features = torch.tensor([[0.0], [1.0], [5.0], [2.0], [9.0]])
    pairs = hardest_pairs(features, torch.tensor([0, 0, 0, 1, 1]))
    assert pairs.same.tolist() == [2, 2, 0, 4, 3]
    assert pairs.other.tolist() == [3, 3, 3, 1, 2]


@given(st.integers(1, 6), st.integers(0, 99))
def test_gains_add_up_to_the_last_margin_less_the_first(steps: int, seed: int):
    margin = normal(steps + 1, 5, seed=seed).double()
    total = returns(gains(margin))
    torch.testing.assert_close(total, margin[-1] - margin[:-1])


def test_recognised_is_one_or_nought():
    logits = torch.tensor([[[2.0, 1.0], [0.0, 3.0]], [[0.0, 1.0], [0.0, 3.0]]])
    assert recognised(logits, torch.tensor([0, 1])).tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize(("paid", "answers"), [(1, [1, 1, 0, 0]), (0, [1, 0, 0, 0])])
def test_a_place_answers_for_its_own_step_and_later_ones(paid: int, answers: list[int]):
    rewards = torch.zeros(4, 1)
    rewards[paid] = 1.0
    densities = torch.zeros(4, 1, requires_grad=True)
    policy_loss(densities, returns(rewards)).backward()
    assert (-densities.grad[:, 0]).tolist() == answers


@given(st.integers(0, 99), st.floats(0.05, 2.0))
def test_the_density_is_that_of_a_normal_distribution(seed: int, sigma: float):
    places, means = normal(3, 2, seed=seed), normal(3, 2, seed=seed + 1).requires_grad_()
    places.requires_grad_()
    found = log_density(places, means, sigma)
    expected = torch.distributions.Normal(means, sigma).log_prob(places).sum(-1)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    found.sum().backward()
    assert places.grad is None, "nothing flows back through the place that was drawn"
    assert means.grad.any()


def nodes(mean: float, sigma: float, count: int = 40) -> tuple[Tensor, Tensor]:
    """Gauss-Hermite places of N(mean, σ²) and their weights, which sum to 1."""
    x, w = np.polynomial.hermite.hermgauss(count)
    return torch.tensor(mean + math.sqrt(2) * sigma * x), torch.tensor(w / math.sqrt(math.pi))


def surrogate_gradient(baseline: float) -> float:
    """Of the expected loss over all places, with reward exp(-(l - 0.8)² / 0.1)."""
    places, weights = nodes(0.3, 0.2)
    mean = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    rewards = torch.exp(-((places - 0.8) ** 2) / 0.1)
    # The second number of a place is held at its mean and so adds no gradient.
    drawn = torch.stack([places, torch.zeros_like(places)], dim=1)
    means = torch.stack([mean.expand(len(places)), torch.zeros_like(places)], dim=1)
    densities = log_density(drawn, means, 0.2)[None]
    policy_loss(densities * weights * len(weights), (rewards - baseline)[None]).backward()
    return -float(mean.grad)


def test_the_surrogates_gradient_is_that_of_the_expected_reward():
    def expected(mean: float) -> float:
        places, weights = nodes(mean, 0.2)
        return float((weights * torch.exp(-((places - 0.8) ** 2) / 0.1)).sum())

    step = 1e-5
    slope = (expected(0.3 + step) - expected(0.3 - step)) / (2 * step)
    assert slope == pytest.approx(1.032534, abs=1e-6)
    assert surrogate_gradient(0.0) == pytest.approx(slope, rel=1e-8)


def test_a_constant_taken_off_changes_the_noise_and_not_the_gradient():
    assert surrogate_gradient(0.7) == pytest.approx(surrogate_gradient(0.0), rel=1e-9)
    places = 0.3 + 0.2 * normal(2000).double()
    rewards = torch.exp(-((places - 0.8) ** 2) / 0.1)
    score = (places - 0.3) / 0.2**2
    assert ((rewards - rewards.mean()) * score).var() < (rewards * score).var()


@given(st.integers(0, 99))
def test_standardised_advantages_keep_their_order(seed: int):
    advantages = 7 + 3 * normal(4, 8, seed=seed)
    found = standardised(advantages)
    torch.testing.assert_close(found.mean(1), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.square().mean(1), torch.ones(4))
    assert torch.equal(found.argsort(1), advantages.argsort(1))
    assert standardised(torch.ones(2, 3)).isfinite().all()


@pytest.mark.parametrize(("sign", "lowest", "highest"), [(1, 0.95, 1.0), (-1, 0.0, 0.05)])
def test_an_agent_learns_to_look_into_the_quadrant_it_is_told(
    sign: int, lowest: float, highest: float
):
    assert lowest <= bandit(sign) <= highest


def bandit(sign: int) -> float:
    """Mean reward after 500 updates; the state names a quadrant, and looking there pays 1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        agent = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 2), nn.Tanh())
    optimiser = torch.optim.Adam(agent.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(1)
    for _ in range(500):
        state = torch.randint(0, 2, (256, 2), generator=generator) * 2.0 - 1
        mean = agent(state)
        place = mean.detach() + 0.15 * torch.randn(256, 2, generator=generator)
        reward = (place.sign() == state).all(dim=1).float()
        loss = sign * policy_loss(
            log_density(place, mean, 0.15)[None], (reward - reward.mean())[None]
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return float(reward.mean())
