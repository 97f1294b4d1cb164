"""Which masks a model looks through, as its card says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reid_models.cards import ModelCard
from reid_models.errors import WeightsMissing
from reid_models.masks.inputs import masked_inputs
from reid_models.masks.providers import MaskProvider, StripeMasks
from reid_models.masks.regions import BodyMasks
from reid_models.roles import Crop

__all__ = ["find_pose_weights", "prepare_for", "provider_for"]


def prepare_for(
    card: ModelCard, folders: Sequence[Path]
) -> Callable[[Sequence[Crop]], npt.NDArray[np.float32]] | None:
    """What makes a model's inputs from crops, where these are more than the crops: MGRAN's masks.

    Args:
        card: the model's.
        folders: where a pose model is looked for, if the card asks for one.

    Raises:
        WeightsMissing: the card asks for a pose model, and there is none.
    """
    if card.method != "mgran":
        return None
    assert card.architecture is not None
    provider = provider_for(card.architecture.masks, folders, card.name)
    return masked_inputs(provider, card.preprocessing, card.architecture)


def provider_for(masks: str, folders: Sequence[Path], name: str) -> MaskProvider:
    """The provider called `masks`, stripes or pose, for the model `name`.

    Raises:
        WeightsMissing: as `prepare_for` says.
    """
    if masks == "stripes":
        return StripeMasks()
    weights = find_pose_weights(folders)
    if weights is None:
        raise WeightsMissing(
            f"{name} looks through masks from a pose model, and there is none in "
            f"{', '.join(map(str, folders))}. Put one of Ultralytics' there, such as "
            "yolov8n-pose_openvino_model.",
            name=name,
        )
    return _LatePose(weights)


class _LatePose:
    """A pose model that is loaded when first asked: that takes seconds."""

    def __init__(self, weights: Path) -> None:
        self.version = f"{weights.name.replace(' ', '-')}-1"
        self._weights = weights
        self._provider: MaskProvider | None = None
        self._turn = threading.Lock()

    def masks(self, crops: Sequence[Crop]) -> list[BodyMasks]:
        with self._turn:
            if self._provider is None:
                from reid_models.masks.ultralytics_masks import UltralyticsMasks

                self._provider = UltralyticsMasks(self._weights)
            return self._provider.masks(crops)


def find_pose_weights(folders: Sequence[Path]) -> Path | None:
    """The first pose model in any of the folders: a .pt, .onnx or OpenVINO export by that name."""
    for folder in folders:
        for path in sorted(folder.glob("*-pose*")):
            if path.suffix in {".pt", ".onnx"} or next(path.glob("*.xml"), None) is not None:
                return path
    return None
