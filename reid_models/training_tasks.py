"""What a method computes in a training step: its network, what only training needs, its losses."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from reid_models import losses
from reid_models.methods import make_network
from reid_models.methods.baseline import Baseline, BaselineFeatures
from reid_models.methods.pcb import PCB
from reid_models.methods.tkp import TKP
from reid_models.recipes import LossWeights, Recipe

__all__ = ["BaselineTask", "PCBTask", "TKPTask", "Task", "build_task"]


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
        channels, plain = self.network.backbone.channels, recipe.architecture.head == "ide"
        self.classifier = _classifier(channels, people, bias=plain)
        self.served_classifier: nn.Linear | None = None
        if recipe.dimension != channels:
            self.served_classifier = _classifier(recipe.dimension, people, bias=plain)
        self.weights = recipe.losses
        self.centre: losses.CentreLoss | None = None
        if recipe.losses.centre:
            self.centre = losses.CentreLoss(people, channels)

    def forward(self, images: Tensor, labels: Tensor, teacher: Tensor | None) -> dict[str, Tensor]:
        """See `Task`."""
        features = self.network.features(images)
        served = features.served.float()
        terms: dict[str, Tensor] = {}
        if self.weights.identity:
            logits = [self.classifier(features.evaluation)]
            if self.served_classifier is not None:
                logits.append(self.served_classifier(served))
            each = _identity(logits, labels, self.weights.smoothing)
            terms["identity"] = self.weights.identity * each.mean()
        return terms | _compared(self.weights, features, labels, teacher, self.centre)


class PCBTask(nn.Module):
    """PCB: the sum of the stripes' identity losses, each by a classifier of its own.

    The served vector has one more. Triplet and centre losses, which the paper does not use, see all
    stripes end to end.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, PCB)
        self.network = network
        whole = network.stripes * network.channels
        self.classifiers = nn.ModuleList(
            _classifier(network.channels, people, bias=True) for _ in range(network.stripes)
        )
        self.served_classifier: nn.Linear | None = None
        if recipe.dimension != whole:
            self.served_classifier = _classifier(recipe.dimension, people)
        self.weights = recipe.losses
        self.centre: losses.CentreLoss | None = None
        if recipe.losses.centre:
            self.centre = losses.CentreLoss(people, whole)

    def forward(self, images: Tensor, labels: Tensor, teacher: Tensor | None) -> dict[str, Tensor]:
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
            each = _identity(logits, labels, self.weights.smoothing)
            terms["identity"] = self.weights.identity * each.sum()
        return terms | _compared(self.weights, features, labels, teacher, self.centre)


def _identity(logits: list[Tensor], labels: Tensor, smoothing: float) -> Tensor:
    """The identity loss of each classifier."""
    return torch.stack(
        [losses.smoothed_cross_entropy(each.float(), labels, smoothing) for each in logits]
    )


def _compared(
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
        frames = frames.flatten(0, 1)
        if not weights.teach_clips:
            frames = frames.detach()
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


def _classifier(channels: int, people: int, *, bias: bool = False) -> nn.Linear:
    classifier = nn.Linear(channels, people, bias=bias)
    nn.init.normal_(classifier.weight, std=0.001)
    if bias:
        nn.init.zeros_(classifier.bias)
    return classifier


def build_task(recipe: Recipe, people: int) -> BaselineTask | PCBTask | TKPTask:
    """The recipe's method with random weights drawn from the recipe's seed."""
    kind: type[BaselineTask] | type[PCBTask] | type[TKPTask] = BaselineTask
    if recipe.method == "tkp":
        kind = TKPTask
    elif recipe.method == "baseline" and recipe.architecture.head == "pcb":
        kind = PCBTask
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return kind(recipe, people)
