"""Put a checkpoint of ours where it ships: weights, card, terms, and the recipe it was made by."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from reid_models.cards import LICENCE, SHIPPED_CARDS, ModelCard, TrainingRecipe

RECIPE = "recipe.yaml"
NOT_MEASURED = (
    "Changed clothes: not measured; it goes by what people wear, so expect it to fail",
    "Night, infrared and grey pictures: not measured",
    "Children: not measured",
    "Crowds and people half hidden: not measured apart",
)
"""What nobody has looked into; replace a line in the card once somebody has."""
RESEARCH_TERMS = "Non-commercial research only (CC BY-NC 4.0 as far as the rights are ours)"
FREE_TERMS = "CC BY 4.0"
_RESEARCH = """
These data are, all or in part, published for non-commercial research only. The weights were learnt
from them: use them for nothing else. For any other use choose another model, or ask those who hold
the rights in the data. `models.allow_research_only: false` in the settings rules such models out.
"""
_TEXT = """Terms of the weights in this folder
===================================

The licence of this project's code, AGPL-3.0-or-later, does not cover the files of the model
{name} in this folder: {files}.

They were trained on: {trained_on}.
{research}
As far as the makers of this project hold rights in these files, anybody may use, change and pass
them on under the {licence}:
{address}
They come as they are, without any warranty.
"""


def ship(card: ModelCard, checkpoint: Path, to: Path = SHIPPED_CARDS) -> ModelCard:
    """Copy a checkpoint's weights to `to/<name>/`, with terms and recipe; the card is not written.

    Args:
        card: the checkpoint's.
        checkpoint: its folder; the run's recipe.yaml lies beside it.
        to: where shipped models are.

    Returns:
        The card to write there: with terms, recipe and, where it names none, what is not known.
    """
    folder = to / card.name
    folder.mkdir(parents=True, exist_ok=True)
    for file in card.files:
        shutil.copyfile(checkpoint / file.name, folder / file.name)
    recipe = card.recipe or TrainingRecipe(
        command=f"python run_app.py train run {card.name} --data DATA …",
        file=_copy_recipe(checkpoint.parent / RECIPE, folder),
    )
    (folder / LICENCE).write_text(terms_text(card), "utf-8")
    return card.model_copy(
        update={
            "recipe": recipe,
            "terms": RESEARCH_TERMS if card.research_only else FREE_TERMS,
            "weaknesses": card.weaknesses or NOT_MEASURED,
        }
    )


def terms_text(card: ModelCard) -> str:
    """What the licence file beside the weights says."""
    kind = "Attribution-NonCommercial" if card.research_only else "Attribution"
    short = "by-nc" if card.research_only else "by"
    return _TEXT.format(
        name=card.name,
        files=", ".join([*(file.name for file in card.files), "calibration.json"]),
        trained_on=card.trained_on,
        research=_RESEARCH if card.research_only else "",
        licence=f"Creative Commons {kind} 4.0 International licence",
        address=f"https://creativecommons.org/licenses/{short}/4.0/legalcode",
    )


def _copy_recipe(source: Path, folder: Path) -> str | None:
    """The run's values, without the folders of the machine it ran on; None if there are none."""
    if not source.is_file():
        return None
    values = yaml.safe_load(source.read_text("utf-8"))
    if values.get("pretrained"):
        values["pretrained"] = Path(values["pretrained"]).name
    written = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    (folder / RECIPE).write_text(written, "utf-8")
    return RECIPE
