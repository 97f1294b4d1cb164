"""TKP in training: stills and clips of one batch, and what flows from these to those."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

from reid_models import losses
from reid_models.methods import make_network
from reid_models.methods.tkp import TKP
from reid_models.recipes import Recipe
from reid_models.tasks.terms import BEGINNING, Moment, Task, make_classifier

__all__ = ["TKPTask"]


class TKPTask(Task):
    """TKP: identities, triplets between and within stills and clips, and the propagation.

    The propagation losses treat the video branch as a teacher that they do not change; identity
    and triplet losses train both branches, as does a teacher: a clip learns the mean of what it
    makes of the frames.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, TKP)
        self.network: TKP = network
        self.classifier = make_classifier(recipe.dimension, people, bias=True)
        self.weights, self.frames = recipe.losses, recipe.batch.frames

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
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
        if teacher is not None:
            pooled = nnf.normalize(teacher.unflatten(0, (-1, self.frames)).mean(dim=1))
            taught = ((stills, teacher), (clips, pooled))
            if weights.embedding:
                parts = [losses.embedding_distillation(x, y) for x, y in taught]
                terms["embedding"] = weights.embedding * torch.stack(parts).sum()
            if weights.relation:
                parts = [losses.relation_distillation(x, y) for x, y in taught]
                terms["relation"] = weights.relation * torch.stack(parts).sum()
        return terms
