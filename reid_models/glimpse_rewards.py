"""How RDAN's agent learns where to look: rewards, returns, and REINFORCE (Williams, 1992).

The place of step t is drawn from N(μ_t, σ²), μ_t told from the state before it, and leads to the
state h_t. So it answers for the rewards of step t and all later ones, and for none before:

    loss = - 1/N Σ over images and steps of (r_t + … + r_T - b_t) · log density of l_t

Rewards are numbers without gradients. With d the distance between states of one step,

    identity: 1 where the person is recognised, else 0
    margin:   d(a, n) - d(a, p)                 a nearest other n, a farthest same p of an anchor a
    gain:     what the margin grew by since the step before

Pairs are chosen once, on h_0; gains then add up to the last margin less the first. (The slides
print d(a, p) with the other person's state, a slip: such a margin would always be 0.)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from reid_models.losses import distances

__all__ = [
    "Pairs",
    "gains",
    "hardest_pairs",
    "log_density",
    "margins",
    "policy_loss",
    "recognised",
    "returns",
    "standardised",
]


class Pairs(NamedTuple):
    """For each of N anchors the index of its farthest same and its nearest other."""

    same: Tensor
    other: Tensor


def hardest_pairs(features: Tensor, labels: Tensor) -> Pairs:
    """The hardest pairs of features (N, D) with labels (N,) of at least two people."""
    table = distances(features.detach(), features.detach())
    same = labels[:, None] == labels[None]
    farthest = table.masked_fill(~same, -torch.inf).argmax(dim=1)
    return Pairs(farthest, table.masked_fill(same, torch.inf).argmin(dim=1))


@torch.no_grad()
def margins(states: Tensor, pairs: Pairs) -> Tensor:
    """d(a, n) - d(a, p) of states (T, N, D) at each step, (T, N)."""
    apart = (states - states[:, pairs.other]).norm(dim=2)
    return apart - (states - states[:, pairs.same]).norm(dim=2)


def gains(margin: Tensor) -> Tensor:
    """What margins (T + 1, N) grew by at each step, (T, N)."""
    return margin[1:] - margin[:-1]


@torch.no_grad()
def recognised(logits: Tensor, labels: Tensor) -> Tensor:
    """1 where logits (T, N, people) name the person of labels (N,), else 0: (T, N)."""
    return (logits.argmax(dim=2) == labels).float()


def returns(rewards: Tensor) -> Tensor:
    """r_t + … + r_T of rewards (T, N), not discounted."""
    return rewards.flip(0).cumsum(dim=0).flip(0)


def log_density(places: Tensor, means: Tensor, sigma: float) -> Tensor:
    """Logarithm of N(means, σ²) at places, both (…, 2); gradients flow to the means alone."""
    squares = (places.detach() - means).square().sum(dim=-1)
    return -squares / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)


def standardised(advantages: Tensor) -> Tensor:
    """Advantages (T, N) with mean 0 and deviation 1 over the batch at each step."""
    centred = advantages - advantages.mean(dim=1, keepdim=True)
    return centred / centred.square().mean(dim=1, keepdim=True).sqrt().clamp(min=1e-6)


def policy_loss(densities: Tensor, advantages: Tensor) -> Tensor:
    """What is minimised to look where it pays; both (T, N), no gradients through advantages."""
    return -(advantages.detach() * densities).sum(dim=0).mean()
