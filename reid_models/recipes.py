"""A recipe: everything that decides what a training run computes, as one typed YAML file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reid_models.cards import Architecture
from reid_models.errors import RecipeError
from reid_models.method_settings import CANSettings, DRANetSettings, RDANSettings

__all__ = [
    "RECIPES",
    "Augmentation",
    "Batch",
    "LossWeights",
    "Optimiser",
    "Recipe",
    "Size",
    "known_recipes",
    "load_recipe",
    "override",
    "read_recipe",
]

RECIPES = Path(__file__).resolve().parent.parent / "configs" / "recipes"
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0)]
Kind = TypeVar("Kind", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Size(_Part):
    """Height and width of the network's input, pixels."""

    height: int = Field(gt=0)
    width: int = Field(gt=0)


class SmallStart(_Part):
    """The first epochs on smaller inputs, changed less: cheaper, and enough to begin with."""

    height: int = Field(gt=0)
    width: int = Field(gt=0)
    epochs: int = Field(gt=0)
    changes: Fraction = Field(1.0, description="share of the augmentation's values, but for flips")


class Batch(_Part):
    """P people × K crops, or × K tracklets of some frames each."""

    people: int = Field(16, gt=1)
    crops: int = Field(4, gt=0, description="crops a person; with frames: tracklets a person")
    frames: int = Field(1, gt=0, description="frames drawn from each tracklet; 1: single crops")
    stride: int = Field(8, gt=0, description="frames apart, in tracklets long enough for it")


class Augmentation(_Part):
    """How training crops are changed: each value the chance (0–1) or the strength of one change."""

    flip: Fraction = 0.5
    shift: Fraction = Field(0.04, description="padding on each side, as a share of the height")
    rotation: float = Field(0.0, ge=0.0, le=45.0, description="at most this many degrees")
    zoom: Fraction = Field(0.0, description="scaled by up to 1 ± this")
    erase: Fraction = Field(0.5, description="chance of random erasing")
    colour: Fraction = Field(0.0, description="brightness, contrast and saturation by up to ± this")
    camera_style: Fraction = Field(
        0.0, description="chance of another camera's white balance and gamma"
    )
    grey: Fraction = Field(0.0, description="chance of a picture without colour")
    blur: Fraction = Field(0.0, description="chance of a blurred picture")
    resolution: Fraction = Field(0.0, description="chance of a picture seen from farther away")
    occlusion: Fraction = Field(0.0, description="chance of another crop's part pasted over")

    def weakened(self, share: float) -> Augmentation:
        """Everything times `share`, 0–1, but for flips, which cost a network nothing to learn."""
        values = {key: share * value for key, value in self.model_dump().items() if key != "flip"}
        return self.model_copy(update=values)


class Optimiser(_Part):
    """The optimiser; warm-up, then steps, a cosine, or one rate until a cool-down at the end."""

    algorithm: Literal["adam", "sgd", "muon"] = "adam"
    momentum: Fraction = Field(0.9, description="Nesterov's, of SGD and Muon")
    rate: float = Field(3.5e-4, gt=0)
    backbone_share: float = Field(
        1.0, gt=0, description="the backbone's rate as a share of the others', for pretrained ones"
    )
    shares: dict[str, float] = Field(
        {}, description="other parts' shares of the rate, by what their names begin with"
    )
    clip: float | None = Field(
        None, gt=0, description="greatest norm of the gradient of all but the backbone"
    )
    decay: float = Field(5e-4, ge=0, description="weight decay")
    decoupled: bool = Field(False, description="AdamW instead of Adam")
    warmup_epochs: float = Field(10, ge=0, description="linear from 0.01 × rate")
    schedule: Literal["steps", "cosine", "stable"] = "steps"
    steps: tuple[float, ...] = Field((40, 70), description="epochs at which the rate falls to 0.1")
    cooldown_epochs: float = Field(
        2, ge=0, description="stable: the rate falls to 0.01 over the last so many epochs"
    )


class LossWeights(_Part):
    """How much each loss counts; 0 leaves it out."""

    identity: Weight = 1.0
    smoothing: Fraction = 0.1
    triplet: Weight = 1.0
    margin: float = Field(0.3, gt=0)
    triplet_on: Literal["before_neck", "after_neck"] = "before_neck"
    centre: Weight = 0.0
    embedding: Weight = Field(0.0, description="distillation: cosine to the teacher's vectors")
    features: Weight = Field(0.0, description="TKP: a still's feature to its frame's in the clip")
    distances: Weight = Field(0.0, description="TKP: distances between stills to those of frames")
    relation: Weight = Field(0.0, description="distillation: cosines within the batch")
    teach_clips: bool = Field(
        False, description="TKP: propagation changes the clips' branch too, an ablation"
    )


class Recipe(_Part):
    """One training run, but for its data."""

    method: Literal["baseline", "ianet", "sesa", "tkp", "mgran", "dranet", "rdan", "can"] = (
        "baseline"
    )
    summary: str
    architecture: Architecture
    dimension: int = Field(gt=0, le=512)
    input: Size
    small_start: SmallStart | None = None
    epochs: int = Field(gt=0)
    batch: Batch = Batch()
    augmentation: Augmentation = Augmentation()
    optimiser: Optimiser = Optimiser()
    losses: LossWeights = LossWeights()
    dranet: DRANetSettings = DRANetSettings()
    rdan: RDANSettings = RDANSettings()
    can: CANSettings = CANSettings()
    pretrained: str | None = Field(
        None, description="ImageNet weights to begin with: a file, or `imagenet` once downloaded"
    )
    teacher: str | None = Field(None, description="a registered model, for the distillation losses")
    ema: Fraction = Field(0.0, description="decay of the weights' running mean; 0: none")
    bf16: bool = Field(True, description="bf16 autocast where the device computes in it")
    seed: int = 1
    save_steps: int = Field(200, gt=0, description="steps between saved states")

    @model_validator(mode="after")
    def _heads_belong_to_the_baseline(self) -> Recipe:
        if self.architecture.head != "bnneck" and self.method != "baseline":
            raise ValueError(f"architecture.head {self.architecture.head} needs method: baseline")
        return self

    @model_validator(mode="after")
    def _can_keeps_crops_to_ask_with(self) -> Recipe:
        if self.method == "can" and self.can.support >= self.batch.crops:
            raise ValueError(
                f"can.support {self.can.support} must be less than batch.crops {self.batch.crops}"
            )
        return self

    @model_validator(mode="after")
    def _mgran_serves_four_blocks(self) -> Recipe:
        if self.method == "mgran" and self.dimension % 4:
            raise ValueError(f"dimension {self.dimension} must be a multiple of 4 for mgran")
        return self


def known_recipes() -> tuple[str, ...]:
    """The names of the recipes that come with the program."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.yaml")))


def load_recipe(name: str, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe by name or path.

    Args:
        name: one of `known_recipes`, or the path of a YAML file.
        overrides: `batch.people=8`, each changing one value.

    Raises:
        RecipeError: there is no such recipe, or it or an override cannot be used.
    """
    return read_recipe(Recipe, RECIPES, name, overrides)


def read_recipe(kind: type[Kind], folder: Path, name: str, overrides: Sequence[str]) -> Kind:
    """As `load_recipe`, of any kind of recipe, those known by name lying in `folder`."""
    path = Path(name) if name.endswith(".yaml") else folder / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        known = ", ".join(sorted(each.stem for each in folder.glob("*.yaml")))
        raise RecipeError(
            f"There is no recipe {name!r}. Known: {known}; or give the path of a YAML file."
        ) from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is not YAML ({error}). Put it right.") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{path} holds no recipe. See the ones in {folder}.")
    for pair in overrides:
        override(content, pair)
    return _checked(kind, content, str(path))


def parse_recipe(content: dict[str, Any], where: str) -> Recipe:
    """Check a recipe's values; `where` names its source in messages.

    Raises:
        RecipeError: a value is unknown, missing or out of range; the first is named.
    """
    return _checked(Recipe, content, where)


def _checked(kind: type[Kind], content: dict[str, Any], where: str) -> Kind:
    try:
        return kind.model_validate_json(json.dumps(content))
    except (ValidationError, TypeError) as error:
        why = str(error)
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            why = f"{'.'.join(map(str, first['loc'])) or 'the whole recipe'}: {first['msg']}"
        raise RecipeError(f"The recipe {where} cannot be used ({why}). Put it right.") from error


def override(content: dict[str, Any], pair: str) -> None:
    """Change one value of a recipe's content in place, `batch.people=8`.

    Raises:
        RecipeError: it is not KEY=VALUE, or the key leads into a plain value.
    """
    key, equals, text = pair.partition("=")
    *groups, last = key.strip().split(".")
    if not equals or not last:
        raise RecipeError(f"{pair!r} is not KEY=VALUE. Write for example: --recipe batch.people=8")
    place: Any = content
    for group in groups:
        place = place.setdefault(group, {})
        if not isinstance(place, dict):
            raise RecipeError(f"{key!r} leads into {group!r}, which is a plain value.")
    place[last] = yaml.safe_load(text)
