"""Cards of detectors of our own: what they learnt from, under which terms, how good they are.

A detector that ships lies in `tracking/weights/<name>/`: `card.yaml`, its licence, and its weights.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tracking.errors import DetectorWeightsBroken

SHIPPED = Path(__file__).parent / "weights"
CARD = "card.yaml"

log = logging.getLogger(__name__)
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or name in ("", "."):
        raise ValueError(f"{name!r} must be a path below the card's folder")
    return name


Inside = Annotated[str, AfterValidator(_inside)]


class DetectorFile(_Part):
    """One file, by its path below the card's folder."""

    name: Inside
    sha256: Sha256
    size: int = Field(gt=0, description="bytes")


class DetectorMeasured(_Part):
    """How many tall people it finds, at the precision of its peer; repeatable by `command`."""

    benchmark: str
    peer: str
    precision: Fraction
    recall: Fraction
    peer_recall: Fraction
    ratio: float = Field(ge=0.0, description="recall / peer's recall")
    command: str


class DetectorCard(_Part):
    """Everything worth knowing about a detector of ours."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
    summary: str
    licence: str = Field(description="SPDX identifier of the weights, or words")
    trained_on: str
    recipe: str = Field(description="the command that trained it, and how long it ran")
    weaknesses: str
    precision: str = Field(description="of the stored numbers, e.g. float16")
    image_size: int = Field(gt=0, description="longer side of its input in training, pixels")
    weights: Inside = Field(description="what the detector loads, below the card's folder")
    files: tuple[DetectorFile, ...] = Field(min_length=1)
    measured: tuple[DetectorMeasured, ...] = ()

    @property
    def ratio(self) -> float:
        """The worst of its measured ratios; 0 where nothing was measured."""
        return min((each.ratio for each in self.measured), default=0.0)


@dataclass(frozen=True, slots=True)
class ShippedDetector:
    """A detector that comes with the program.

    Args:
        card: what it is.
        weights: what `PersonDetector` loads.
    """

    card: DetectorCard
    weights: Path


def read_detector_card(path: Path) -> DetectorCard:
    """Read a card.yaml.

    Raises:
        DetectorWeightsBroken: it cannot be read, or does not describe a detector.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        return DetectorCard.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc'])) or 'the whole card'}: {first['msg']}"
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError) as error:
        why = str(error)
    raise DetectorWeightsBroken(
        f"The detector's card {path} cannot be used ({why}). Put it right, or remove its folder."
    )


def write_detector_card(card: DetectorCard, path: Path) -> None:
    """Write a card as YAML, replacing the file in one step."""
    content = yaml.safe_dump(
        card.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100
    )
    temporary = path.with_suffix(".tmp")
    temporary.write_text(content, "utf-8")
    temporary.replace(path)


def shipped_detectors(folder: Path = SHIPPED) -> tuple[ShippedDetector, ...]:
    """The detectors whose files are all there, with their size, best measured first.

    One with a damaged card or missing files is left out with a logged warning.
    """
    found = []
    for path in sorted(folder.glob(f"*/{CARD}")):
        try:
            card = read_detector_card(path)
        except DetectorWeightsBroken as error:
            log.warning("%s", error)
            continue
        places = [(path.parent / file.name, file.size) for file in card.files]
        if all(place.is_file() and place.stat().st_size == size for place, size in places):
            found.append(ShippedDetector(card, path.parent / card.weights))
        else:
            log.warning("Files of the detector %s are missing or cut off in %s.", card.name, folder)
    return tuple(sorted(found, key=lambda each: (-each.card.ratio, each.card.name)))


def card_beside(weights: Path) -> DetectorCard | None:
    """The card of weights of ours, None for all others."""
    path = weights.parent / CARD
    if not path.is_file():
        return None
    card = read_detector_card(path)
    return card if card.weights == weights.name else None
