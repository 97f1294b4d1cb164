"""MGRAN in training: each visible region is told apart by itself, and all that two crops show."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models import losses
from reid_models.methods import make_network
from reid_models.methods.mgran import BLOCKS, MGRAN
from reid_models.recipes import Recipe
from reid_models.tasks.terms import BEGINNING, Moment, Task, make_classifier

__all__ = ["MGRANTask", "shared_distances"]


class MGRANTask(Task):
    """Identity losses a region, skipped where it cannot be seen, and triplets of what both show.

    A region has two classifiers, of the paper's feature and of the served block; its loss is their
    mean. The triplet loss sees the paper's features.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, MGRAN)
        self.network: MGRAN = network
        channels, block = network.backbone.channels, recipe.dimension // BLOCKS
        self.classifiers = nn.ModuleList(make_classifier(channels, people) for _ in range(BLOCKS))
        self.served_classifiers: nn.ModuleList | None = None
        if block != channels:
            self.served_classifiers = nn.ModuleList(
                make_classifier(block, people) for _ in range(BLOCKS)
            )
        self.weights = recipe.losses

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """See `Task`; images (N, 7, H, W) with their masks as channels."""
        weights = self.weights
        pooled, served, visible = self.network.features(images)
        terms: dict[str, Tensor] = {}
        if weights.identity:
            sides = [(self.classifiers, pooled)]
            if self.served_classifiers is not None:
                sides.append((self.served_classifiers, served))
            each = [
                _visible_loss(classifier(x[:, block]), labels, visible[:, block], weights.smoothing)
                for classifiers, x in sides
                for block, classifier in enumerate(classifiers)
            ]
            terms["identity"] = weights.identity * torch.stack(each).sum() / len(sides)
        if weights.triplet:
            table = shared_distances(pooled.float(), visible)
            terms["triplet"] = weights.triplet * losses.batch_hard(
                table, labels[:, None] == labels[None], weights.margin
            )
        whole = nn.functional.normalize(served.float(), dim=2).flatten(1)
        if teacher is not None and weights.embedding:
            terms["embedding"] = weights.embedding * losses.embedding_distillation(whole, teacher)
        if teacher is not None and weights.relation:
            terms["relation"] = weights.relation * losses.relation_distillation(whole, teacher)
        return terms


def _visible_loss(logits: Tensor, labels: Tensor, visible: Tensor, smoothing: float) -> Tensor:
    """The mean over the visible; 0 where nobody's is."""
    each = nn.functional.cross_entropy(
        logits.float(), labels, label_smoothing=smoothing, reduction="none"
    )
    return (each * visible).sum() / visible.sum().clamp(min=1)


def shared_distances(features: Tensor, visible: Tensor) -> Tensor:
    """Distances (N, N) between (N, R, C), over the regions that both show, as if all R did.

    Args:
        features: zeros where a region cannot be seen.
        visible: bool (N, R); the first region, the whole person, always.
    """
    both = (visible[:, None] & visible[None]).to(features.dtype)
    squares = torch.stack([losses.distances(x, x).square() for x in features.unbind(1)], dim=2)
    shared = (squares * both).sum(dim=2) * visible.shape[1] / both.sum(dim=2).clamp(min=1)
    return shared.clamp(min=1e-12).sqrt()
