"""The project's own methods: a card and its weights become a torch module that gives vectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reid_models.cards import Architecture, ModelCard
from reid_models.errors import ModelUnknown

if TYPE_CHECKING:
    from torch import nn

__all__ = ["METHODS", "build", "clip_branch", "make_network"]


def _baseline(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.baseline import Baseline
    from reid_models.methods.pcb import PCB

    if architecture.head == "pcb":
        return PCB(architecture, dimension)
    return Baseline(
        architecture.depth,
        dimension,
        width=architecture.width,
        ibn=architecture.ibn,
        necks=architecture.head == "bnneck",
    )


def _ianet(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.ianet import IANet

    return IANet(architecture, dimension)


def _sesa(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.sesa import SESA

    return SESA(architecture, dimension)


def _tkp(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.tkp import TKP

    return TKP(architecture, dimension)


def _dranet(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.dranet import DRANet

    return DRANet(architecture, dimension)


def _rdan(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.rdan import RDAN

    return RDAN(architecture, dimension)


def _can(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.can import CAN

    return CAN(architecture, dimension)


def _mgran(architecture: Architecture, dimension: int) -> nn.Module:
    from reid_models.methods.mgran import MGRAN

    return MGRAN(architecture, dimension)


METHODS: dict[str, Callable[[Architecture, int], nn.Module]] = {
    "baseline": _baseline,
    "ianet": _ianet,
    "sesa": _sesa,
    "tkp": _tkp,
    "mgran": _mgran,
    "dranet": _dranet,
    "rdan": _rdan,
    "can": _can,
}
"""Method name → network with random weights; torch is imported only when one is called."""


def make_network(method: str, architecture: Architecture, dimension: int) -> nn.Module:
    """A method's network with random weights, serving vectors of `dimension` numbers.

    Raises:
        KeyError: there is no such method.
    """
    return METHODS[method](architecture, dimension)


def build(card: ModelCard, path: Path) -> nn.Module:
    """The network of `card` with the weights at `path`, in evaluation mode.

    Its forward takes float32 (N, card.input_channels, H, W) as the card's preprocessing makes it
    and gives float32 (N, card.dimension), not normalised.

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
    from reid_models.checkpoints import load_into, read_weights

    assert card.architecture is not None
    network = make_network(card.method, card.architecture, card.dimension)
    load_into(network, read_weights(path, card.name), name=card.name, path=path)
    return network.eval()


def clip_branch(network: nn.Module) -> nn.Module:
    """TKP's video branch as a module of its own: one clip (T, 3, H, W) to a vector a frame (T, D).

    It holds the network it was taken from and shares its weights.
    """
    from torch import Tensor, nn

    from reid_models.methods.tkp import TKP

    class Branch(nn.Module):
        def __init__(self, both: TKP) -> None:
            super().__init__()
            self.both = both

        def forward(self, images: Tensor) -> Tensor:
            return self.both.frames(images, len(images))[0]

    assert isinstance(network, TKP)
    return Branch(network).eval()
