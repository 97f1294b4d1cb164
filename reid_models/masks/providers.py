"""Who says where a person is in a crop; and masks of many crops, made once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from reid_models.errors import CropInvalid
from reid_models.masks.regions import BodyMasks, Masks, bounding_rectangles, stripes
from reid_models.roles import Crop

__all__ = [
    "CHANNELS",
    "GivenMasks",
    "MaskProvider",
    "StripeMasks",
    "crop_key",
    "kept_masks",
    "stacked_masks",
]

CHANNELS = 4
"""Masks of a crop: the person and three regions."""
_AT_ONCE = 256


class MaskProvider(Protocol):
    """Crops to masks."""

    @property
    def version(self) -> str:
        """Names the method and what it depends on: other masks, another version."""
        ...

    def masks(self, crops: Sequence[Crop]) -> list[BodyMasks]:
        """Masks of uint8 RGB crops (H, W, 3), each as large as its crop."""
        ...


class StripeMasks:
    """The guess by height; every crop's masks are flagged."""

    version = "stripes-1"

    def masks(self, crops: Sequence[Crop]) -> list[BodyMasks]:
        """Masks as `MaskProvider.masks` says."""
        return [stripes(*crop.shape[:2]) for crop in crops]


class GivenMasks:
    """Masks that somebody else made, by the crops they belong to."""

    def __init__(self, masks: Mapping[str, BodyMasks], version: str = "given") -> None:
        """Hand out `masks`, which are found by `crop_key`."""
        self.version = version
        self._masks = dict(masks)

    def masks(self, crops: Sequence[Crop]) -> list[BodyMasks]:
        """Masks as `MaskProvider.masks` says.

        Raises:
            CropInvalid: there are none for a crop, or they are of another size.
        """
        found = []
        for index, crop in enumerate(crops):
            body = self._masks.get(crop_key(crop))
            if body is None or body.masks.shape[1:] != crop.shape[:2]:
                raise CropInvalid(
                    f"No masks of its size were given for crop {index}. Give masks of every crop, "
                    "made from these very pixels."
                )
            found.append(body)
        return found


def crop_key(crop: Crop) -> str:
    """The hash of a crop's size and pixels."""
    digest = hashlib.sha256(repr(crop.shape).encode())
    digest.update(np.ascontiguousarray(crop).tobytes())
    return digest.hexdigest()


def stacked_masks(
    provider: MaskProvider, crops: Sequence[Crop], height: int, width: int, *, parts: bool = False
) -> Masks:
    """Masks of crops, all brought to one size.

    Args:
        provider: makes them.
        crops: N crops of any sizes.
        height: of the result.
        width: of the result.
        parts: regions as their bounding rectangles.

    Returns:
        bool (N, 4, height, width): the person, then head, upper and lower body.
    """
    stacked = np.empty((len(crops), CHANNELS, height, width), np.bool_)
    for start in range(0, len(crops), _AT_ONCE):
        for offset, body in enumerate(provider.masks(crops[start : start + _AT_ONCE])):
            whole = bounding_rectangles(body) if parts else body
            for channel, mask in enumerate(whole.masks):
                stacked[start + offset, channel] = _resized(mask, height, width)
    return stacked


def kept_masks(
    provider: MaskProvider,
    crops: Sequence[Crop],
    height: int,
    width: int,
    folder: Path | None,
    *,
    parts: bool = False,
) -> Masks:
    """As `stacked_masks`, kept in `folder` by the provider's version and the crops' pixels.

    Args:
        provider: makes them.
        crops: N crops of any sizes.
        height: of the result.
        width: of the result.
        folder: holds one .npz for each such set; None: they are not kept.
        parts: regions as their bounding rectangles.
    """
    if folder is None:
        return stacked_masks(provider, crops, height, width, parts=parts)
    digest = hashlib.sha256(f"{height}×{width} {parts}".encode())
    for crop in crops:
        digest.update(crop_key(crop).encode())
    path = folder / f"masks-{provider.version}-{digest.hexdigest()[:16]}.npz"
    shape = (len(crops), CHANNELS, height, width)
    if path.is_file():
        with np.load(path) as file:
            bits = np.unpackbits(file["bits"], count=int(np.prod(shape)))
        return bits.reshape(shape).astype(np.bool_)
    masks = stacked_masks(provider, crops, height, width, parts=parts)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp.npz")
    np.savez_compressed(unfinished, bits=np.packbits(masks))
    unfinished.replace(path)
    return masks


def _resized(mask: Masks, height: int, width: int) -> Masks:
    """A visible region stays visible however small it becomes."""
    if mask.shape == (height, width):
        return mask
    shares = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    smaller = np.asarray(shares >= 0.5, np.bool_)
    if mask.any() and not smaller.any():
        smaller[np.unravel_index(int(shares.argmax()), shares.shape)] = True
    return smaller
