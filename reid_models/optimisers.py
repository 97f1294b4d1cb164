"""The optimiser of a run and its learning rate over time."""

from __future__ import annotations

import math

import torch
from torch import nn

from reid_models.muon import Muon
from reid_models.recipes import Optimiser

__all__ = ["clip_gradients", "make_optimiser", "rate_at", "set_rate"]


def make_optimiser(task: nn.Module, settings: Optimiser) -> torch.optim.Optimizer:
    """An optimiser of everything in `task` that is learnt.

    What has a rate of its own (the backbone, `shares`) or is learnt in a way of its own (Muon's
    matrices: convolutions and linear maps, but for the classifiers, whose rows are people) is a
    group of its own.
    """
    grouped: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in task.named_parameters():
        if parameter.requires_grad:
            matrix = parameter.ndim >= 2 and "classifier" not in name
            kind = (_share(name, settings), matrix and settings.algorithm == "muon")
            grouped.setdefault(kind, []).append(parameter)
    groups = [
        {"params": parameters, "share": share, "orthogonal": orthogonal}
        for (share, orthogonal), parameters in grouped.items()
    ]
    if settings.algorithm == "sgd":
        return torch.optim.SGD(
            groups,
            lr=settings.rate,
            momentum=settings.momentum,
            weight_decay=settings.decay,
            nesterov=settings.momentum > 0,
        )
    if settings.algorithm == "muon":
        return Muon(
            groups, lr=settings.rate, momentum=settings.momentum, weight_decay=settings.decay
        )
    adam = torch.optim.AdamW if settings.decoupled else torch.optim.Adam
    return adam(groups, lr=settings.rate, weight_decay=settings.decay)


def clip_gradients(task: nn.Module, norm: float) -> None:
    """Shorten the gradient of all but the backbone to at most this length."""
    others = [p for name, p in task.named_parameters() if not _in_backbone(name)]
    nn.utils.clip_grad_norm_(others, norm)


def _share(name: str, settings: Optimiser) -> float:
    """The share of the rate that a parameter learns at: of `shares` the most exact one."""
    fitting = [begin for begin in settings.shares if name.startswith(begin)]
    if fitting:
        return settings.shares[max(fitting, key=len)]
    return settings.backbone_share if _in_backbone(name) else 1.0


def _in_backbone(name: str) -> bool:
    return name.startswith(("network.backbone.", "network.video_"))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Give every group its share of `rate`."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]


def rate_at(epoch: float, settings: Optimiser, epochs: int) -> float:
    """The learning rate at a time counted in epochs from 0."""
    if epoch < settings.warmup_epochs:
        return settings.rate * (0.01 + 0.99 * epoch / settings.warmup_epochs)
    if settings.schedule == "steps":
        return settings.rate * 0.1 ** sum(epoch >= step for step in settings.steps)
    if settings.schedule == "stable":
        left = (epochs - epoch) / max(settings.cooldown_epochs, 1e-9)
        return settings.rate * (0.01 + 0.99 * min(max(left, 0.0), 1.0))
    done = (epoch - settings.warmup_epochs) / max(epochs - settings.warmup_epochs, 1e-9)
    return settings.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))
