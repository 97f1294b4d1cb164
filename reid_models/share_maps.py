"""What each place of a crop adds to a pair's likeness, where a method can tell exactly.

DRANet's served vector is a sum over places (`DRANet.shares`), so the dot product of a pair is a sum
over the places of either crop. Places that speak against the pair stay dark.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from reid_models.cards import ModelCard
from reid_models.explanations import scaled
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop, Explanation, ExplanationKind

if TYPE_CHECKING:
    from reid_models.methods.dranet import DRANet

__all__ = ["ShareExplainer"]


class ShareExplainer:
    """Shares of a DRANet, computed by torch on the CPU whatever serves the vectors."""

    kind: ExplanationKind = "share"

    def __init__(self, card: ModelCard, path: Path) -> None:
        """Explain the model of `card`; its weights are read from `path` when first asked."""
        self._card, self._path = card, path
        self._network: DRANet | None = None
        self._turn = threading.Lock()

    def explain(self, left: Crop, right: Crop) -> Explanation:
        """Explain a pair as `Explainer.explain` says."""
        import torch

        network = self._open()
        images = torch.from_numpy(preprocess([left, right], self._card.preprocessing))
        with torch.inference_mode():
            shares = network.shares(images)
            whole = shares.sum(dim=(2, 3))
            said = torch.einsum("ndhw,nd->nhw", shares, whole.flip(0)).relu().numpy()
        return Explanation("share", scaled(said[0]), scaled(said[1]))

    def _open(self) -> DRANet:
        from reid_models import methods
        from reid_models.methods.dranet import DRANet

        with self._turn:
            if self._network is None:
                network = methods.build(self._card, self._path)
                assert isinstance(network, DRANet)
                self._network = network
            return self._network
