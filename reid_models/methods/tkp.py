"""TKP: what a video network knows, passed on to an image network (Gu et al., ICCV 2019).

The image network sees one still; the video network sees the frames of a clip together, through
non-local blocks. Both end in one space, so that a photo finds a tracklet:

    non-local:  z = x + BN(W · Σ softmax(θ(x)ᵀ φ(x)) g(x)) over all positions of all frames
    still:      i = E · mean over positions;   clip: f_t likewise for each frame, v = mean of f_t

Two pairs can be built. The paper's: two separate ResNets, non-local blocks after blocks 2 and 4 of
the second stage and blocks 2, 4 and 6 of the third (as in the authors' code). The light one, a
deviation: one trunk for both, non-local blocks after the second and the third stage, and a last
stage of each branch's own. E, an affine embedding that the paper does not have, brings the features
to what the search stores; without it (dimension = channels) they are the paper's. The light pair is
begun with a trained baseline (`reid_models.pretrained`), whose necks E takes in.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from reid_models.backbones import ResNet
from reid_models.cards import Architecture

__all__ = ["TKP", "NonLocal"]

_PAPER = ("2.1", "2.3", "3.1", "3.3", "3.5")


class NonLocal(nn.Module):
    """Every position of every frame sees all others (Wang et al., 2018); starts as the identity.

    The softmax is not scaled, as in the authors' code.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = max(1, channels // 2)
        self.theta = _projection(channels, inner)
        self.phi = _projection(channels, inner)
        self.g = _projection(channels, inner)
        self.out = _projection(inner, channels)
        self.bn = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.bn.weight)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """(B·frames, C, h, w), clip after clip → the same shape."""
        query = self._clips(self.theta(x), frames)
        key = self._clips(self.pool(self.phi(x)), frames)
        value = self._clips(self.pool(self.g(x)), frames)
        weights = (query.transpose(1, 2) @ key).float().softmax(dim=2).to(value.dtype)
        seen = weights @ value.transpose(1, 2)
        clips, _, channels = seen.shape
        seen = seen.reshape(clips * frames, *x.shape[2:], channels).permute(0, 3, 1, 2)
        return x + self.bn(self.out(seen))

    @staticmethod
    def _clips(x: Tensor, frames: int) -> Tensor:
        """(B·T, C, h, w) → (B, C, T·h·w), positions frame after frame."""
        return x.unflatten(0, (-1, frames)).transpose(1, 2).flatten(2)


class TKP(nn.Module):
    """The pair of networks; `forward` is the image branch, `frames` the video branch."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights; both branches compute the same at first.

        Args:
            architecture: depth, width, ibn of both; `shared_trunk` for the light pair.
            dimension: length of the served vector.
        """
        super().__init__()
        self.backbone = ResNet(architecture.depth, width=architecture.width, ibn=architecture.ibn)
        places: tuple[str, ...] = _PAPER
        if architecture.shared_trunk:
            self.video_stage4 = copy.deepcopy(self.backbone.stage(4))
            places = tuple(f"{s}.{len(self.backbone.stage(s)) - 1}" for s in (2, 3))
        else:
            self.video_backbone = copy.deepcopy(self.backbone)
        self.shared = architecture.shared_trunk
        self.non_local = nn.ModuleDict(
            {
                place.replace(".", "_"): NonLocal(self.backbone.channels >> (4 - int(place[0])))
                for place in places
                if int(place[2:]) < len(self.backbone.stage(int(place[0])))
            }
        )
        self.embedding: nn.Module = nn.Identity()
        if self.backbone.channels != dimension:
            linear = nn.Linear(self.backbone.channels, dimension)
            nn.init.normal_(linear.weight, std=self.backbone.channels**-0.5)
            nn.init.zeros_(linear.bias)
            self.embedding = linear

    def forward(self, images: Tensor) -> Tensor:
        """Stills: float32 (N, 3, H, W) → (N, dimension), not normalised."""
        pooled: Tensor = self.backbone(images).mean(dim=(2, 3))
        return torch.as_tensor(self.embedding(pooled))

    def frames(self, images: Tensor, frames: int) -> Tensor:
        """Clips: (B·frames, 3, H, W), clip after clip → f_t (B, frames, dimension)."""
        network = self.backbone if self.shared else self.video_backbone
        x = network.stem(images)
        for stage in (1, 2, 3, 4):
            own = self.shared and stage == 4
            for index, block in enumerate(self.video_stage4 if own else network.stage(stage)):
                x = block(x)
                if f"{stage}_{index}" in self.non_local:
                    x = self.non_local[f"{stage}_{index}"](x, frames)
        return torch.as_tensor(self.embedding(x.mean(dim=(2, 3)))).unflatten(0, (-1, frames))


def _projection(channels: int, wanted: int) -> nn.Conv2d:
    projection = nn.Conv2d(channels, wanted, 1)
    nn.init.normal_(projection.weight, std=(2.0 / wanted) ** 0.5)
    nn.init.zeros_(projection.bias)  # type: ignore[arg-type]
    return projection
