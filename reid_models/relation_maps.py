"""IANet's own explanation of a pair: where the features come from that speak most for it.

The served vector is a linear function of the mean over the last map's positions, so the dot product
of a pair is a sum over positions of the one crop. The position with the largest part matters most;
SIA's relation map of it says from which places of the crop its feature was put together.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.explanations import scaled
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop, Explanation, ExplanationKind, HeatMap

if TYPE_CHECKING:
    from reid_models.methods.ianet import IANet

__all__ = ["RelationExplainer"]


class RelationExplainer:
    """Relation maps of an IANet, computed by torch on the CPU whatever serves the vectors."""

    kind: ExplanationKind = "relation"

    def __init__(self, card: ModelCard, path: Path) -> None:
        """Explain the model of `card`; its weights are read from `path` when first asked."""
        assert card.architecture is not None
        self._card, self._path = card, path
        self._stage = max(card.architecture.stages)
        self._network: IANet | None = None
        self._turn = threading.Lock()

    def explain(self, left: Crop, right: Crop) -> Explanation:
        """Explain a pair as `Explainer.explain` says."""
        import torch

        network = self._open()
        images = torch.from_numpy(preprocess([left, right], self._card.preprocessing))
        with torch.inference_mode():
            last, relation = network.relations(images, self._stage)
            places = last.flatten(2).transpose(1, 2)
            parts = network.embedding(network.neck(places.flatten(0, 1))).unflatten(0, (2, -1))
            whole = parts.mean(dim=1)
            spoken = (parts @ whole.flip(0)[:, :, None]).squeeze(2)
        size = (last.shape[2], last.shape[3])
        maps = relation.numpy()
        first, at_first = _strongest(maps[0], spoken[0].numpy().reshape(size))
        second, at_second = _strongest(maps[1], spoken[1].numpy().reshape(size))
        return Explanation("relation", first, second, at_first, at_second)

    def _open(self) -> IANet:
        from reid_models import methods
        from reid_models.methods.ianet import IANet

        with self._turn:
            if self._network is None:
                network = methods.build(self._card, self._path)
                assert isinstance(network, IANet)
                self._network = network
            return self._network


def _strongest(
    relation: npt.NDArray[np.float32], spoken: npt.NDArray[np.float32]
) -> tuple[HeatMap, tuple[float, float]]:
    """The map of the place that speaks most, and that place as shares of width and height."""
    row, column = np.unravel_index(int(spoken.argmax()), spoken.shape)
    y, x = (row + 0.5) / spoken.shape[0], (column + 0.5) / spoken.shape[1]
    heat = relation[int(y * relation.shape[0]), int(x * relation.shape[1])]
    return scaled(heat), (float(x), float(y))
