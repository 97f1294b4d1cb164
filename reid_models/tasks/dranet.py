"""DRANet in training: each stripe is classified as it is, and without what told most."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models.methods import make_network
from reid_models.methods.dranet import (
    DRANet,
    StripeMaps,
    heat_of,
    without_channels,
    without_places,
)
from reid_models.recipes import Recipe
from reid_models.tasks.terms import (
    BEGINNING,
    Moment,
    Task,
    compared,
    identity_losses,
    make_classifier,
)

__all__ = ["DRANetTask"]


class DRANetTask(Task):
    """Three losses a stripe: on the mean of E (SIC), and on the hard maps C and D.

    SIC's 1×1 convolution is a classifier of the mean of E, as it is linear; of its class maps only
    those of the people shown are ever computed. The served vector has a classifier of its own.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, DRANet)
        self.network: DRANet = network
        self.settings, self.weights = recipe.dranet, recipe.losses

        def a_stripe() -> nn.ModuleList:
            return nn.ModuleList(
                make_classifier(network.channels, people, bias=True) for _ in network.stripes
            )

        hard_places, own = bool(self.settings.hard_places), self.settings.own_classifiers
        shared = bool(self.settings.hard_channels) or (hard_places and not own)
        self.spatial_classifiers = a_stripe()
        # A classifier that nothing asks would get no gradients, which several processes mind.
        self.hard_classifiers = a_stripe() if shared else nn.ModuleList()
        self.place_classifiers = a_stripe() if hard_places and own else None
        self.served_classifier: nn.Linear | None = None
        if recipe.dimension != 2 * len(network.stripes) * network.channels:
            self.served_classifier = make_classifier(recipe.dimension, people)

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """See `Task`."""
        settings, smoothing = self.settings, self.weights.smoothing
        maps = self.network.maps(images)
        features = self.network.pooled(maps)
        logits = [
            classifier(each.spatial.mean(dim=(2, 3)))
            for classifier, each in zip(self.spatial_classifiers, maps, strict=True)
        ]
        if self.served_classifier is not None:
            logits.append(self.served_classifier(features.served.float()))
        identity = identity_losses(logits, labels, smoothing).sum()
        terms = {"identity": self.weights.identity * identity}
        now = float(moment.epoch >= settings.warmup_epochs)
        if settings.hard_channels:
            told = identity_losses(self.channel_logits(maps), labels, smoothing)
            terms["hard_channels"] = now * settings.hard_channels * told.sum()
        if settings.hard_places:
            told = identity_losses(self.place_logits(maps, labels), labels, smoothing)
            terms["hard_places"] = now * settings.hard_places * told.sum()
        return terms | compared(self.weights, features, labels, teacher, None)

    def channel_logits(self, maps: list[StripeMaps]) -> list[Tensor]:
        """What C tells of each stripe, (N, people)."""
        logits = []
        for classifier, each in zip(self.hard_classifiers, maps, strict=True):
            gate = each.gate if self.settings.through_reverse else each.gate.detach()
            hard = without_channels(each.reduced, gate, self.settings.channel_power)
            logits.append(classifier(hard.mean(dim=(2, 3))))
        return logits

    def place_logits(self, maps: list[StripeMaps], labels: Tensor) -> list[Tensor]:
        """What D tells of each stripe, (N, people), for the people shown."""
        logits = []
        own = self.place_classifiers
        classifiers = self.hard_classifiers if own is None else own
        for number, (classifier, each) in enumerate(zip(classifiers, maps, strict=True)):
            heat = heat_of(self.class_map(number, each, labels), self.settings.heat)
            if not self.settings.through_reverse:
                heat = heat.detach()
            hard = without_places(each.gated, heat, self.settings.place_power)
            logits.append(classifier(hard.mean(dim=(2, 3))))
        return logits

    def class_map(self, stripe: int, maps: StripeMaps, labels: Tensor) -> Tensor:
        """H_n (N, h, w) of a stripe: the map of each image's own person."""
        classifier = self.spatial_classifiers[stripe]
        assert isinstance(classifier, nn.Linear)
        values = torch.einsum("nkhw,nk->nhw", maps.spatial.float(), classifier.weight[labels])
        return values + classifier.bias[labels][:, None, None]
