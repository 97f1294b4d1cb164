"""Stored crops as pictures for the models."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.errors import MediaMissing


def decode_crop(jpeg: bytes, key: str = "crop") -> NDArray[np.uint8]:
    """A stored JPEG as uint8 RGB (H, W, 3). MediaMissing when its bytes are no picture."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise MediaMissing(
            f"The stored picture {key} is damaged. Remove its video and add it again.", key
        )
    return np.asarray(image, np.uint8)


def encode_crop(image: NDArray[np.uint8], height: int = 512) -> bytes:
    """A crop, uint8 RGB (H, W, 3), as a JPEG of at most `height` pixels."""
    scale = min(1.0, height / image.shape[0])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return encoded.tobytes()
