"""A recipe of STCnet, and the card of one that is trained; both are typed YAML files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from reid_models.errors import WeightsBroken
from reid_models.recipes import RECIPES, read_recipe

__all__ = [
    "COMPLETION_RECIPES",
    "CompletionCard",
    "CompletionRecipe",
    "Stage",
    "known_completion_recipes",
    "load_completion_recipe",
    "read_completion_card",
]

COMPLETION_RECIPES = RECIPES.parent / "completion"
Stage = Literal["spatial", "temporal", "adversarial"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Network(_Part):
    """What to build before weights can be loaded."""

    width: int = Field(default=32, ge=4, le=64, description="64: the full network, 32: half")
    scale: float = Field(default=10.0, gt=0, description="of the attention; 1: the paper's")
    height: int = Field(default=128, ge=16, multiple_of=4, description="of the frames, pixels")
    breadth: int = Field(default=64, ge=16, multiple_of=4, description="of the frames, pixels")
    bands: int = Field(default=3, ge=2, le=8)


class Steps(_Part):
    """How long each stage lasts, in steps; 0 leaves it out."""

    spatial: int = Field(default=10_000, ge=0, description="G_s learns to reconstruct")
    temporal: int = Field(default=10_000, ge=0, description="G_s and G_t together")
    adversarial: int = Field(default=20_000, ge=0, description="and please critics and guider")

    @property
    def total(self) -> int:
        """All stages."""
        return self.spatial + self.temporal + self.adversarial

    def stage(self, step: int) -> Stage:
        """Which stage a step, counted from 0, belongs to."""
        if step < self.spatial:
            return "spatial"
        return "temporal" if step < self.spatial + self.temporal else "adversarial"


class CompletionRecipe(_Part):
    """One training run of STCnet, but for its data and the re-ID network that guides it."""

    summary: str
    network: Network = Network()
    steps: Steps = Steps()
    batch: int = Field(default=32, gt=1)
    critic_width: int = Field(default=32, ge=4)
    rate: float = Field(default=1e-4, gt=0)
    adversarial: float = Field(default=1e-3, ge=0, description="weight of both critics")
    identity: float = Field(default=0.1, ge=0, description="weight of the ID guider")
    false_alarms: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="share of the bands that count as hidden: not learnt from",
    )
    seed: int = 1
    save_steps: int = Field(default=200, gt=0)


class CompletionCard(_Part):
    """What a trained STCnet is; `completion.yaml` beside its weights."""

    name: str
    summary: str
    network: Network
    source: str
    terms: str
    research_only: bool
    trained_on: str
    guide: str = Field(description="the re-ID network that scored and guided")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _has_a_name(self) -> CompletionCard:
        if not self.name:
            raise ValueError("a completion network needs a name")
        return self


def known_completion_recipes() -> list[str]:
    """Names of the recipes that come with the program."""
    return sorted(path.stem for path in COMPLETION_RECIPES.glob("*.yaml"))


def load_completion_recipe(name: str, overrides: Sequence[str] = ()) -> CompletionRecipe:
    """Read a recipe by name or path.

    Args:
        name: one of `known_completion_recipes`, or the path of a YAML file.
        overrides: `steps.spatial=100`, each changing one value.

    Raises:
        RecipeError: there is no such recipe, or it or an override cannot be used.
    """
    return read_recipe(CompletionRecipe, COMPLETION_RECIPES, name, overrides)


def read_completion_card(folder: Path) -> CompletionCard:
    """Read `folder/completion.yaml`.

    Raises:
        WeightsBroken: it is not there or does not describe an STCnet.
    """
    path = folder / "completion.yaml"
    try:
        return CompletionCard.model_validate_json(
            json.dumps(yaml.safe_load(path.read_text("utf-8")))
        )
    except (OSError, ValueError, yaml.YAMLError, TypeError) as error:
        raise WeightsBroken(
            f"{path} cannot be used ({str(error).splitlines()[0]}). Copy the whole folder again.",
            name=folder.name,
        ) from error
