"""What a partly hidden frame counts in its tracklet's vector.

all:     every frame the same, plain pooling
drop:    frames with a hidden band count nothing, unless no frame is clean
weight:  a frame counts by the share of its bands that can be seen, unless nothing can
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from reid_models.embedders import normalise
from reid_models.roles import Vectors

__all__ = ["POLICIES", "FramePolicy", "frame_weights", "pool_weighted"]

FramePolicy = Literal["all", "drop", "weight"]
POLICIES: tuple[FramePolicy, ...] = ("all", "drop", "weight")


def frame_weights(hidden: npt.NDArray[np.bool_], policy: FramePolicy) -> Vectors:
    """What each frame counts.

    Args:
        hidden: (T, K), which bands of each frame are hidden; T at least 1.
        policy: see above.

    Returns:
        float32 (T,), at least 0, summing to 1.
    """
    if policy == "drop":
        weights = 1.0 - hidden.any(axis=1)
    elif policy == "weight":
        weights = 1.0 - hidden.mean(axis=1)
    else:
        weights = np.ones(len(hidden))
    if not weights.any():
        weights = np.ones(len(hidden))
    return np.asarray(weights / weights.sum(), np.float32)


def pool_weighted(vectors: Vectors, weights: Vectors) -> Vectors:
    """The weighted mean (D,) of frames' vectors (T, D), at length 1."""
    return normalise(np.asarray(weights @ vectors, np.float32))
