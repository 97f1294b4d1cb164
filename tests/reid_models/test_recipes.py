"""Recipes: typed, complete, and honest about what they do not understand."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models.cards import card_named
from reid_models.errors import RecipeError
from reid_models.recipes import known_recipes, load_recipe


@pytest.mark.parametrize("name", known_recipes())
def test_every_recipe_that_comes_along_can_be_read(name: str):
    recipe = load_recipe(name)
    assert recipe.summary
    if recipe.losses.embedding or recipe.losses.relation:
        assert recipe.teacher


def test_the_baseline_has_the_papers_values():
    recipe = load_recipe("baseline")
    assert (recipe.batch.people, recipe.batch.crops, recipe.epochs) == (16, 4, 120)
    assert (recipe.optimiser.rate, recipe.optimiser.steps) == (3.5e-4, (40, 70))
    assert (recipe.losses.smoothing, recipe.losses.margin, recipe.losses.centre) == (0.1, 0.3, 5e-4)
    assert (recipe.input.height, recipe.input.width) == (256, 128)


@pytest.mark.parametrize("name", ["ide", "pcb"])
def test_ide_and_pcb_have_their_usual_values(name: str):
    recipe = load_recipe(name)
    assert (recipe.optimiser.algorithm, recipe.optimiser.rate) == ("sgd", 0.1)
    assert (recipe.optimiser.backbone_share, recipe.optimiser.steps) == (0.1, (40,))
    assert (recipe.epochs, recipe.batch.people * recipe.batch.crops) == (60, 64)
    assert (recipe.losses.triplet, recipe.losses.smoothing) == (0, 0)
    height = {"ide": 256, "pcb": 384}[name]
    assert (recipe.input.height, recipe.input.width) == (height, 128)
    assert card_named(name).preprocessing.height == height
    assert card_named(name).architecture == recipe.architecture


def test_values_are_overridden_one_by_one():
    recipe = load_recipe("light", ["epochs=3", "batch.people=8", "teacher=null"])
    assert (recipe.epochs, recipe.batch.people, recipe.batch.crops) == (3, 8, 4)
    assert recipe.teacher is None


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ("epochs", "not KEY=VALUE"),
        ("epochs=many", "epochs"),
        ("epoch=3", "epoch: Extra"),
        ("batch.persons=3", r"batch\.persons"),
        ("epochs.more=3", "plain value"),
        ("architecture.head=ide", "needs method: baseline"),
    ],
)
def test_an_override_that_makes_no_sense_is_named(pair: str, why: str):
    with pytest.raises(RecipeError, match=why):
        load_recipe("ianet-light", [pair])


def test_unknown_recipes_and_broken_files_are_named(tmp_path: Path):
    with pytest.raises(RecipeError, match="Known: baseline, baseline-light, can-light"):
        load_recipe("heavy")
    path = tmp_path / "mine.yaml"
    path.write_text("summary: [")
    with pytest.raises(RecipeError, match="not YAML"):
        load_recipe(str(path))
    path.write_text("just words")
    with pytest.raises(RecipeError, match="holds no recipe"):
        load_recipe(str(path))
