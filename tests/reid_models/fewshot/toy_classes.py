"""Synthetic classes: a spot of the class's own colour at a random place of a noisy picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_classes(folder: Path, parts: dict[str, int], pictures: int, side: int = 32) -> Path:
    """Write `folder/part/class/number.png`, so many classes a part."""
    rng = np.random.default_rng(0)
    number = 0
    for part, classes in parts.items():
        for _ in range(classes):
            hue = np.uint8([[[int(180 * (number * 0.618 % 1)), 255, 230]]])
            colour = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0]
            place = folder / part / f"n{number:02}"
            place.mkdir(parents=True)
            for index in range(pictures):
                image = rng.normal(110, 25, (side, side, 3))
                y, x = rng.integers(0, side // 2, 2)
                image[y : y + side // 2, x : x + side // 2] = colour
                cv2.imwrite(str(place / f"{index}.png"), image.clip(0, 255).astype(np.uint8))
            number += 1
    return folder
