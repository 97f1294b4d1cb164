"""Model cards: what a model is, where its files come from, under which terms, how well it did.

A card is a `card.yaml`. Cards of the models known to everybody lie in `reid_models/weights/<name>/`
(the files themselves are not shipped); a checkpoint folder of our own has its card beside it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from reid_models.errors import CardBroken, ModelUnknown
from reid_models.roles import Modality

__all__ = [
    "LICENCE",
    "SHIPPED_CARDS",
    "Architecture",
    "Measured",
    "ModelCard",
    "ModelFile",
    "Preprocessing",
    "TrainingRecipe",
    "card_named",
    "known_cards",
    "read_card",
    "write_card",
]

log = logging.getLogger(__name__)
SHIPPED_CARDS = Path(__file__).parent / "weights"
LICENCE = "LICENSE"
"""File beside the weights with their terms."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class ModelFile(_Part):
    """One file of a model: its name in a folder, where it can be had, and how to know it."""

    name: str = Field(description="file name, without folders")
    sha256: Sha256
    size: int = Field(gt=0, description="bytes")
    url: str | None = Field(default=None, description="None: no lasting address is known")

    @field_validator("name")
    @classmethod
    def _is_a_plain_name(cls, name: str) -> str:
        if name in {"", ".", ".."} or PurePosixPath(name).name != name or "\\" in name:
            raise ValueError(f"{name!r} must be a file name without folders")
        return name

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://127.0.0.1:")):
            raise ValueError(f"{url!r} must start with https://")
        return url


class Preprocessing(_Part):
    """How a crop becomes the network's input; it belongs to the weights."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    colour: Literal["rgb", "bgr"]
    scale: float = Field(default=1.0, gt=0, description="pixels 0–255 are multiplied by this first")
    mean: tuple[float, float, float] | None = Field(default=None, description="in `colour` order")
    std: tuple[float, float, float] | None = None
    interpolation: Literal["bilinear", "bicubic", "area"] = "bilinear"

    @model_validator(mode="after")
    def _mean_and_std_come_together(self) -> Preprocessing:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std must be given together")
        return self


class Architecture(_Part):
    """What to build before the weights can be loaded (methods of our own)."""

    depth: Literal[10, 18, 34, 50]
    width: int = Field(default=64, ge=8, le=256, description="channels of the first stage")
    head: Literal["bnneck", "ide", "pcb"] = Field(
        default="bnneck", description="baseline: which of the three"
    )
    stripes: int = Field(default=6, ge=1, le=16, description="PCB, DRANet: from head to foot")
    stripe_channels: int = Field(default=256, ge=1, description="PCB, DRANet: channels a stripe")
    parts: tuple[Literal["sia", "cia", "se", "sa"], ...] = Field(
        default=(), description="what a method builds in, to leave parts out in ablations"
    )
    stages: tuple[Literal[1, 2, 3, 4], ...] = Field(
        default=(), description="IANet: after which stages"
    )
    patches: tuple[Literal[1, 3, 5, 7], ...] = Field(
        default=(1,), description="IANet: sizes of the patches that SIA compares"
    )
    scaled_channels: bool = Field(
        default=True, description="IANet: CIA's dot products are scaled; the paper's are not"
    )
    shared_trunk: bool = Field(
        default=False, description="TKP: one trunk for stills and clips (the light pair)"
    )
    glimpses: int = Field(default=4, ge=1, le=8, description="RDAN: windows it looks at")
    memory: int = Field(default=512, ge=8, le=1024, description="RDAN: numbers it remembers")
    policy: Literal["learnt", "random", "centre"] = Field(
        default="learnt", description="RDAN: where it looks; random and centre are controls"
    )
    pair_channels: int = Field(default=256, ge=1, description="CAN: channels that are compared")
    map_size: tuple[int, int] = Field(default=(16, 8), description="CAN: rows and columns compared")
    temperature: float = Field(
        default=0.025, gt=0, description="CAN: the larger, the flatter its attention"
    )
    meta_fusion: bool = Field(default=True, description="CAN: else all correlations count alike")
    mask_level: Literal["image", "feature"] = Field(
        default="image", description="MGRAN: masks on the picture, the paper's, or on its features"
    )
    region_shape: Literal["region", "part"] = Field(
        default="region", description="MGRAN: free-form regions, or their rectangles"
    )
    masks: Literal["stripes", "pose"] = Field(
        default="stripes", description="MGRAN: who says where the regions are"
    )
    ibn: bool = Field(default=False, description="instance normalisation in half the channels")


class Measured(_Part):
    """One measurement of the model, repeatable by `command`."""

    benchmark: str
    protocol: str
    queries: int = Field(gt=0)
    rank1: Fraction
    rank5: Fraction
    mean_ap: Fraction
    precision: str = Field(description="where it ran, e.g. 'cpu, openvino bf16'")
    command: str


class TrainingRecipe(_Part):
    """How the weights were made, so that somebody else can make them again."""

    command: str
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] | None = Field(
        default=None, description="its values, beside the card; None: the command says all"
    )


class ModelCard(_Part):
    """Everything worth knowing about one model."""

    name: Name
    summary: str
    method: Name
    roles: tuple[Literal["image_embedder", "tracklet_embedder", "pair_scorer"], ...]
    modalities: tuple[Modality, ...]
    dimension: int = Field(gt=0, le=512)
    source: str
    terms: str
    research_only: bool
    trained_on: str
    format: Literal["openvino", "onnx", "safetensors"]
    files: tuple[ModelFile, ...] = ()
    folders: tuple[str, ...] = Field(
        default=(), description="sub-folders the files are also looked for in"
    )
    preprocessing: Preprocessing
    architecture: Architecture | None = None
    measured: tuple[Measured, ...] = ()
    recipe: TrainingRecipe | None = Field(default=None, description="None: not made by us")
    weaknesses: tuple[str, ...] = Field(
        default=(), description="where it does badly, or where nobody knows how it does"
    )

    @field_validator("folders")
    @classmethod
    def _stay_inside(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        for folder in folders:
            path = PurePosixPath(folder)
            if path.is_absolute() or ".." in path.parts or "\\" in folder:
                raise ValueError(f"{folder!r} must be a folder below the models' folder")
        return folders

    @model_validator(mode="after")
    def _architecture_fits_format(self) -> ModelCard:
        if (self.format == "safetensors") != (self.architecture is not None):
            raise ValueError("a safetensors model needs an architecture, the others have none")
        return self

    @property
    def sha256(self) -> str | None:
        """The file's hash; for several files the hash of their hashes in order; None without."""
        if not self.files:
            return None
        if len(self.files) == 1:
            return self.files[0].sha256
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()

    @property
    def input_channels(self) -> int:
        """Of its network's input: red, green and blue, and MGRAN's four masks."""
        return 7 if self.method == "mgran" else 3

    @property
    def space(self) -> str | None:
        """Name of the vector space: weights and preprocessing together; None without weights."""
        if self.sha256 is None:
            return None
        recipe = json.dumps(self.preprocessing.model_dump(mode="json"), sort_keys=True)
        if self.method == "mgran" and self.architecture is not None:
            recipe += f"\n{self.architecture.masks} {self.architecture.region_shape}"
        digest = hashlib.sha256(f"{self.sha256}\n{recipe}".encode()).hexdigest()
        return f"{self.name}@{digest[:12]}"

    def measurement(self, benchmark: str) -> Measured | None:
        """The card's measurement on `benchmark`, or None."""
        return next((entry for entry in self.measured if entry.benchmark == benchmark), None)


def read_card(path: Path) -> ModelCard:
    """Read a card.yaml.

    Raises:
        CardBroken: the file cannot be read or does not describe a model.
    """
    try:
        return ModelCard.model_validate_json(json.dumps(yaml.safe_load(path.read_text("utf-8"))))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole card"
        why = f"{field}: {first['msg']}"
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError) as error:
        why = str(error)
    raise CardBroken(
        f"The model card {path} cannot be used ({why}). Put it right, or remove its folder.",
        name=path.parent.name,
    )


def write_card(card: ModelCard, path: Path) -> None:
    """Write `card` as YAML, replacing the file in one step."""
    content = yaml.safe_dump(
        card.model_dump(mode="json", exclude_defaults=True),
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    temporary = path.with_suffix(".tmp")
    temporary.write_text(content, "utf-8")
    temporary.replace(path)


@cache
def _shipped() -> tuple[ModelCard, ...]:
    return tuple(read_card(path) for path in sorted(SHIPPED_CARDS.glob("*/card.yaml")))


def known_cards(folders: Sequence[Path] = ()) -> tuple[ModelCard, ...]:
    """The shipped cards, then those of checkpoint folders (`<folder>/<name>/card.yaml`).

    A checkpoint cannot take the name of a shipped card that has weights: that card wins. It is
    left out with a logged warning, as is a card that does not describe a model, so that one
    folder never makes the other models unusable.
    """
    cards = {card.name: card for card in _shipped()}
    fixed = {card.name for card in _shipped() if card.files}
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.glob("*/card.yaml")):
            try:
                card = read_card(path)
            except CardBroken as error:
                log.warning("%s", error)
                continue
            if card.name in fixed and card.sha256 != cards[card.name].sha256:
                log.warning("%s", _name_is_taken(path.parent, card.name))
            elif card.name not in fixed | seen:
                seen.add(card.name)
                cards[card.name] = card
    return tuple(cards.values())


def _name_is_taken(folder: Path, name: str) -> str:
    return (
        f"The checkpoint {folder} is left out: a model called {name} comes with the program. "
        "Give it another name in its card.yaml and name its folder so."
    )


def card_named(name: str, folders: Sequence[Path] = ()) -> ModelCard:
    """The card called `name`.

    Raises:
        ModelUnknown: there is none; the message lists the nearest known names.
    """
    cards = {card.name: card for card in known_cards(folders)}
    if name in cards:
        return cards[name]
    nearest = tuple(difflib.get_close_matches(name, cards, n=3, cutoff=0.4))
    hint = f"Did you mean {' or '.join(nearest)}?" if nearest else f"Known: {', '.join(cards)}."
    raise ModelUnknown(
        f"There is no re-ID model called {name!r}. {hint}", name=name, nearest=nearest
    )
