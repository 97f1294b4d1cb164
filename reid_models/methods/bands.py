"""A network's vector together with what its last map shows band by band, in one pass."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from reid_models.errors import ModelUnknown
from reid_models.methods.baseline import Baseline

__all__ = ["BandBranch"]


class BandBranch(nn.Module):
    """Images (N, 3, H, W) to (N, D + bands · C): the served vector, then the bands' mean features.

    It holds the network it was taken from and shares its weights.
    """

    def __init__(self, network: nn.Module, bands: int) -> None:
        """Take `network` apart, one of the baseline, IDE, IANet or SE + SA.

        Raises:
            ModelUnknown: it is another.
        """
        super().__init__()
        if not isinstance(network, Baseline):
            name = type(network).__name__
            raise ModelUnknown(
                f"Hidden bands are found on the map of a baseline, IANet or SE + SA, not {name}. "
                "Choose such a model.",
                name=name,
            )
        self.network: Baseline = network
        self.bands = bands
        self.channels = network.backbone.channels
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        last = self.network.backbone(images)
        served = self.network.embedding(self.network.neck(last.mean(dim=(2, 3))))
        means = nnf.adaptive_avg_pool2d(last, (self.bands, 1))[..., 0].transpose(1, 2)
        return torch.cat([served, means.flatten(1)], dim=1)
