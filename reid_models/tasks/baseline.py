"""The strong baseline and all that is built like it: IDE, IANet, SE + SA."""

from __future__ import annotations

from torch import Tensor, nn

from reid_models import losses
from reid_models.methods import make_network
from reid_models.methods.baseline import Baseline
from reid_models.recipes import Recipe
from reid_models.tasks.terms import (
    BEGINNING,
    Moment,
    Task,
    compared,
    identity_losses,
    make_classifier,
)

__all__ = ["BaselineTask"]


class BaselineTask(Task):
    """The strong baseline: identity loss after the neck, triplet and centre losses before it.

    Where a shorter vector is served, the identity loss is the mean of two classifiers', one on the
    paper's feature and one on the served vector. Distillation sees the served vector, which is what
    will be compared.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, Baseline)
        self.network: Baseline = network
        channels, plain = self.network.backbone.channels, recipe.architecture.head == "ide"
        self.classifier = make_classifier(channels, people, bias=plain)
        self.served_classifier: nn.Linear | None = None
        if recipe.dimension != channels:
            self.served_classifier = make_classifier(recipe.dimension, people, bias=plain)
        self.weights = recipe.losses
        self.centre: losses.CentreLoss | None = None
        if recipe.losses.centre:
            self.centre = losses.CentreLoss(people, channels)

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """See `Task`."""
        features = self.network.features(images)
        served = features.served.float()
        terms: dict[str, Tensor] = {}
        if self.weights.identity:
            logits = [self.classifier(features.evaluation)]
            if self.served_classifier is not None:
                logits.append(self.served_classifier(served))
            each = identity_losses(logits, labels, self.weights.smoothing)
            terms["identity"] = self.weights.identity * each.mean()
        return terms | compared(self.weights, features, labels, teacher, self.centre)
