"""The tracklet role of a model with a video branch: strips in clips of a few frames."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.conversion import converted
from reid_models.embedders import pool_strips, sampled_strips
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop, Modality, Vectors
from reid_models.runtime import choose_torch_device, open_torch_session

__all__ = ["CLIP_FRAMES", "ClipTrackletEmbedder", "open_clips", "split_evenly"]

Floats = npt.NDArray[np.float32]
Clips = Callable[[Floats], Floats]
"""One clip, float32 (T, 3, H, W), to a vector a frame, (T, D)."""
CLIP_FRAMES = 8
"""Frames that see each other at most; what they cost grows with the square."""


class ClipTrackletEmbedder:
    """A TrackletEmbedder by a video branch: the mean of its frame vectors, at length 1.

    Every frame counts the same, however the strip was cut into clips.
    """

    modalities: tuple[Modality, ...] = ("tracklet",)

    def __init__(self, clips: Clips, card: ModelCard) -> None:
        """Embed with `clips`, whose inputs the card's preprocessing makes."""
        assert card.space is not None
        self.space = card.space
        self.dimension = card.dimension
        self._clips = clips
        self._preprocessing = card.preprocessing

    def embed(self, strips: Sequence[Sequence[Crop]]) -> Vectors:
        """Embed strips as `TrackletEmbedder.embed` says."""
        sampled = sampled_strips(strips)
        frames = [
            self._clips(preprocess(clip, self._preprocessing))
            for clip in chain.from_iterable(split_evenly(strip) for strip in sampled)
        ]
        vectors = np.concatenate([np.empty((0, self.dimension), np.float32), *frames])
        return pool_strips(vectors, [len(strip) for strip in sampled])


def split_evenly(strip: Sequence[Crop], most: int = CLIP_FRAMES) -> list[Sequence[Crop]]:
    """Cut a strip into as few clips of at most `most` frames as possible, of even lengths."""
    parts = -(-len(strip) // most)
    edges = [round(part * len(strip) / parts) for part in range(parts + 1)]
    return [strip[start:stop] for start, stop in pairwise(edges)]


def open_clips(
    card: ModelCard, path: Path, device: str = "auto", kept: Path | None = None
) -> Clips:
    """Open the video branch of a TKP model.

    On a GPU torch runs it; on the CPU it is converted to OpenVINO once for each length of clip
    that comes up.

    Args:
        card: of the method tkp.
        path: its weights.
        device: "auto", "cpu", "cuda" or "cuda:N".
        kept: folder for conversions, see `converted`.

    Raises:
        WeightsBroken: the file does not hold the card's network; on a CPU this is found out with
            the first clip, as is a conversion that gives other vectors.
        DeviceUnavailable: see `choose_torch_device`.
    """
    where = choose_torch_device(device)
    if where == "cpu":
        return _OpenVinoClips(card, path, kept)
    from reid_models import methods

    branch = methods.clip_branch(methods.build(card, path))
    return open_torch_session(branch, where, card).infer


class _OpenVinoClips:
    def __init__(self, card: ModelCard, path: Path, kept: Path | None) -> None:
        self._card, self._path, self._kept = card, path, kept
        self._compiled: dict[int, Any] = {}
        self._turn = threading.Lock()

    def __call__(self, frames: Floats) -> Floats:
        import openvino

        count = len(frames)
        with self._turn:
            if count not in self._compiled:
                model = converted(self._card, self._path, self._kept, frames=count)
                self._compiled[count] = openvino.Core().compile_model(model, "CPU")
            return np.asarray(self._compiled[count](frames)[0], np.float32).copy()
