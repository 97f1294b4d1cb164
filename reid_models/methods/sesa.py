"""ResNet with SE in its blocks and self-attention at its end (Sun & Wang, "SE + SA").

    SE (Hu et al., 2018), on the residual before it is added:
        e = sigmoid(W2 · relu(W1 · mean over positions)),  u' = e · u
    SA, after the last stage, over its P positions:
        q, k, v = BN(Wq x), BN(Wk x), BN(Wv x);  γ(j, i) = softmax over i of q_i · k_j / √d
        y = α · Σ_i γ(j, i) v_i + x,  α learnt from 0

Where the paper is silent: reduction 16, d = C / 8, the dot product scaled (its two equations
differ), last stride 1. SE starts nearly open (its second layer at weight 0, bias 3: e ≈ 0.95), so
that pretrained weights go on working.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models.backbones import BasicBlock, Bottleneck
from reid_models.cards import Architecture
from reid_models.methods.baseline import Baseline

__all__ = ["SESA", "SelfAttention", "SqueezeExcitation"]

_REDUCTION, _OPEN = 16, 3.0


class SqueezeExcitation(nn.Module):
    """Weighs each channel by what all of them say on average."""

    def __init__(self, channels: int) -> None:
        """Start nearly open."""
        super().__init__()
        self.down = nn.Linear(channels, max(1, channels // _REDUCTION))
        self.up = nn.Linear(max(1, channels // _REDUCTION), channels)
        nn.init.zeros_(self.up.weight)
        nn.init.constant_(self.up.bias, _OPEN)

    def excitation(self, x: Tensor) -> Tensor:
        """e (N, C), each in 0–1, of a map (N, C, H, W)."""
        return torch.sigmoid(self.up(torch.relu(self.down(x.mean(dim=(2, 3))))))

    def forward(self, x: Tensor) -> Tensor:
        """A map of the same shape."""
        return x * self.excitation(x)[:, :, None, None]


class SelfAttention(nn.Module):
    """Lets every position see all others, and learns how much of that to add."""

    def __init__(self, channels: int) -> None:
        """Start as the identity."""
        super().__init__()
        inner = max(1, channels // 8)
        self.query, self.key = _projection(channels, inner), _projection(channels, inner)
        self.value = _projection(channels, channels)
        self.share = nn.Parameter(torch.zeros(()))

    def attention(self, x: Tensor) -> Tensor:
        """γ (N, P, P): row j holds the weights of the positions i that j sees; rows sum to 1."""
        query, key = self.query(x).flatten(2), self.key(x).flatten(2)
        logits = key.transpose(1, 2).float() @ query.float() * query.shape[1] ** -0.5
        return logits.softmax(dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """A map of the same shape."""
        value = self.value(x).flatten(2)
        seen = value @ self.attention(x).transpose(1, 2).to(value.dtype)
        return self.share * seen.reshape(x.shape) + x


class SESA(Baseline):
    """The baseline with SE in every block, self-attention at the end, or both."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `parts` names what is built in: se, sa or both.
            dimension: length of the served vector.
        """
        super().__init__(
            architecture.depth, dimension, width=architecture.width, ibn=architecture.ibn
        )
        if "se" in architecture.parts:
            for module in self.backbone.modules():
                if isinstance(module, BasicBlock | Bottleneck):
                    module.residual = SqueezeExcitation(module.channels)
        if "sa" in architecture.parts:
            self.backbone.after["stage4"] = SelfAttention(self.backbone.channels)


def _projection(channels: int, wanted: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, wanted, 1, bias=False), nn.BatchNorm2d(wanted))
