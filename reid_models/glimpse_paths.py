"""Where RDAN looked, window after window: its own explanation of a crop.

The windows are those of the vectors that were compared. They say what the model looked at closely,
besides the whole; not which of it made the pair alike.
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
from reid_models.roles import Crop, Explanation, ExplanationKind, HeatMap, Window

if TYPE_CHECKING:
    from reid_models.methods.rdan import RDAN

__all__ = ["GlimpseExplainer"]


class GlimpseExplainer:
    """Glimpses of an RDAN, computed by torch on the CPU whatever serves the vectors."""

    kind: ExplanationKind = "glimpses"

    def __init__(self, card: ModelCard, path: Path) -> None:
        """Explain the model of `card`; its weights are read from `path` when first asked."""
        self._card, self._path = card, path
        self._network: RDAN | None = None
        self._turn = threading.Lock()

    def explain(self, left: Crop, right: Crop) -> Explanation:
        """Explain a pair as `Explainer.explain` says."""
        import torch

        network = self._open()
        size = (self._card.preprocessing.height // 16, self._card.preprocessing.width // 16)
        images = torch.from_numpy(preprocess([left, right], self._card.preprocessing))
        with torch.inference_mode():
            places = network.look(images).places.clamp(-1.0, 1.0).numpy()
        first, second = (_windows(places[:, side], size) for side in (0, 1))
        return Explanation(
            "glimpses",
            _seen(first, size),
            _seen(second, size),
            left_windows=first,
            right_windows=second,
        )

    def _open(self) -> RDAN:
        from reid_models import methods
        from reid_models.methods.rdan import RDAN

        with self._turn:
            if self._network is None:
                network = methods.build(self._card, self._path)
                assert isinstance(network, RDAN)
                self._network = network
            return self._network


def _windows(places: npt.NDArray[np.float32], size: tuple[int, int]) -> tuple[Window, ...]:
    """Places (T, 2) in -1…1 as windows on a map of `size` rows and columns."""
    from reid_models.methods.rdan import window_size

    high, wide = (part / whole for part, whole in zip(window_size(*size), size, strict=True))
    return tuple(
        (float((x + 1) / 2 * (1 - wide)), float((y + 1) / 2 * (1 - high)), wide, high)
        for x, y in places
    )


def _seen(windows: tuple[Window, ...], size: tuple[int, int]) -> HeatMap:
    """How much of each cell the windows cover, summed."""
    rows, columns = (np.arange(count) / count for count in size)
    total = np.zeros(size)
    for left, top, width, height in windows:
        down = _covered(rows, 1 / size[0], top, top + height)
        total += down[:, None] * _covered(columns, 1 / size[1], left, left + width)[None]
    return scaled(total)


def _covered(
    begins: npt.NDArray[np.float64], cell: float, begin: float, end: float
) -> npt.NDArray[np.float64]:
    """The share 0–1 of each cell that lies between begin and end."""
    shared = np.minimum(begins + cell, end) - np.maximum(begins, begin)
    return np.asarray(np.clip(shared / cell, 0.0, 1.0))
