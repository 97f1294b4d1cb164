"""The strong baseline: a ResNet with a batch-normalisation neck, served as at most 512 numbers.

Luo et al., Bag of Tricks and a Strong Baseline for Deep Person Re-identification, 2019:

    f_t = average of the last map        (triplet and centre losses)
    f_i = BatchNorm(f_t), shift fixed at 0   (classifier without bias; the evaluation feature)

A ResNet-50's f_i has 2,048 numbers; the search stores vectors of at most 512. So a linear embedding
is learnt on f_i, with a neck of its own; where f_i is small enough already it is served as it is.
Anyone who knows that strong baseline's published figures (94.1 % rank 1, 85.7 % mAP on Market-1501)
should know that they belong to f_i, not to the shorter served vector.

IDE, the plain baseline that came before it (Zheng et al., 2016), is the same without any neck: f_t
is classified and compared, and the embedding is linear alone.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from reid_models.backbones import Depth, ResNet

__all__ = ["Baseline", "BaselineFeatures", "embedding"]


class BaselineFeatures(NamedTuple):
    """What the network makes of N images; none of it is normalised."""

    pooled: Tensor
    """f_t (N, channels): before the neck."""
    evaluation: Tensor
    """f_i (N, channels): after the neck, if there is one; what the papers evaluate."""
    served: Tensor
    """(N, dimension): what the search stores."""


class Baseline(nn.Module):
    """ResNet, average pooling, neck, embedding. Its classifiers live in training, not here."""

    def __init__(
        self,
        depth: Depth,
        dimension: int,
        *,
        width: int = 64,
        ibn: bool = False,
        necks: bool = True,
    ) -> None:
        """Build with random weights.

        Args:
            depth: 10, 18, 34 or 50.
            dimension: length of the served vector, 1 to 512.
            width: channels of the first stage; 64 is the usual network.
            ibn: instance normalisation in half of the early stages' channels.
            necks: normalise what is classified; False: IDE.
        """
        super().__init__()
        self.backbone = ResNet(depth, last_stride=1, width=width, ibn=ibn)
        self.neck: nn.Module = _neck(self.backbone.channels) if necks else nn.Identity()
        self.embedding = embedding(self.backbone.channels, dimension, neck=necks)

    def features(self, images: Tensor) -> BaselineFeatures:
        """All three features of float32 (N, 3, H, W)."""
        pooled = self.backbone(images).mean(dim=(2, 3))
        evaluation = self.neck(pooled)
        return BaselineFeatures(pooled, evaluation, self.embedding(evaluation))

    def forward(self, images: Tensor) -> Tensor:
        """The served vectors (N, dimension) of float32 (N, 3, H, W), not normalised."""
        return self.features(images).served


def embedding(channels: int, dimension: int, *, neck: bool = True) -> nn.Module:
    """What brings a method's own feature to the served length; nothing where it has it already."""
    if channels == dimension:
        return nn.Identity()
    linear = nn.Linear(channels, dimension, bias=False)
    nn.init.normal_(linear.weight, std=channels**-0.5)
    return nn.Sequential(linear, _neck(dimension)) if neck else linear


def _neck(channels: int) -> nn.BatchNorm1d:
    neck = nn.BatchNorm1d(channels)
    neck.bias.requires_grad_(False)
    return neck
