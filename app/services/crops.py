"""Stored crops as pictures for the models."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.errors import MediaMissing
from storage.media import MediaStore


def decode_crop(jpeg: bytes, key: str = "crop") -> NDArray[np.uint8]:
    """A stored JPEG as uint8 RGB (H, W, 3). MediaMissing when its bytes are no picture."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise MediaMissing(
            f"The stored picture {key} is damaged. Remove its video and add it again.", key
        )
    return np.asarray(image, np.uint8)


def load_crops(media: MediaStore, keys: Iterable[str]) -> list[NDArray[np.uint8]]:
    """The pictures behind media keys, in order."""
    return [decode_crop(media.read(key), key) for key in keys]
