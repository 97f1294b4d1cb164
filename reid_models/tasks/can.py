"""CAN in training on people: every batch is an episode."""

from __future__ import annotations

from typing import Self

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from reid_models.episode_losses import global_loss, nearest_loss
from reid_models.methods import make_network
from reid_models.methods.baseline import BaselineFeatures
from reid_models.methods.can import CAN, pooled_cosine
from reid_models.recipes import Recipe
from reid_models.tasks.terms import (
    BEGINNING,
    Moment,
    Task,
    compared,
    identity_losses,
    make_classifier,
)

__all__ = ["CANTask"]


class CANTask(Task):
    """Of each person's crops the first few make a prototype map, the others ask.

    Unless the trunk is frozen the baseline's own losses train it as well. The odds learn from the
    cosines of all pairs and change nothing else.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, CAN)
        self.network: CAN = network
        self.settings, self.weights, self.crops = recipe.can, recipe.losses, recipe.batch.crops
        self.position_classifier = make_classifier(recipe.architecture.pair_channels, people)
        self.classifier: nn.Linear | None = None
        self.served_classifier: nn.Linear | None = None
        if self.settings.frozen:
            for part in (network.backbone, network.neck, network.embedding):
                part.requires_grad_(False)
        else:
            self.classifier = make_classifier(network.backbone.channels, people)
            if recipe.dimension != network.backbone.channels:
                self.served_classifier = make_classifier(recipe.dimension, people)

    def train(self, mode: bool = True) -> Self:
        """As ever, but a frozen trunk keeps its statistics too."""
        super().train(mode)
        if self.settings.frozen:
            for part in (self.network.backbone, self.network.neck, self.network.embedding):
                part.eval()
        return self

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """See `Task`; crops come person after person."""
        last = self.network.backbone(images)
        terms = self._trunk(last, labels, teacher)
        maps = self.network.reduced(last).unflatten(0, (-1, self.crops))
        asked = self.settings.support
        prototypes, queries = maps[:, :asked].mean(dim=1), maps[:, asked:].flatten(0, 1)
        classes = torch.arange(len(maps), device=labels.device)
        classes = classes.repeat_interleave(self.crops - asked)
        left, right = self.network.cross.all_pairs(prototypes[None], queries[None])
        people = labels.unflatten(0, (-1, self.crops))[:, asked:].flatten()
        said = global_loss(
            right[0], classes, self.position_classifier, people, self.weights.smoothing
        )
        terms["positions"] = self.settings.global_weight * said
        terms["nearest"] = self.settings.nearest_weight * nearest_loss(left[0], right[0], classes)
        terms["odds"] = self._odds(pooled_cosine(left[0].detach(), right[0].detach()), classes)
        return terms

    def _trunk(self, last: Tensor, labels: Tensor, teacher: Tensor | None) -> dict[str, Tensor]:
        """The baseline's losses; none where it is frozen."""
        if self.classifier is None:
            return {}
        pooled = last.mean(dim=(2, 3))
        evaluation = self.network.neck(pooled)
        features = BaselineFeatures(pooled, evaluation, self.network.embedding(evaluation))
        logits = [self.classifier(features.evaluation)]
        if self.served_classifier is not None:
            logits.append(self.served_classifier(features.served.float()))
        told = identity_losses(logits, labels, self.weights.smoothing).mean()
        terms = {"identity": self.weights.identity * told}
        return terms | compared(self.weights, features, labels, teacher, None)

    def _odds(self, cosines: Tensor, classes: Tensor) -> Tensor:
        """Cross-entropy of same and different, each kind as heavy as the other."""
        same = classes[:, None] == torch.arange(cosines.shape[1], device=cosines.device)
        logits = self.network.odds(cosines)
        return 0.5 * (nnf.softplus(-logits[same]).mean() + nnf.softplus(logits[~same]).mean())
