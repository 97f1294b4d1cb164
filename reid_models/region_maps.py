"""What each place of a crop adds to a pair's likeness, by MGRAN: exactly, region by region.

A served block is a linear function of a weighted mean over places, so a pair's cosine is a sum over
the places of either crop, of the person and of each region that both show. Places that speak
against the pair stay dark.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.explanations import scaled
from reid_models.roles import Crop, Explanation, ExplanationKind

if TYPE_CHECKING:
    from torch import Tensor

    from reid_models.methods.mgran import MGRAN

__all__ = ["RegionExplainer", "region_shares"]


class RegionExplainer:
    """Shares of an MGRAN, computed by torch on the CPU whatever serves the vectors."""

    kind: ExplanationKind = "share"

    def __init__(
        self,
        card: ModelCard,
        path: Path,
        prepare: Callable[[Sequence[Crop]], npt.NDArray[np.float32]],
    ) -> None:
        """Explain the model of `card`.

        Args:
            card: the model's.
            path: its weights, read when first asked.
            prepare: makes its inputs from crops.
        """
        self._card, self._path, self._prepare = card, path, prepare
        self._network: MGRAN | None = None
        self._turn = threading.Lock()

    def explain(self, left: Crop, right: Crop) -> Explanation:
        """Explain a pair as `Explainer.explain` says."""
        import torch

        network = self._open()
        inputs = torch.from_numpy(self._prepare([left, right]))
        with torch.inference_mode():
            shares = region_shares(network, inputs)
            whole = shares.sum(dim=(3, 4))
            said = torch.einsum("nbdhw,nbd->nhw", shares, whole.flip(0)).relu().numpy()
        return Explanation("share", scaled(said[0]), scaled(said[1]))

    def _open(self) -> MGRAN:
        from reid_models import methods
        from reid_models.methods.mgran import MGRAN

        with self._turn:
            if self._network is None:
                network = methods.build(self._card, self._path)
                assert isinstance(network, MGRAN)
                self._network = network
            return self._network


def region_shares(network: MGRAN, inputs: Tensor) -> Tensor:
    """What each place adds to each block: (N, 4, dimension / 4, h, w), summing to length 1 in all.

    Args:
        network: in evaluation mode, where its embeddings are linear.
        inputs: float32 (N, 7, H, W), as `MGRAN.maps` takes them.
    """
    import torch

    maps, weights = network.maps(inputs)
    maps = maps.expand(-1, weights.shape[1], -1, -1, -1)
    blocks = []
    for block, head in enumerate(network.embeddings):
        places = maps[:, block].flatten(2).transpose(1, 2)
        own = head(places.flatten(0, 1)).unflatten(0, places.shape[:2]).transpose(1, 2)
        shares = own.unflatten(2, maps.shape[3:]) * weights[:, block, None]
        length = shares.sum(dim=(2, 3), keepdim=True).norm(dim=1, keepdim=True)
        blocks.append(shares / length.clamp(min=1e-12))
    stacked = torch.stack(blocks, dim=1)
    visible = (weights.sum(dim=(2, 3)) > 0).sum(dim=1).clamp(min=1)
    return stacked / visible.sqrt()[:, None, None, None, None]
