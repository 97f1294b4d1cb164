"""What a method computes in a training step: its network, what only training needs, its losses."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from reid_models import losses
from reid_models.methods import make_network
from reid_models.methods.baseline import Baseline
from reid_models.methods.tkp import TKP
from reid_models.recipes import Recipe

__all__ = ["BaselineTask", "TKPTask", "Task", "build_task"]


class Task(Protocol):
    """A method in training; also an nn.Module, whose parameters are all learnt."""

    network: nn.Module
    """What is saved and served."""

    def __call__(self, images: Tensor, labels: Tensor, teacher: Tensor | None) -> dict[str, Tensor]:
        """The weighted loss terms of a batch; their sum is what is minimised.

        Args:
            images: float32 (N, 3, H, W), normalised.
            labels: int64 (N,).
            teacher: float32 (N, D) of length 1, or None.
        """
        ...


class BaselineTask(nn.Module):
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
        self.network = network
        self.classifier = _classifier(self.network.backbone.channels, people)
        self.served_classifier: nn.Linear | None = None
        if recipe.dimension != self.network.backbone.channels:
            self.served_classifier = _classifier(recipe.dimension, people)
        self.weights = recipe.losses
        self.centre: losses.CentreLoss | None = None
        if recipe.losses.centre:
            self.centre = losses.CentreLoss(people, self.network.backbone.channels)

    def forward(self, images: Tensor, labels: Tensor, teacher: Tensor | None) -> dict[str, Tensor]:
        """See `Task`."""
        weights = self.weights
        features = self.network.features(images)
        pooled, served = features.pooled.float(), features.served.float()
        terms: dict[str, Tensor] = {}
        if weights.identity:
            logits = [self.classifier(features.evaluation)]
            if self.served_classifier is not None:
                logits.append(self.served_classifier(served))
            terms["identity"] = (
                weights.identity
                * torch.stack(
                    [
                        losses.smoothed_cross_entropy(each.float(), labels, weights.smoothing)
                        for each in logits
                    ]
                ).mean()
            )
        if weights.triplet:
            terms["triplet"] = weights.triplet * losses.batch_hard_triplet(
                pooled if weights.triplet_on == "before_neck" else features.evaluation.float(),
                labels,
                margin=weights.margin,
            )
        if self.centre is not None:
            terms["centre"] = weights.centre * self.centre(pooled, labels)
        if teacher is not None and weights.embedding:
            terms["embedding"] = weights.embedding * losses.embedding_distillation(served, teacher)
        if teacher is not None and weights.relation:
            terms["relation"] = weights.relation * losses.relation_distillation(served, teacher)
        return terms


class TKPTask(nn.Module):
    """TKP: identities, triplets between and within stills and clips, and the propagation.

    The propagation losses treat the video branch as a teacher that they do not change; identity
    and triplet losses train both branches.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, TKP)
        self.network = network
        self.classifier = nn.Linear(recipe.dimension, people)
        nn.init.normal_(self.classifier.weight, std=0.001)
        nn.init.zeros_(self.classifier.bias)
        self.weights, self.frames = recipe.losses, recipe.batch.frames

    def forward(self, images: Tensor, labels: Tensor, teacher: Tensor | None) -> dict[str, Tensor]:
        """See `Task`; images are the frames of clips, clip after clip."""
        weights = self.weights
        stills = self.network(images).float()
        frames = self.network.frames(images, self.frames).float()
        clips, clip_labels = frames.mean(dim=1), labels[:: self.frames]
        frames = frames.flatten(0, 1).detach()
        sides = ((stills, labels), (clips, clip_labels))
        terms: dict[str, Tensor] = {}
        if weights.identity:
            parts = [
                losses.smoothed_cross_entropy(self.classifier(x).float(), y, weights.smoothing)
                for x, y in sides
            ]
            terms["identity"] = weights.identity * torch.stack(parts).sum()
        if weights.triplet:
            parts = [
                losses.batch_hard_triplet(
                    asks[0], asks[1], searched[0], searched[1], margin=weights.margin
                )
                for asks in sides
                for searched in sides
            ]
            terms["triplet"] = weights.triplet * torch.stack(parts).sum()
        if weights.features:
            terms["features"] = weights.features * losses.feature_propagation(stills, frames)
        if weights.distances:
            terms["distances"] = weights.distances * losses.distance_propagation(stills, frames)
        if teacher is not None and weights.embedding:
            terms["embedding"] = weights.embedding * losses.embedding_distillation(stills, teacher)
        if teacher is not None and weights.relation:
            terms["relation"] = weights.relation * losses.relation_distillation(stills, teacher)
        return terms


def _classifier(channels: int, people: int) -> nn.Linear:
    classifier = nn.Linear(channels, people, bias=False)
    nn.init.normal_(classifier.weight, std=0.001)
    return classifier


def build_task(recipe: Recipe, people: int) -> BaselineTask | TKPTask:
    """The recipe's method with random weights drawn from the recipe's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return (TKPTask if recipe.method == "tkp" else BaselineTask)(recipe, people)
