"""What is learnt at which rate."""

from __future__ import annotations

import pytest
import torch

from reid_models.cards import Architecture
from reid_models.optimisers import make_optimiser, rate_at, set_rate
from reid_models.recipes import Optimiser, Recipe, Size
from reid_models.tasks import build_task


@pytest.mark.parametrize(
    ("schedule", "epoch", "rate"),
    [
        ("steps", 0, 0.01),
        ("steps", 5, 0.505),
        ("steps", 39.9, 1.0),
        ("steps", 40, 0.1),
        ("steps", 70, 0.01),
        ("cosine", 10, 1.0),
        ("cosine", 65, 0.505),
        ("stable", 118, 1.0),
        ("stable", 119, 0.505),
    ],
)
def test_the_rate_warms_up_and_falls(schedule: str, epoch: float, rate: float):
    settings = Optimiser.model_validate({"rate": 1, "schedule": schedule})
    assert rate_at(epoch, settings, 120) == pytest.approx(rate)


def recipe(method: str, **shape: object) -> Recipe:
    return Recipe(
        method=method,
        summary="A network for tests.",
        architecture=Architecture.model_validate({"depth": 18, "width": 8, **shape}),
        dimension=16,
        input=Size(height=32, width=16),
        epochs=1,
    )


@pytest.mark.parametrize("method", ["baseline", "tkp"])
def test_pretrained_backbones_can_be_changed_more_slowly(method: str):
    task = build_task(recipe(method), people=4)
    optimiser = make_optimiser(task, Optimiser(algorithm="sgd", backbone_share=0.1))
    set_rate(optimiser, 0.2)
    rates = {id(p): group["lr"] for group in optimiser.param_groups for p in group["params"]}
    for name, parameter in task.named_parameters():
        if parameter.requires_grad:
            slow = name.startswith(("network.backbone", "network.video_"))
            assert rates[id(parameter)] == pytest.approx(0.02 if slow else 0.2), name


def test_everything_that_is_learnt_moves_and_a_fixed_shift_does_not():
    for algorithm in ("adam", "sgd", "muon"):
        task = build_task(recipe("baseline"), people=2)
        before = {name: p.detach().clone() for name, p in task.named_parameters()}
        optimiser = make_optimiser(task, Optimiser(algorithm=algorithm, rate=0.1))
        images = torch.randn(4, 3, 32, 16, generator=torch.Generator().manual_seed(0))
        terms = task(images, torch.tensor([0, 0, 1, 1]), None)
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
        still = {name for name, p in task.named_parameters() if torch.equal(p, before[name])}
        assert still == {"network.neck.bias", "network.embedding.1.bias"}
