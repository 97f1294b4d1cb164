"""Crops to network inputs, as the weights' card says."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.cards import Preprocessing
from reid_models.errors import CropInvalid
from reid_models.roles import Crop

__all__ = ["preprocess"]

_INTERPOLATION = {
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


def preprocess(crops: Sequence[Crop], recipe: Preprocessing) -> npt.NDArray[np.float32]:
    """Resize, order colours, scale and normalise.

    Args:
        crops: N uint8 RGB arrays (H, W, 3), of any sizes.
        recipe: the card's preprocessing.

    Returns:
        float32 (N, 3, recipe.height, recipe.width), C-contiguous.

    Raises:
        CropInvalid: a crop is not uint8 (H, W, 3) or has no pixels.
    """
    batch = np.empty((len(crops), recipe.height, recipe.width, 3), np.uint8)
    for index, crop in enumerate(crops):
        _check(crop, index)
        cv2.resize(
            crop,
            (recipe.width, recipe.height),
            dst=batch[index],
            interpolation=_INTERPOLATION[recipe.interpolation],
        )
    if recipe.colour == "bgr":
        batch = batch[..., ::-1]
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2), dtype=np.float32)
    if recipe.scale != 1.0:
        planes *= np.float32(recipe.scale)
    if recipe.mean is not None and recipe.std is not None:
        planes -= np.asarray(recipe.mean, np.float32).reshape(3, 1, 1)
        planes /= np.asarray(recipe.std, np.float32).reshape(3, 1, 1)
    return planes


def _check(crop: Crop, index: int) -> None:
    shape = getattr(crop, "shape", None)
    dtype = getattr(crop, "dtype", None)
    if dtype != np.uint8 or shape is None or len(shape) != 3 or shape[2] != 3 or 0 in shape:
        raise CropInvalid(
            f"Crop {index} is {dtype} {shape}; an embedder takes uint8 RGB arrays (height, width, "
            "3) with at least one pixel. Check the box it was cut from."
        )
