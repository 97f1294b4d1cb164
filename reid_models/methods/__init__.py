"""The project's own methods: a card and its weights become a torch module that gives vectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reid_models.cards import ModelCard
from reid_models.errors import ModelUnknown

if TYPE_CHECKING:
    import torch

__all__ = ["METHODS", "build"]


def _baseline(card: ModelCard, path: Path) -> torch.nn.Module:
    from reid_models.methods.baseline import load_baseline

    return load_baseline(card, path)


METHODS: dict[str, Callable[[ModelCard, Path], torch.nn.Module]] = {"baseline": _baseline}
"""Method name → builder; torch is imported only when one is called."""


def build(card: ModelCard, path: Path) -> torch.nn.Module:
    """The network of `card` with the weights at `path`, in evaluation mode.

    Its forward takes float32 (N, 3, H, W) as the card's preprocessing makes it and gives float32
    (N, card.dimension), not normalised.

    Raises:
        ModelUnknown: the card names a method this program does not have.
        WeightsBroken: the file does not hold this network's weights.
    """
    if card.method not in METHODS:
        raise ModelUnknown(
            f"{card.name} was made with the method {card.method!r}, which this program does not "
            f"have (it has {', '.join(METHODS)}). Update the program, or choose another model.",
            name=card.name,
        )
    return METHODS[card.method](card, path)
