"""Synthetic people: each in clothes of their own colours, seen in two cameras' light."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_people(folder: Path, people: int, crops: int, part: str = "train", seed: int = 0) -> Path:
    """Write `folder/part/person/camera/number.png`, 16×32 pixels, half of them by each camera."""
    rng = np.random.default_rng(seed)
    clothes = np.random.default_rng(7).integers(20, 236, (people, 2, 3))
    for person in range(people):
        for number in range(crops):
            camera = number % 2
            image = np.full((32, 16, 3), 128, np.float64)
            image[4:18, 3:13], image[18:31, 3:13] = clothes[person]
            image = image * (0.8 + 0.4 * camera) + rng.normal(0, 12, image.shape)
            place = folder / part / f"p{person:03}" / f"c{camera}" / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place), image.clip(0, 255).astype(np.uint8))
    return folder
