"""RDAN in training: what it recognises after each glimpse, and where looking paid."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reid_models import losses
from reid_models.glimpse_rewards import (
    gains,
    hardest_pairs,
    log_density,
    margins,
    policy_loss,
    recognised,
    returns,
    standardised,
)
from reid_models.methods import make_network
from reid_models.methods.rdan import RDAN, Looks
from reid_models.recipes import Recipe
from reid_models.tasks.terms import (
    BEGINNING,
    Moment,
    Task,
    compared,
    identity_losses,
    make_classifier,
)

__all__ = ["RDANTask"]


class RDANTask(Task):
    """Identities of the whole and of every state, triplets of every state, and the policy.

    Three phases: the whole picture alone (`whole_epochs`), glimpses at random places
    (`random_epochs`), places of the locator's own. The locator is moved by the policy's loss alone
    and that loss moves nothing else; the value head likewise by its own.
    """

    def __init__(self, recipe: Recipe, people: int) -> None:
        """Build with random weights for so many people."""
        super().__init__()
        network = make_network(recipe.method, recipe.architecture, recipe.dimension)
        assert isinstance(network, RDAN)
        self.network: RDAN = network
        self.settings, self.weights = recipe.rdan, recipe.losses
        memory = recipe.architecture.memory
        self.whole_classifier = make_classifier(network.backbone.channels, people, bias=True)
        self.served_classifier = make_classifier(recipe.dimension, people)
        self.state_classifier = make_classifier(memory, people, bias=True)
        self.value: nn.Linear | None = None
        if network.policy == "learnt":
            self.value = nn.Linear(memory, 1)

    def forward(
        self, images: Tensor, labels: Tensor, teacher: Tensor | None, moment: Moment = BEGINNING
    ) -> dict[str, Tensor]:
        """See `Task`."""
        settings, weights = self.settings, self.weights
        looks = self.look(images, moment)
        features = self.network.pooled(looks)
        logits = [
            self.whole_classifier(looks.pooled.float()),
            self.served_classifier(features.served.float()),
        ]
        told = identity_losses(logits, labels, weights.smoothing).mean()
        terms = {"identity": weights.identity * told}
        states = looks.states.float()
        said = torch.stack([self.state_classifier(state).float() for state in states[1:]])
        looking = float(moment.epoch >= settings.whole_epochs)
        share = 1 / len(said) if settings.mean_over_glimpses else 1.0
        each = identity_losses(list(said), labels, weights.smoothing).sum()
        terms["glimpses"] = looking * share * weights.identity * each
        if weights.triplet:
            hard = [
                losses.batch_hard_triplet(state, labels, margin=weights.margin)
                for state in states[1:]
            ]
            terms["triplet"] = looking * share * weights.triplet * torch.stack(hard).sum()
        if self.value is not None:
            policy, value = self.policy_terms(looks, self.rewards(states, said, labels))
            choosing = float(moment.epoch >= settings.whole_epochs + settings.random_epochs)
            terms["policy"] = choosing * settings.policy_weight * policy
            terms["value"] = looking * value
        distilled = weights.model_copy(update={"triplet": 0.0})
        return terms | compared(distilled, features, labels, teacher, None)

    def look(self, images: Tensor, moment: Moment) -> Looks:
        """Look at places drawn from the moment's seed, in the way its phase asks for."""
        generator = torch.Generator().manual_seed(moment.seed)
        settings = self.settings
        anywhere = moment.epoch < settings.whole_epochs + settings.random_epochs

        def draw(step: int, mean: Tensor) -> Tensor:
            if self.network.policy == "centre":
                return mean
            if anywhere or self.network.policy == "random":
                return (2 * torch.rand(mean.shape, generator=generator) - 1).to(mean.device)
            noise = torch.randn(mean.shape, generator=generator).to(mean.device)
            return mean.float() + settings.sigma * noise

        return self.network.look(images, draw)

    def rewards(self, states: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """The rewards (T, N) of states (T + 1, N, memory) and what they tell (T, N, people)."""
        if self.settings.reward == "identity":
            return recognised(logits, labels)
        margin = margins(states, hardest_pairs(states[0], labels))
        return gains(margin) if self.settings.reward == "gain" else margin[1:]

    def policy_terms(self, looks: Looks, rewards: Tensor) -> tuple[Tensor, Tensor]:
        """The policy's loss and the value head's, for rewards (T, N)."""
        assert self.value is not None
        expected = self.value(looks.states[:-1].detach().float()).squeeze(2)
        total = returns(rewards)
        advantages = total - expected.detach()
        if self.settings.standardise:
            advantages = standardised(advantages)
        density = log_density(looks.places.float(), looks.means.float(), self.settings.sigma)
        return policy_loss(density, advantages), (expected - total).square().mean()
