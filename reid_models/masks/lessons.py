"""Masks for training: each crop carries its own, and is moved and flipped together with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from reid_models.cards import Architecture
from reid_models.errors import TrainingError
from reid_models.masks.providers import MaskProvider, StripeMasks, kept_masks
from reid_models.training_data import TrainingSet

__all__ = ["with_masks"]


def with_masks(
    data: TrainingSet,
    architecture: Architecture,
    provider: MaskProvider | None = None,
    folder: Path | None = None,
) -> TrainingSet:
    """A training set whose crops carry their masks: uint8 (N, 3 + 4, H, W), a mask being 0 or 255.

    Args:
        data: crops (N, 3, H, W).
        architecture: says which masks are wanted, and whether regions or rectangles.
        provider: makes them; None: stripes, if the architecture wants no others.
        folder: keeps them, see `kept_masks`.

    Raises:
        TrainingError: other masks than stripes are wanted, and nobody makes them.
    """
    if data.crops.shape[1] != 3:
        return data
    if provider is None and architecture.masks != "stripes":
        raise TrainingError(
            f"The recipe looks through masks from {architecture.masks!r}, and none were given. "
            "Give them, or use stripes: --recipe architecture.masks=stripes"
        )
    crops = list(data.crops.permute(0, 2, 3, 1).numpy())
    height, width = data.crops.shape[2:]
    masks = kept_masks(
        provider or StripeMasks(),
        crops,
        height,
        width,
        folder,
        parts=architecture.region_shape == "part",
    )
    channels = torch.from_numpy(masks.astype(np.uint8) * 255)
    return replace(data, crops=torch.cat([data.crops, channels], dim=1))
