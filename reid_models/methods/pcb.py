"""PCB: stripes from head to foot, each told apart by itself (Sun et al., ECCV 2018).

    g_s = average of the last map over stripe s;  h_s = ReLU(BN(W_s g_s));  a classifier each

The paper compares all g or all h, end to end; search stores at most 512 numbers. So, as in the
baseline, a linear embedding with a neck is learnt on the h of all stripes; where they are few
enough numbers already they are served as they are. Refined part pooling is not built.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models.backbones import ResNet
from reid_models.cards import Architecture
from reid_models.methods.baseline import BaselineFeatures, embedding

__all__ = ["PCB"]


class PCB(nn.Module):
    """ResNet, stripes, a reduction each, embedding. Its classifiers live in training, not here."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `stripes` and `stripe_channels` (256 in the paper) besides the backbone's.
            dimension: length of the served vector.
        """
        super().__init__()
        self.stripes, self.channels = architecture.stripes, architecture.stripe_channels
        self.backbone = ResNet(architecture.depth, width=architecture.width, ibn=architecture.ibn)
        self.reductions = nn.ModuleList(
            nn.Sequential(
                nn.Linear(self.backbone.channels, self.channels, bias=False),
                nn.BatchNorm1d(self.channels),
                nn.ReLU(),
            )
            for _ in range(self.stripes)
        )
        self.embedding = embedding(self.stripes * self.channels, dimension)

    def parts(self, images: Tensor) -> Tensor:
        """h of float32 (N, 3, H, W): (N, stripes, stripe_channels).

        The map has H / 16 rows; where the stripes do not divide them, neighbours share a row.
        """
        means = nn.functional.adaptive_avg_pool2d(self.backbone(images), (self.stripes, 1))
        stripes = means.flatten(2).unbind(2)
        pairs = zip(self.reductions, stripes, strict=True)
        return torch.stack([reduction(stripe) for reduction, stripe in pairs], dim=1)

    def features(self, images: Tensor) -> BaselineFeatures:
        """What training sees: `pooled` and `evaluation` are the h of all stripes, end to end."""
        parts = self.parts(images).flatten(1)
        return BaselineFeatures(parts, parts, self.embedding(parts))

    def forward(self, images: Tensor) -> Tensor:
        """The served vectors (N, dimension) of float32 (N, 3, H, W), not normalised."""
        return self.features(images).served
