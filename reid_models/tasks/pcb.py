"""PCB in training: a classifier for each stripe."""

from __future__ import annotations

from torch import Tensor, nn

from reid_models import losses
from reid_models.methods import make_network
from reid_models.methods.pcb import PCB
from reid_models.recipes import Recipe
from reid_models.tasks.terms import (
    BEGINNING,
    Moment,
    Task,
    compared,
    identity_losses,
    make_classifier,
)

__all__ = ["PCBTask"]


class PCBTask(Task):
    """PCB: the sum of the stripes' identity losses, each by a classifier of its own.

    The served vector has one more. Triplet and centre losses, which the paper does not use, see all
    stripes end to end.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, PCB)
        self.network: PCB = network
        whole = network.stripes * network.channels
        self.classifiers = nn.ModuleList(
            make_classifier(network.channels, people, bias=True) for _ in range(network.stripes)
        )
        self.served_classifier: nn.Linear | None = None
        if recipe.dimension != whole:
            self.served_classifier = make_classifier(recipe.dimension, people)
        self.weights = recipe.losses
        self.centre: losses.CentreLoss | None = None
        if recipe.losses.centre:
            self.centre = losses.CentreLoss(people, whole)

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """See `Task`."""
        features = self.network.features(images)
        terms: dict[str, Tensor] = {}
        if self.weights.identity:
            stripes = features.evaluation.unflatten(1, (self.network.stripes, -1)).unbind(1)
            logits = [
                classifier(x) for classifier, x in zip(self.classifiers, stripes, strict=True)
            ]
            if self.served_classifier is not None:
                logits.append(self.served_classifier(features.served.float()))
            each = identity_losses(logits, labels, self.weights.smoothing)
            terms["identity"] = self.weights.identity * each.sum()
        return terms | compared(self.weights, features, labels, teacher, self.centre)
