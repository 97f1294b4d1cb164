"""Which loss moves which parameters."""

from __future__ import annotations

import pytest
import torch

from reid_models.cards import Architecture
from reid_models.recipes import LossWeights, Recipe, Size
from reid_models.tasks import build_task

IMAGES = torch.randn(8, 3, 32, 16, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(4).repeat_interleave(2)
TEACHER = torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
NOTHING = {"identity": 0.0, "triplet": 0.0}


def recipe(dimension: int = 16, **weights: float) -> Recipe:
    return Recipe(
        summary="A network for tests.",
        architecture=Architecture(depth=10, width=8),
        dimension=dimension,
        input=Size(height=32, width=16),
        epochs=1,
        losses=LossWeights.model_validate(NOTHING | weights),
    )


@pytest.mark.parametrize(
    ("term", "moved", "still"),
    [
        ("identity", {"classifier", "served_classifier", "network.embedding"}, set()),
        ("triplet", {"network.backbone"}, {"classifier", "network.embedding", "network.neck"}),
        ("centre", {"centre", "network.backbone"}, {"classifier", "network.neck"}),
        ("embedding", {"network.embedding", "network.neck"}, {"classifier", "served_classifier"}),
        ("relation", {"network.embedding", "network.neck"}, {"classifier", "served_classifier"}),
    ],
)
def test_each_loss_moves_its_own_parameters(term: str, moved: set[str], still: set[str]):
    task = build_task(recipe(**{term: 1.0}), people=4)
    terms = task(IMAGES, LABELS, TEACHER)
    assert list(terms) == [term]
    terms[term].backward()

    def touched(prefix: str) -> bool:
        return any(
            p.grad is not None and bool(p.grad.any())
            for name, p in task.named_parameters()
            if name.startswith(prefix + ".")
        )

    assert touched("network.backbone")
    assert {name for name in moved if touched(name)} == moved
    assert not {name for name in still if touched(name)}


def test_a_weight_scales_its_loss():
    once, twice = (
        build_task(recipe(triplet=w), people=4)(IMAGES, LABELS, None)["triplet"] for w in (1.0, 2.0)
    )
    torch.testing.assert_close(twice, 2 * once)


def test_the_recipes_seed_decides_the_start():
    one, same = (build_task(recipe(), people=4).state_dict() for _ in range(2))
    other = build_task(recipe().model_copy(update={"seed": 2}), people=4).state_dict()
    key = "network.backbone.conv1.weight"
    assert torch.equal(one[key], same[key])
    assert not torch.equal(one[key], other[key])


def test_one_classifier_is_enough_where_the_papers_feature_is_served():
    assert build_task(recipe(dimension=64, identity=1), people=4).served_classifier is None
