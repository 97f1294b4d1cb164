"""Reading a crop from disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from reid_models.errors import DatasetError
from reid_models.roles import Crop

__all__ = ["read_rgb"]


def read_rgb(path: Path) -> Crop:
    """A picture as uint8 RGB (H, W, 3).

    Raises:
        DatasetError: it is not there or not a picture.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise DatasetError(f"{path} cannot be read as a picture. Copy the data set again.")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
