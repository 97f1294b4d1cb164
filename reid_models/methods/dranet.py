"""DRANet: learns from feature maps without their best channels and places (Liu et al., ICIP 2019).

The last map is cut into stripes from head to foot, each reduced by a 1×1 convolution to A. Then

    CIC:   m = sigmoid(W1 · relu(W0 · mean of A)),  B = m · A     what the channels tell
    SIC:   E = ReLU(BN(3×3 convolution of B)),  H = a 1×1 convolution of E, a map for each person
    RCAM:  C = (1 - m)^α · A         without the channels that told most
    RSAM:  D = (1 - H_n)^α · B       without the places that told most of this person n

C, the mean of H and D are classified in training. Served are the means of B and of E alone, for
which nobody need be known; a linear embedding brings those of all stripes to what search stores.

Read off two figures and slides, as neither paper nor code could be had; where they are silent:
three stripes without shared weights, reduction to 1,024 channels and by 16 within W0, H_n divided
by its own peak after ReLU (unbounded, a fractional α of it is no number), C and D share a
classifier and do not change m and H, and count after five epochs only.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from reid_models.backbones import ResNet
from reid_models.cards import Architecture
from reid_models.methods.baseline import BaselineFeatures, embedding

__all__ = ["DRANet", "StripeMaps", "heat_of", "without_channels", "without_places"]

_REDUCTION = 16
_LEAST = 1e-6


class StripeMaps(NamedTuple):
    """What one stripe of N images becomes."""

    reduced: Tensor
    """A (N, K, h, w)."""
    gate: Tensor
    """m (N, K), each in 0–1."""
    gated: Tensor
    """B (N, K, h, w)."""
    spatial: Tensor
    """E (N, K, h, w)."""


def without_channels(reduced: Tensor, gate: Tensor, power: float) -> Tensor:
    """C (N, K, h, w) of A (N, K, h, w) and m (N, K): what told most is suppressed most."""
    return reduced * _reverse(gate, power)[:, :, None, None]


def without_places(gated: Tensor, heat: Tensor, power: float) -> Tensor:
    """D (N, K, h, w) of B (N, K, h, w) and heat (N, h, w) in 0–1."""
    return gated * _reverse(heat, power)[:, None]


def heat_of(class_map: Tensor, scale: Literal["peak", "sigmoid"] = "peak") -> Tensor:
    """Raw class maps (N, h, w) in 0–1.

    Args:
        class_map: H_n of each image's own person.
        scale: peak: ReLU, then the largest place of each map becomes 1; sigmoid: each by itself.
    """
    if scale == "sigmoid":
        return class_map.sigmoid()
    positive = class_map.relu()
    return positive / positive.amax(dim=(1, 2), keepdim=True).clamp(min=_LEAST)


def _reverse(useful: Tensor, power: float) -> Tensor:
    """(1 - useful)^power with finite gradients where nothing is left."""
    if power == 0.0:
        return torch.ones_like(useful)
    left = 1.0 - useful
    return left.clamp(min=_LEAST).pow(power) * (left > 0.0)


class _Stripe(nn.Module):
    """The reduction, CIC and SIC of one stripe."""

    def __init__(self, channels: int, wanted: int) -> None:
        super().__init__()
        self.reduction = nn.Sequential(
            nn.Conv2d(channels, wanted, 1, bias=False), nn.BatchNorm2d(wanted), nn.ReLU()
        )
        inner = max(1, wanted // _REDUCTION)
        self.gate = nn.Sequential(
            nn.Linear(wanted, inner), nn.ReLU(), nn.Linear(inner, wanted), nn.Sigmoid()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(wanted, wanted, 3, padding=1, bias=False), nn.BatchNorm2d(wanted), nn.ReLU()
        )

    def forward(self, x: Tensor) -> StripeMaps:
        reduced = self.reduction(x)
        gate = self.gate(reduced.mean(dim=(2, 3)))
        gated = reduced * gate[:, :, None, None]
        return StripeMaps(reduced, gate, gated, self.spatial(gated))


class DRANet(nn.Module):
    """ResNet, stripes, CIC and SIC of each, embedding. What suppresses lives in training."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `stripes` (3 in the paper) and `stripe_channels` (1,024) besides the
                backbone's.
            dimension: length of the served vector.
        """
        super().__init__()
        self.backbone = ResNet(architecture.depth, width=architecture.width, ibn=architecture.ibn)
        self.channels = architecture.stripe_channels
        self.stripes = nn.ModuleList(
            _Stripe(self.backbone.channels, self.channels) for _ in range(architecture.stripes)
        )
        self.embedding = embedding(2 * architecture.stripes * self.channels, dimension)

    def maps(self, images: Tensor) -> list[StripeMaps]:
        """The maps of each stripe of float32 (N, 3, H, W).

        The last map has H / 16 rows; where the stripes do not divide them, neighbours share a row.
        """
        last = self.backbone(images)
        rows = _rows(last.shape[2], len(self.stripes))
        return [stripe(last[:, :, rows[n]]) for n, stripe in enumerate(self.stripes)]

    def pooled(self, maps: list[StripeMaps]) -> BaselineFeatures:
        """What training sees of `maps`; `evaluation` is the paper's vector, 2 · K a stripe."""
        means = [side.mean(dim=(2, 3)) for each in maps for side in (each.gated, each.spatial)]
        whole = torch.cat(means, dim=1)
        return BaselineFeatures(whole, whole, self.embedding(whole))

    def features(self, images: Tensor) -> BaselineFeatures:
        """All features of float32 (N, 3, H, W)."""
        return self.pooled(self.maps(images))

    def forward(self, images: Tensor) -> Tensor:
        """The served vectors (N, dimension) of float32 (N, 3, H, W), not normalised."""
        return self.features(images).served

    def shares(self, images: Tensor) -> Tensor:
        """What each place adds to the served vectors, (N, dimension, H/16, W/16).

        The sum over places is the served vector: B and E enter it by their means, and the embedding
        is linear in evaluation mode. What it adds by itself is spread evenly.
        """
        maps, (height, width) = self.maps(images), (images.shape[2] // 16, images.shape[3] // 16)
        empty = images.new_zeros(1, 2 * len(maps) * self.channels)
        alone = self.embedding(empty)
        found = (alone / (height * width))[:, :, None, None].repeat(len(images), 1, height, width)
        for number, rows in enumerate(_rows(height, len(maps))):
            both = torch.cat([maps[number].gated, maps[number].spatial], dim=1)
            places = both.flatten(2).transpose(1, 2) / both.shape[2:].numel()
            before = 2 * self.channels * number
            after = empty.shape[1] - before - places.shape[2]
            padded = nn.functional.pad(places, (before, after))
            added = self.embedding(padded.flatten(0, 1)) - alone
            added = added.unflatten(0, (len(images), -1)).transpose(1, 2)
            found[:, :, rows] += added.unflatten(2, (-1, width))
        return found


def _rows(height: int, stripes: int) -> list[slice]:
    """The rows of each stripe, as adaptive pooling would share them out."""
    return [
        slice(number * height // stripes, -(-(number + 1) * height // stripes))
        for number in range(stripes)
    ]
