"""The roles a re-ID model can play, as protocols.

Vectors meet only within a *space*: the name of the weights and the preprocessing that made them.
Comparing vectors of two spaces is meaningless, so everything that stores a vector stores its space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

__all__ = [
    "Crop",
    "Explainer",
    "Explanation",
    "ExplanationKind",
    "HeatMap",
    "ImageEmbedder",
    "Modality",
    "PairScorer",
    "TrackletEmbedder",
    "Vectors",
    "Window",
]

Modality = Literal["image", "tracklet"]
ExplanationKind = Literal["occlusion", "relation", "share", "glimpses"]
"""occlusion: how much less alike the pair is with this place covered · relation: from which places
the feature comes that speaks most for the pair · share: how much of the likeness this place adds
· glimpses: how often the model looked here.
"""
Window = tuple[float, float, float, float]
"""Left, top, width and height as shares 0–1 of a crop's width and height."""
Crop = npt.NDArray[np.uint8]
"""One crop of a person: uint8 RGB (H, W, 3), any size."""
Vectors = npt.NDArray[np.float32]
"""Vectors: float32 (N, D), each of length 1."""
HeatMap = npt.NDArray[np.float32]
"""float32 (h, w) in 0…1 over a whole crop, coarser than it: stretch it to the crop's size."""


@runtime_checkable
class ImageEmbedder(Protocol):
    """Crops to vectors: for photo queries and keyframes."""

    @property
    def space(self) -> str:
        """The space its vectors live in."""
        ...

    @property
    def dimension(self) -> int:
        """D, at most 512."""
        ...

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Always ("image",)."""
        ...

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Embed crops of any sizes, in batches of the embedder's own choosing.

        Args:
            crops: N uint8 RGB arrays (H, W, 3); N may be 0.

        Returns:
            float32 (N, D), rows of length 1, in the order given.

        Raises:
            CropInvalid: a crop is not uint8 (H, W, 3) or has no pixels.
        """
        ...


@runtime_checkable
class TrackletEmbedder(Protocol):
    """Strips of crops to one vector a tracklet: for the gallery."""

    @property
    def space(self) -> str:
        """The space its vectors live in."""
        ...

    @property
    def dimension(self) -> int:
        """D, at most 512."""
        ...

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Always ("tracklet",)."""
        ...

    def embed(self, strips: Sequence[Sequence[Crop]]) -> Vectors:
        """Embed strips; batches run across tracklets, so hand over many at once.

        Args:
            strips: N strips of one or more crops each, in time order; N may be 0.

        Returns:
            float32 (N, D), rows of length 1, in the order given.

        Raises:
            CropInvalid: a strip is empty, or one of its crops is not uint8 (H, W, 3).
        """
        ...


@runtime_checkable
class PairScorer(Protocol):
    """Pairs of crops or tracklets to the probability that both show the same person."""

    def score(
        self, left: Sequence[Sequence[Crop]], right: Sequence[Sequence[Crop]]
    ) -> npt.NDArray[np.float32]:
        """Score pair i = (left[i], right[i]); a single crop is a strip of one.

        Returns:
            float32 (N,), P(same) in 0–1.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Where in two crops a model saw that they are alike."""

    kind: ExplanationKind
    left: HeatMap
    """1 is the place that matters most in this crop; all zeros where no place does."""
    right: HeatMap
    """Likewise; its rows and columns may be others than `left`'s, its scale always is."""
    left_at: tuple[float, float] | None = None
    """relation: the position whose map `left` is, (x, y) as shares 0–1 of the crop's width and
    height; None for occlusion."""
    right_at: tuple[float, float] | None = None
    left_windows: tuple[Window, ...] = ()
    """glimpses: where it looked, one window after another."""
    right_windows: tuple[Window, ...] = ()


class Explainer(Protocol):
    """Pairs of crops to heat maps over both; get one with `explanations.explainer_for`."""

    @property
    def kind(self) -> ExplanationKind:
        """What its heat maps show."""
        ...

    def explain(self, left: Crop, right: Crop) -> Explanation:
        """Explain why the two crops are as alike as they are.

        Takes about as long as embedding a hundred crops, or less. May be called from any thread.

        Raises:
            CropInvalid: a crop is not uint8 (H, W, 3) or has no pixels.
        """
        ...
