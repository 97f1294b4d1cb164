"""The optimiser of a run and its learning rate over time."""

from __future__ import annotations

import math

import torch
from torch import nn

from reid_models.recipes import Optimiser

__all__ = ["make_optimiser", "rate_at", "set_rate"]


def make_optimiser(task: nn.Module, settings: Optimiser) -> torch.optim.Optimizer:
    """An optimiser of everything in `task` that is learnt.

    Where the backbone's rate differs from the others', its parameters are a group of their own.
    """
    learnt = [(name, p) for name, p in task.named_parameters() if p.requires_grad]
    groups = [{"params": [p for _, p in learnt], "share": 1.0}]
    if settings.backbone_share != 1.0:
        backbone = [p for name, p in learnt if _in_backbone(name)]
        others = [p for name, p in learnt if not _in_backbone(name)]
        groups = [
            {"params": backbone, "share": settings.backbone_share},
            {"params": others, "share": 1.0},
        ]
    if settings.algorithm == "sgd":
        return torch.optim.SGD(
            groups,
            lr=settings.rate,
            momentum=settings.momentum,
            weight_decay=settings.decay,
            nesterov=settings.momentum > 0,
        )
    kind = torch.optim.AdamW if settings.decoupled else torch.optim.Adam
    return kind(groups, lr=settings.rate, weight_decay=settings.decay)


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
