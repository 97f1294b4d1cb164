"""A detector's recipe: everything that decides how it is trained, but for its pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tracking.errors import DetectorTrainingError

RECIPES = Path(__file__).resolve().parent.parent.parent / "configs" / "detectors"
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Augmentation(_Part):
    """How pictures are changed: chances (0–1) and strengths, as Ultralytics means them."""

    mosaic: Fraction = Field(1.0, description="chance of four pictures in one")
    mixup: Fraction = Field(0.0, description="chance of a second picture shining through")
    scale: Fraction = Field(0.5, description="zoomed by up to 1 ± this")
    translate: Fraction = Field(0.1, description="moved by up to this share of the side")
    degrees: float = Field(0.0, ge=0.0, le=45.0, description="turned by up to this")
    flip: Fraction = Field(0.5, description="chance of a mirrored picture")
    hue: Fraction = 0.015
    saturation: Fraction = 0.7
    brightness: Fraction = 0.4


class DetectorRecipe(_Part):
    """One training run of a detector."""

    summary: str
    network: str = Field("yolo11.yaml", pattern=r"^[a-z0-9-]+\.yaml$", description="Ultralytics'")
    depth: float = Field(0.5, gt=0, le=2, description="share of the repeated blocks")
    width: float = Field(0.25, gt=0, le=2, description="share of the channels")
    image_size: int = Field(320, ge=32, le=1280, multiple_of=32)
    epochs: int = Field(gt=0)
    cooldown: int = Field(10, ge=0, description="last epochs: rate falls, no mosaics")
    batch: int = Field(16, gt=0)
    rate: float = Field(2e-3, gt=0, description="of AdamW")
    decay: float = Field(5e-4, ge=0, description="weight decay")
    warmup: float = Field(1.0, ge=0, description="epochs")
    seed: int = Field(0, ge=0)
    augmentation: Augmentation = Augmentation()


def known_detector_recipes() -> list[str]:
    """Names of the recipes that come with the program."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


def load_detector_recipe(name: str, overrides: Sequence[str] = ()) -> DetectorRecipe:
    """Read a recipe by name or path.

    Args:
        name: one of `known_detector_recipes`, or the path of a YAML file.
        overrides: `epochs=20` or `augmentation.mixup=0`, each changing one value.

    Raises:
        DetectorTrainingError: there is no such recipe, or it or an override cannot be used.
    """
    path = Path(name) if name.endswith(".yaml") else RECIPES / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise DetectorTrainingError(
            f"There is no detector recipe '{name}' ({type(error).__name__}). Known: "
            f"{', '.join(known_detector_recipes())}; or give the path of a YAML file."
        ) from error
    try:
        for pair in overrides:
            _override(content, pair)
        return DetectorRecipe.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole recipe"
        raise DetectorTrainingError(
            f"The detector recipe {path} cannot be used ({where}: {first['msg']}). Put it right."
        ) from error


def _override(content: dict[str, Any], pair: str) -> None:
    key, equals, text = pair.partition("=")
    *groups, last = key.strip().split(".")
    if not equals or not last:
        raise DetectorTrainingError(
            f"'{pair}' is not KEY=VALUE. Write for example: --recipe epochs=20"
        )
    place: Any = content
    for group in groups:
        place = place.setdefault(group, {})
        if not isinstance(place, dict):
            raise DetectorTrainingError(f"'{key}' leads into '{group}', which is a plain value.")
    place[last] = yaml.safe_load(text)
