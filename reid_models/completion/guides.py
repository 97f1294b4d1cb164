"""The re-ID network behind STCnet: it says which frames are clean, and guides by identity.

It is the first stage of VRSTC's training: a run of `baseline`, `ide`, `ianet` or `sesa` on the same
data, finished or not, taken from its folder with the classifier that no checkpoint keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import yaml
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from reid_models.completion.adversaries import IdGuider
from reid_models.errors import RecipeError, TrainingError
from reid_models.methods.baseline import Baseline
from reid_models.occlusion_scores import BANDS, band_means, calibrate_thresholds, score_bands
from reid_models.recipes import Recipe, parse_recipe
from reid_models.samplers import Indices
from reid_models.tasks import build_task
from reid_models.tasks.baseline import BaselineTask
from reid_models.transforms import clean

__all__ = ["Examples", "Guide", "band_features", "find_clean", "load_guide", "make_examples"]

_AT_ONCE = 128


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """A trained re-ID network with its classifier."""

    name: str
    network: Baseline
    recipe: Recipe
    classifier: nn.Module

    def guider(self) -> IdGuider:
        """The frozen judge of who is painted."""
        size = self.recipe.input
        return IdGuider(_Logits(self.network, self.classifier), size.height, size.width)


class _Logits(nn.Module):
    def __init__(self, network: Baseline, classifier: nn.Module) -> None:
        super().__init__()
        self.network, self.classifier = network, classifier

    def forward(self, images: Tensor) -> Tensor:
        return torch.as_tensor(self.classifier(self.network.features(images).evaluation))


def load_guide(run: Path, people: int) -> Guide:
    """Take network and classifier from the folder of a training run.

    Args:
        run: holds recipe.yaml and state.safetensors.
        people: of the data that STCnet learns from, which must be the run's own.

    Raises:
        TrainingError: there is no such run, it is of a method without one classifier, or it told
            another number of people apart.
    """
    state = run / "state.safetensors"
    try:
        recipe = parse_recipe(yaml.safe_load((run / "recipe.yaml").read_text("utf-8")), str(run))
        with safe_open(state, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith("task.")]  # noqa: SIM118
            tensors = {name.removeprefix("task."): file.get_tensor(name) for name in names}
    except (OSError, SafetensorError, yaml.YAMLError, RecipeError) as error:
        raise TrainingError(
            f"{run} holds no training run ({error}). Train one first on the same data: train run "
            "ide-light"
        ) from error
    task = build_task(recipe, people)
    if not isinstance(task, BaselineTask):
        raise TrainingError(
            f"{run} is a run of {recipe.method}, which has not one classifier for a whole frame. "
            "Give a run of ide, baseline, ianet or sesa."
        )
    try:
        task.load_state_dict(tensors)
    except RuntimeError as error:
        raise TrainingError(
            f"{run} was trained on other data than these {people} people "
            f"({str(error).splitlines()[-1].strip()}). Give the sets it was trained on."
        ) from error
    task.eval().requires_grad_(False)
    return Guide(run.name, task.network, recipe, task.classifier)


def band_features(
    network: Baseline, crops: Tensor, recipe: Recipe, bands: int = BANDS
) -> npt.NDArray[np.float32]:
    """(N, bands, C) of uint8 crops (N, 3, H, W), by the network's last map."""
    device = next(network.parameters()).device
    parts = []
    with torch.inference_mode():
        for start in range(0, len(crops), _AT_ONCE):
            chunk = crops[start : start + _AT_ONCE].to(device)
            maps = network.backbone(clean(chunk, recipe.input.height, recipe.input.width))
            parts.append(band_means(maps.float().cpu().numpy(), bands))
    return np.concatenate(parts)


def find_clean(
    features: npt.NDArray[np.float32], tracklets: list[Indices], false_alarms: float
) -> npt.NDArray[np.bool_]:
    """Which crops (N,) have no band below τ, which this share of all bands lies below.

    Args:
        features: (N, K, C).
        tracklets: indices of each tracklet's crops.
        false_alarms: 0: every crop is clean.
    """
    clean_ones = np.ones(len(features), np.bool_)
    scores = {n: score_bands(features[rows]).scores for n, rows in enumerate(tracklets)}
    if false_alarms and any(len(rows) > 1 for rows in tracklets):
        thresholds = calibrate_thresholds(list(scores.values()), false_alarms=false_alarms)
        for n, rows in enumerate(tracklets):
            clean_ones[rows] = (scores[n] >= thresholds).all(axis=1)
    return clean_ones


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Clean frames with their nearest clean neighbours in time; rows of the training set."""

    frames: Indices
    before: Indices
    after: Indices


def make_examples(tracklets: list[Indices], clean_ones: npt.NDArray[np.bool_]) -> Examples:
    """One example for each clean frame that has a clean neighbour; at an end it stands twice.

    Raises:
        TrainingError: no tracklet has two clean frames.
    """
    found: list[tuple[int, int, int]] = []
    for rows in tracklets:
        kept = [int(row) for row in rows if clean_ones[row]]
        for place, row in enumerate(kept if len(kept) > 1 else []):
            before = kept[place - 1] if place else kept[1]
            after = kept[place + 1] if place + 1 < len(kept) else kept[place - 1]
            found.append((row, before, after))
    if not found:
        raise TrainingError(
            "No tracklet has two clean frames, so there is nothing to learn from. Give data with "
            "tracklets, or a smaller false_alarms."
        )
    columns = np.array(found, np.int64).T
    return Examples(columns[0], columns[1], columns[2])
