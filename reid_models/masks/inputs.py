"""Crops and their masks to what MGRAN takes: the image and four masks as channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from reid_models.cards import Architecture, Preprocessing
from reid_models.masks.providers import MaskProvider, stacked_masks
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop

__all__ = ["masked_inputs"]


def masked_inputs(
    provider: MaskProvider, preprocessing: Preprocessing, architecture: Architecture
) -> Callable[[Sequence[Crop]], npt.NDArray[np.float32]]:
    """A function of crops that gives float32 (N, 3 + 4, H, W)."""
    parts = architecture.region_shape == "part"

    def prepare(crops: Sequence[Crop]) -> npt.NDArray[np.float32]:
        images = preprocess(crops, preprocessing)
        masks = stacked_masks(
            provider, crops, preprocessing.height, preprocessing.width, parts=parts
        )
        return np.concatenate([images, masks.astype(np.float32)], axis=1)

    return prepare
