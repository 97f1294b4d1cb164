"""The two embedder roles on top of any session: single crops, and strips by averaging."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

import numpy as np
import numpy.typing as npt

from reid_models.cards import Preprocessing
from reid_models.errors import CropInvalid
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop, ImageEmbedder, Modality, Vectors
from reid_models.runtime import Session

__all__ = [
    "FRAMES",
    "FrameEmbedder",
    "PooledTrackletEmbedder",
    "evenly",
    "normalise",
    "pool_strips",
]

FRAMES = 16
"""Frames of a strip that are averaged at most."""
_CHUNK = 64
"""Crops preprocessed at once: bounds the memory (25 MB at 256×128), keeps every stream busy."""


def normalise(vectors: Vectors) -> Vectors:
    """Scale rows to length 1; a row of zeros stays zero, and so is like nothing at all."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def pool_strips(frames: Vectors, lengths: Sequence[int]) -> Vectors:
    """Average the vectors of each strip and scale the mean to length 1.

    Every frame counts the same, however long its strip is.

    Args:
        frames: float32 (sum of lengths, D), strip after strip.
        lengths: how many frames each strip has, all at least 1.

    Returns:
        float32 (number of strips, D).
    """
    if not len(lengths):
        return np.empty((0, frames.shape[1]), np.float32)
    starts = np.cumsum([0, *lengths[:-1]])
    return normalise(np.add.reduceat(frames, starts, axis=0, dtype=np.float64).astype(np.float32))


class FrameEmbedder:
    """An ImageEmbedder: preprocess, run, scale to length 1."""

    modalities: tuple[Modality, ...] = ("image",)

    def __init__(
        self,
        session: Session,
        preprocessing: Preprocessing,
        *,
        space: str,
        dimension: int,
        prepare: Callable[[Sequence[Crop]], npt.NDArray[np.float32]] | None = None,
    ) -> None:
        """Embed with `session`, whose inputs `preprocessing` makes.

        Args:
            session: a network that gives `dimension` numbers an image.
            preprocessing: the recipe of its weights.
            space: the space its vectors live in.
            dimension: D, at most 512.
            prepare: makes the inputs instead, for networks that take more than pictures.
        """
        self.space = space
        self.dimension = dimension
        self.device = session.device
        self._session = session
        self._prepare = prepare or partial(preprocess, recipe=preprocessing)
        self._crops = 0
        self._seconds = 0.0

    @property
    def crops_per_second(self) -> float | None:
        """Measured over everything embedded so far, preprocessing included; None before that."""
        return self._crops / self._seconds if self._seconds else None

    def embed(self, crops: Sequence[Crop]) -> Vectors:
        """Embed crops as `ImageEmbedder.embed` says."""
        started = time.perf_counter()
        vectors = np.empty((len(crops), self.dimension), np.float32)
        for start in range(0, len(crops), _CHUNK):
            chunk = crops[start : start + _CHUNK]
            vectors[start : start + len(chunk)] = self._session.infer(self._prepare(chunk))
        self._crops += len(crops)
        self._seconds += time.perf_counter() - started
        return normalise(vectors)


def sampled_strips(strips: Sequence[Sequence[Crop]]) -> list[Sequence[Crop]]:
    """At most `FRAMES` crops of each strip, evenly spread.

    Raises:
        CropInvalid: a strip has no crops.
    """
    lengths = [len(strip) for strip in strips]
    if 0 in lengths:
        raise CropInvalid(
            f"Strip {lengths.index(0)} has no crops; a tracklet needs one to be embedded."
        )
    return [evenly(strip, FRAMES) for strip in strips]


class PooledTrackletEmbedder:
    """A TrackletEmbedder from any ImageEmbedder: the mean of the strip's vectors, at length 1.

    Of a long strip, `FRAMES` evenly spread frames are embedded: neighbours say the same again, and
    on a CPU embedding is the dearest stage. The vectors live in the image embedder's space, so that
    photos and tracklets can be compared.
    """

    modalities: tuple[Modality, ...] = ("tracklet",)

    def __init__(self, image: ImageEmbedder) -> None:
        """Pool what `image` makes of each frame."""
        self._image = image

    @property
    def space(self) -> str:
        """The image embedder's space."""
        return self._image.space

    @property
    def dimension(self) -> int:
        """The image embedder's dimension."""
        return self._image.dimension

    def embed(self, strips: Sequence[Sequence[Crop]]) -> Vectors:
        """Embed strips as `TrackletEmbedder.embed` says; one batch runs across all of them."""
        sampled = sampled_strips(strips)
        vectors = self._image.embed(list(chain.from_iterable(sampled)))
        return pool_strips(vectors, [len(strip) for strip in sampled])


def evenly(strip: Sequence[Crop], count: int) -> Sequence[Crop]:
    """At most `count` crops, evenly spread from the first to the last."""
    if len(strip) <= count:
        return strip
    return [strip[place] for place in np.linspace(0, len(strip) - 1, count).round().astype(int)]
