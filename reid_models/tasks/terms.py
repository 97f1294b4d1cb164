"""What the tasks of several methods share: what they are, their classifiers and common terms."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reid_models import losses
from reid_models.methods.baseline import BaselineFeatures
from reid_models.recipes import LossWeights

__all__ = ["BEGINNING", "Moment", "Task", "compared", "identity_losses", "make_classifier"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in a run a batch is seen."""

    epoch: float = 0.0
    """Counted from 0; halfway through the third epoch: 2.5."""
    seed: int = 0
    """For what is drawn at random in this step; another one for each step and process."""


BEGINNING = Moment()


class Task(nn.Module):
    """A method in training; its parameters are all learnt."""

    network: nn.Module
    """What is saved and served."""

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """The weighted loss terms of a batch; their sum is what is minimised.

        Every step gives the same terms in the same order: they are columns of a log, and processes
        that train together must agree on what gets gradients. A term that does not count yet is 0
        times what it will be.

        Args:
            images: float32 (N, 3, H, W), normalised.
            labels: int64 (N,).
            teacher: float32 (N, D) of length 1, or None.
            moment: for methods that learn in phases or draw at random.
        """
        raise NotImplementedError


def make_classifier(channels: int, people: int, *, bias: bool = False) -> nn.Linear:
    """Features (N, channels) → logits (N, people); starts near zero, sure of nobody."""
    classifier = nn.Linear(channels, people, bias=bias)
    nn.init.normal_(classifier.weight, std=0.001)
    if bias:
        nn.init.zeros_(classifier.bias)
    return classifier


def identity_losses(logits: list[Tensor], labels: Tensor, smoothing: float) -> Tensor:
    """The identity loss of each classifier."""
    return torch.stack(
        [losses.smoothed_cross_entropy(each.float(), labels, smoothing) for each in logits]
    )


def compared(
    weights: LossWeights,
    features: BaselineFeatures,
    labels: Tensor,
    teacher: Tensor | None,
    centre: losses.CentreLoss | None,
) -> dict[str, Tensor]:
    """The terms that look at distances and not at names."""
    pooled, served = features.pooled.float(), features.served.float()
    terms: dict[str, Tensor] = {}
    if weights.triplet:
        terms["triplet"] = weights.triplet * losses.batch_hard_triplet(
            pooled if weights.triplet_on == "before_neck" else features.evaluation.float(),
            labels,
            margin=weights.margin,
        )
    if centre is not None:
        terms["centre"] = weights.centre * centre(pooled, labels)
    if teacher is not None and weights.embedding:
        terms["embedding"] = weights.embedding * losses.embedding_distillation(served, teacher)
    if teacher is not None and weights.relation:
        terms["relation"] = weights.relation * losses.relation_distillation(served, teacher)
    return terms
