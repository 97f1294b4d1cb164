"""The simplest peer: colours of six stripes from head to foot. Any re-ID network must beat it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from reid_models.embedders import normalise
from reid_models.roles import Crop, Modality, Vectors

__all__ = ["ColourHistogram"]

_STRIPES, _BINS = 6, (8, 4, 4)
_RANGES = [0.0, 180.0, 0.0, 256.0, 0.0, 256.0]


class ColourHistogram:
    """An ImageEmbedder: roots of hue, saturation and value histograms, stripe after stripe."""

    space = "six-stripe-hsv"
    dimension = _STRIPES * _BINS[0] * _BINS[1] * _BINS[2]
    modalities: tuple[Modality, ...] = ("image",)

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Embed crops as `ImageEmbedder.embed` says; 768 numbers each, more than search stores."""
        vectors = np.empty((len(crops), self.dimension), np.float32)
        for row, crop in enumerate(crops):
            image = cv2.cvtColor(cv2.resize(crop, (64, 126)), cv2.COLOR_RGB2HSV)
            parts = [
                cv2.calcHist([stripe], [0, 1, 2], None, list(_BINS), _RANGES).ravel()
                for stripe in np.split(image, _STRIPES)
            ]
            vectors[row] = np.sqrt(np.concatenate(parts))
        return normalise(vectors)
