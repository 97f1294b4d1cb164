"""MGRAN: the whole person and three body regions, each seen through its mask (Zhou & Yu, 2020).

    image level (the paper's):  f_r = mean over positions of R(x · M_r), one ResNet R for all four
    feature level (fast):       f_r = mean of R(x) over M_r, brought to the map's size by area

r is the person, head, upper and lower body; what is outside a mask is 0 after normalisation, so
that the background cannot move any f_r at image level. An empty mask gives zeros, counting nowhere.
At part level (an ablation) masks are the regions' rectangles; `reid_models.masks` makes either.

The paper compares the four f_r end to end, 8,192 numbers; its losses, regions and distance could
not be read and are ours. Served are four blocks, a linear embedding of each f_r at length 1: where
all is visible their cosine is the mean of the blocks' cosines, and a block of zeros says by itself
that its region cannot be seen. `reid_models.region_distances` compares only what both show.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from reid_models.backbones import ResNet
from reid_models.cards import Architecture
from reid_models.methods.baseline import embedding

__all__ = ["BLOCKS", "MGRAN", "RegionFeatures"]

BLOCKS = 4
"""The person, head, upper and lower body."""


class RegionFeatures(NamedTuple):
    """What the network makes of N crops; none of it is normalised."""

    pooled: Tensor
    """f (N, 4, channels); zeros where nothing is visible."""
    served: Tensor
    """(N, 4, dimension / 4), likewise."""
    visible: Tensor
    """bool (N, 4)."""


class MGRAN(nn.Module):
    """One ResNet for four masked inputs, an embedding each. Its classifiers live in training."""

    def __init__(self, architecture: Architecture, dimension: int) -> None:
        """Build with random weights.

        Args:
            architecture: `mask_level` besides the backbone's.
            dimension: length of the served vector, a multiple of 4.
        """
        super().__init__()
        self.level = architecture.mask_level
        self.backbone = ResNet(architecture.depth, width=architecture.width, ibn=architecture.ibn)
        self.embeddings = nn.ModuleList(
            embedding(self.backbone.channels, dimension // BLOCKS) for _ in range(BLOCKS)
        )

    def maps(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """What is averaged, and with which weights.

        Args:
            inputs: float32 (N, 3 + 4, H, W): the normalised image and its masks, one half and more
                being inside.

        Returns:
            Maps (N, 4, C, h, w), or (N, 1, C, h, w) of all four at feature level, and weights
            (N, 4, h, w), which sum to 1, or to 0 where nothing is visible.
        """
        images, masks = inputs[:, :3], (inputs[:, 3:] >= 0.5).to(inputs.dtype)
        visible = masks.amax(dim=(2, 3), keepdim=True)
        if self.level == "feature":
            last = self.backbone(images)
            cell = (masks.shape[2] // last.shape[2], masks.shape[3] // last.shape[3])
            shares = nnf.avg_pool2d(masks, cell)
            total = shares.sum(dim=(2, 3), keepdim=True)
            return last[:, None], shares / total.clamp(min=1e-6)
        streams = (images[:, None] * masks[:, :, None]).flatten(0, 1)
        last = self.backbone(streams).unflatten(0, (-1, BLOCKS))
        return last, (visible / (last.shape[3] * last.shape[4])).expand(-1, -1, *last.shape[3:])

    def features(self, inputs: Tensor) -> RegionFeatures:
        """All features of inputs as `maps` takes them."""
        maps, weights = self.maps(inputs)
        pooled = (maps * weights[:, :, None].to(maps.dtype)).sum(dim=(3, 4))
        visible = weights.sum(dim=(2, 3)) > 0
        served = [
            self._embedded(head, pooled[:, block], visible[:, block])
            for block, head in enumerate(self.embeddings)
        ]
        return RegionFeatures(pooled, torch.stack(served, dim=1), visible)

    def _embedded(self, head: nn.Module, pooled: Tensor, visible: Tensor) -> Tensor:
        if self.training:
            # A neck's statistics are of what is seen, not of zeros.
            rows = visible.nonzero()[:, 0]
            if 1 < len(rows) < len(pooled):
                seen = head(pooled[rows])
                return seen.new_zeros(len(pooled), seen.shape[1]).index_copy(0, rows, seen)
        return torch.as_tensor(head(pooled)) * visible[:, None]

    def forward(self, inputs: Tensor) -> Tensor:
        """The served vectors (N, dimension): blocks of length 1, or of zeros if not visible."""
        served = self.features(inputs).served
        return nnf.normalize(served, dim=2).flatten(1)
