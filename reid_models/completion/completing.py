"""Painting the hidden bands of a tracklet's frames; what is seen of a frame stays as it was.

What comes out is for a network to look at. It is made up: never show it as evidence, and where it
is shown at all, beside the original and marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.completion.recipes import CompletionCard, read_completion_card
from reid_models.errors import WeightsBroken
from reid_models.occlusion_scores import band_edges
from reid_models.roles import Crop
from reid_models.weight_files import sha256_of

if TYPE_CHECKING:
    import torch

    from reid_models.completion.networks import STCNet

__all__ = ["FAR_SECONDS", "Completed", "Completer", "neighbours_of", "open_completer"]

FAR_SECONDS = 2.0
"""A neighbour further away in time than this may show the person from another side."""


@dataclass(frozen=True, slots=True, eq=False)
class Completed:
    """A strip in which hidden bands were painted."""

    crops: tuple[Crop, ...]
    """Synthetic where `painted` says so; frames in which nothing was painted are those given."""
    painted: tuple[npt.NDArray[np.bool_], ...]
    """bool (H, W) each: which pixels are made up."""
    neighbours: npt.NDArray[np.int64]
    """(T, 2): the clean frames before and after that were looked at; -1: none."""
    far: npt.NDArray[np.bool_]
    """(T,): painted after a neighbour more than two seconds away; false where times are unknown."""

    @property
    def synthetic(self) -> npt.NDArray[np.bool_]:
        """(T,): frames that hold anything made up."""
        return np.array([mask.any() for mask in self.painted], np.bool_)


class Completer:
    """An STCnet at work, on the CPU or a GPU."""

    def __init__(self, network: STCNet, card: CompletionCard, device: str = "cpu") -> None:
        """Paint with `network`, which `card` describes."""
        self.card = card
        self._network = network.eval().to(device)
        self._device = device

    def complete(
        self,
        strip: Sequence[Crop],
        hidden: npt.NDArray[np.bool_],
        seconds: npt.NDArray[np.floating] | None = None,
    ) -> Completed:
        """Paint hidden bands after the nearest clean frames on either side.

        At an end of the strip the one neighbour stands twice; without any clean frame the frame
        itself is all there is to go by. A frame of which nothing can be seen is left as it is.

        Args:
            strip: T crops in time order, of any sizes.
            hidden: (T, K) which bands are hidden.
            seconds: (T,) when each was taken, if known.
        """
        import torch

        clean = np.flatnonzero(~hidden.any(axis=1))
        todo = np.flatnonzero(hidden.any(axis=1) & ~hidden.all(axis=1))
        neighbours = np.full((len(strip), 2), -1, np.int64)
        far = np.zeros(len(strip), np.bool_)
        crops = list(strip)
        painted = [np.zeros(crop.shape[:2], np.bool_) for crop in strip]
        for place in todo.tolist():
            neighbours[place] = neighbours_of(place, clean)
            used = neighbours[place][neighbours[place] >= 0]
            if seconds is not None and len(used):
                far[place] = np.abs(seconds[used] - seconds[place]).max() > FAR_SECONDS
            frame, mask = self._input(strip[place]), self._mask(hidden[place])
            with torch.inference_mode():
                if len(used):
                    before, after = (self._input(strip[n]) for n in neighbours[place].tolist())
                    whole = self._network(frame, mask, before, after)[1]
                else:
                    whole = self._network.paint(frame, mask)
            picture = ((whole[0].permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255)
            crops[place], painted[place] = _pasted(
                strip[place], picture.byte().cpu().numpy(), hidden[place]
            )
        return Completed(tuple(crops), tuple(painted), neighbours, far)

    def _input(self, crop: Crop) -> torch.Tensor:
        import torch

        size = (self.card.network.breadth, self.card.network.height)
        frame = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        planes = torch.from_numpy(frame.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0)
        return planes[None].to(self._device)

    def _mask(self, hidden: npt.NDArray[np.bool_]) -> torch.Tensor:
        import torch

        height, width = self.card.network.height, self.card.network.breadth
        mask = torch.zeros(1, 1, height, width)
        for band, (first, last) in enumerate(band_edges(height, len(hidden))):
            if hidden[band]:
                mask[:, :, first:last] = 1.0
        return mask.to(self._device)


def neighbours_of(place: int, clean: npt.NDArray[np.integer]) -> tuple[int, int]:
    """The clean frames nearest to a place on either side; one stands twice, none is (-1, -1)."""
    before, after = clean[clean < place], clean[clean > place]
    if not len(before) and not len(after):
        return -1, -1
    first = int(before[-1] if len(before) else after[0])
    return first, int(after[0] if len(after) else before[-1])


def _pasted(
    crop: Crop, picture: Crop, hidden: npt.NDArray[np.bool_]
) -> tuple[Crop, npt.NDArray[np.bool_]]:
    """Bands of `picture`, stretched to the crop, in their places; every other pixel stays."""
    height, width = crop.shape[:2]
    stretched = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((height, width), np.bool_)
    for band, (first, last) in enumerate(band_edges(height, len(hidden))):
        mask[first:last] |= hidden[band]
    return np.where(mask[:, :, None], stretched, crop), mask


def open_completer(folder: Path, device: str = "cpu") -> Completer:
    """Open the STCnet in `folder`.

    Args:
        folder: holds completion.yaml and weights.safetensors.
        device: "cpu" or "cuda:N".

    Raises:
        WeightsBroken, WeightsMissing: a file is missing, or is not the one the card describes.
    """
    from reid_models.checkpoints import load_into, read_weights
    from reid_models.completion.networks import STCNet

    card = read_completion_card(folder)
    path = folder / "weights.safetensors"
    tensors = read_weights(path, card.name)
    if sha256_of(path) != card.sha256:
        raise WeightsBroken(
            f"{path} is not the file its card describes. Copy the whole folder again.",
            name=card.name,
        )
    network = STCNet(card.network.width, card.network.scale)
    load_into(network, tensors, name=card.name, path=path)
    return Completer(network, card, device)
