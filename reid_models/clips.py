"""The tracklet role of a model with a video branch: strips in clips of a few frames."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.embedders import FRAMES, evenly, pool_strips
from reid_models.errors import CropInvalid, WeightsBroken
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop, Modality, Vectors
from reid_models.runtime import ALIKE, choose_torch_device

if TYPE_CHECKING:
    import torch

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
        lengths = [len(strip) for strip in strips]
        if 0 in lengths:
            raise CropInvalid(
                f"Strip {lengths.index(0)} has no crops; a tracklet needs one to be embedded."
            )
        sampled = [evenly(strip, FRAMES) for strip in strips]
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


def open_clips(card: ModelCard, path: Path, device: str = "auto") -> Clips:
    """Open the video branch of a TKP model.

    On a GPU torch runs it; on the CPU it is converted to OpenVINO once for each length of clip
    that comes up, and checked against torch.

    Raises:
        WeightsBroken: the file does not hold the card's network, or OpenVINO gives other vectors.
        DeviceUnavailable: see `choose_torch_device`.
    """
    import torch

    from reid_models import methods

    where = choose_torch_device(device)
    branch = _video_branch(methods.build(card, path)).to(where)

    def by_torch(frames: Floats) -> Floats:
        with torch.inference_mode():
            vectors: Floats = branch(torch.from_numpy(frames).to(where)).float().cpu().numpy()
            return vectors

    if where != "cpu":
        return by_torch
    return _OpenVinoClips(branch, by_torch, card, path)


class _OpenVinoClips:
    def __init__(
        self, branch: torch.nn.Module, reference: Clips, card: ModelCard, path: Path
    ) -> None:
        self._branch, self._reference, self._card, self._path = branch, reference, card, path
        self._compiled: dict[int, Clips] = {}
        self._turn = threading.Lock()

    def __call__(self, frames: Floats) -> Floats:
        with self._turn:
            if len(frames) not in self._compiled:
                self._compiled[len(frames)] = self._compile(len(frames))
            return self._compiled[len(frames)](frames)

    def _compile(self, count: int) -> Clips:
        import openvino
        import torch

        size = (self._card.preprocessing.height, self._card.preprocessing.width)
        probe = np.random.default_rng(0).normal(size=(count, 3, *size)).astype(np.float32)
        exported = torch.export.export(self._branch, (torch.from_numpy(probe),))
        compiled = openvino.Core().compile_model(openvino.convert_model(exported), "CPU")

        def run(frames: Floats) -> Floats:
            return np.asarray(compiled(frames)[0], np.float32).copy()

        expected, got = self._reference(probe), run(probe)
        lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(got, axis=1)
        if not np.all((expected * got).sum(axis=1) >= ALIKE * lengths):
            raise WeightsBroken(
                f"{self._path} cannot be used as {self._card.name} (OpenVINO computes other "
                "vectors from its video branch than torch does). Update the program, or choose "
                "another model (see: models list).",
                name=self._card.name,
            )
        return run


def _video_branch(network: torch.nn.Module) -> torch.nn.Module:
    import torch

    from reid_models.methods.tkp import TKP

    class Branch(torch.nn.Module):
        def __init__(self, both: TKP) -> None:
            super().__init__()
            self.both = both

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.both.frames(images, len(images))[0]

    assert isinstance(network, TKP)
    return Branch(network).eval()
