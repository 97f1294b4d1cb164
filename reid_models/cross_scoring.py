"""CAN as a pair scorer, and how what a search found is ordered anew by it.

    scorer = load_pair_scorer("can", folders)
    asked, found = scorer.maps([query]), scorer.maps(hits[:FIRST])
    order = reordered(scores[:FIRST], scorer.cosines(asked, found))

Maps do not depend on what they are compared with: keep them, 32 KiB for 64 channels on 16×8 places
in half precision. What lies after the first hits stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard, card_named
from reid_models.embedders import evenly
from reid_models.errors import CropInvalid, ModelUnknown
from reid_models.preprocessing import preprocess
from reid_models.roles import Crop
from reid_models.runtime import choose_torch_device
from reid_models.weight_files import verify

if TYPE_CHECKING:
    from reid_models.methods.can import CAN

__all__ = [
    "FIRST",
    "FRAMES",
    "CrossScorer",
    "Maps",
    "load_pair_scorer",
    "reordered",
    "reordered_distances",
]

Maps = npt.NDArray[np.float16]
"""(N, C, h, w): what pairs are compared by."""
Scores = npt.NDArray[np.float32]
FIRST = 20
"""Hits that are ordered anew on a CPU."""
FRAMES = 4
"""Frames of a strip whose maps are averaged at most."""
_CHUNK = 64


class CrossScorer:
    """A PairScorer: maps of both strips, cross attention, cosine, odds."""

    def __init__(self, network: CAN, card: ModelCard, device: str = "cpu") -> None:
        """Score with a network in evaluation mode, whose inputs the card's preprocessing makes."""
        self._network = network.to(device)
        self._preprocessing = card.preprocessing
        self._device = device
        self.space = card.space
        """What its maps belong to: they meet only within it."""

    def maps(self, strips: Sequence[Sequence[Crop]]) -> Maps:
        """One map a strip, the mean over at most `FRAMES` evenly spread crops.

        Raises:
            CropInvalid: a strip is empty, or one of its crops is not uint8 (H, W, 3).
        """
        import torch

        if any(not len(strip) for strip in strips):
            raise CropInvalid("A strip has no crops; a sighting needs one to be compared.")
        sampled = [evenly(strip, FRAMES) for strip in strips]
        crops = list(chain.from_iterable(sampled))
        rows, columns = self._network.size
        each = np.empty((len(crops), self._network.pair_channels, rows, columns), np.float32)
        with torch.inference_mode():
            for start in range(0, len(crops), _CHUNK):
                batch = preprocess(crops[start : start + _CHUNK], self._preprocessing)
                found = self._network.maps(torch.from_numpy(batch).to(self._device))
                each[start : start + len(batch)] = found.float().cpu().numpy()
        if not len(strips):
            return each.astype(np.float16)
        starts = np.cumsum([0, *(len(strip) for strip in sampled[:-1])])
        counts = np.array([len(strip) for strip in sampled], np.float32)
        return (np.add.reduceat(each, starts) / counts[:, None, None, None]).astype(np.float16)

    def cosines(self, left: Maps, right: Maps) -> Scores:
        """How alike pairs of maps are, float32 (N,) in -1…1; one map may stand against many."""
        import torch

        left, right = np.broadcast_arrays(left, right)
        parts = [np.empty(0, np.float32)]
        with torch.inference_mode():
            for start in range(0, len(left), _CHUNK):
                pair = [
                    torch.from_numpy(side[start : start + _CHUNK].astype(np.float32))
                    for side in (left, right)
                ]
                found = self._network.cosines(*(side.to(self._device) for side in pair))
                parts.append(found.float().cpu().numpy())
        return np.concatenate(parts)

    def probabilities(self, cosines: Scores) -> Scores:
        """P(same) of cosines, were every second pair the same person."""
        slope, offset = self._network.slope.item(), self._network.offset.item()
        return np.asarray(1 / (1 + np.exp(-(slope * cosines + offset))), np.float32)

    def score(
        self, left: Sequence[Sequence[Crop]], right: Sequence[Sequence[Crop]]
    ) -> npt.NDArray[np.float32]:
        """Score pairs as `PairScorer.score` says."""
        return self.probabilities(self.cosines(self.maps(left), self.maps(right)))


def load_pair_scorer(name: str, folders: Sequence[Path], device: str = "auto") -> CrossScorer:
    """Load model `name` as a pair scorer, its file checked against the card.

    Raises:
        ModelUnknown: there is no such model, or it does not compare pairs.
        ModelUntrained, WeightsMissing, WeightsBroken, DeviceUnavailable: as `registry.load`.
    """
    card = card_named(name, folders)
    if "pair_scorer" not in card.roles:
        raise ModelUnknown(
            f"{name} does not compare pairs. Choose a model with the role pair_scorer (see: "
            "models list).",
            name=name,
        )
    from reid_models import methods
    from reid_models.methods.can import CAN

    path = next(iter(verify(name, folders).values()))
    network = methods.build(card, path)
    assert isinstance(network, CAN)
    return CrossScorer(network, card, choose_torch_device(device))


def reordered(
    scores: npt.NDArray[np.floating], cosines: npt.NDArray[np.floating], *, share: float = 0.5
) -> npt.NDArray[np.intp]:
    """The new order of hits, best first.

    Args:
        scores: (N,) of the search, best first.
        cosines: (K,) of the pair scorer for the first K of them.
        share: how much the pair scorer counts, 0–1; with 0 the order stays.

    Returns:
        (N,) places in the old order; those after the first K keep theirs, ties too.
    """
    first = len(cosines)
    mixed = (1 - share) * np.asarray(scores[:first], np.float64) + share * cosines
    order = np.argsort(-mixed, kind="stable")
    return np.concatenate([order, np.arange(first, len(scores))])


def reordered_distances(
    scorer: CrossScorer,
    distances: npt.NDArray[np.floating],
    asked: Maps,
    found: Maps,
    *,
    first: int = FIRST,
    share: float = 0.5,
) -> npt.NDArray[np.float64]:
    """What a measurement ranks by: each query's first distances dealt out in the new order.

    Args:
        scorer: what orders anew.
        distances: (Q, G), 1 - cosine.
        asked: (Q, C, h, w), the queries' maps.
        found: (G, C, h, w), the gallery's.
        first: how many of each query.
        share: see `reordered`.
    """
    dealt = np.array(distances, np.float64)
    for query, row in enumerate(distances):
        best = np.argsort(row, kind="stable")[:first]
        cosines = scorer.cosines(asked[query : query + 1], found[best])
        order = reordered(1 - row[best], cosines, share=share)
        dealt[query, best[order]] = row[best]
    return dealt
