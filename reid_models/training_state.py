"""A run's state on disk: everything needed to go on from a step as if nothing had happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from reid_models.errors import TrainingError
from reid_models.recipes import Recipe

__all__ = ["Position", "load_state", "save_state"]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run has come: `batch` batches of epoch `epoch` are done, `step` in all."""

    epoch: int = 0
    batch: int = 0
    step: int = 0


def save_state(
    path: Path,
    position: Position,
    recipe: Recipe,
    modules: dict[str, nn.Module],
    optimiser: torch.optim.Optimizer,
) -> None:
    """Write modules and optimiser as one safetensors file, replacing it in one step."""
    tensors = {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }
    for index, slots in optimiser.state_dict()["state"].items():
        for key, value in slots.items():
            if value is None:  # SGD's momentum before a parameter's first gradient
                continue
            tensors[f"optimiser.{index}.{key}"] = value.detach().cpu().contiguous()
    place = {"epoch": position.epoch, "batch": position.batch, "step": position.step}
    unfinished = path.with_suffix(".tmp")
    save_file(
        tensors,
        unfinished,
        metadata={"position": json.dumps(place), "recipe": recipe.model_dump_json()},
    )
    unfinished.replace(path)


def load_state(
    path: Path,
    recipe: Recipe,
    modules: dict[str, nn.Module],
    optimiser: torch.optim.Optimizer,
) -> Position:
    """Bring modules and optimiser back to where they were saved.

    The recipe must be the one they were saved with, but for how many epochs there are, how many of
    them are on small inputs, how often the state is saved, the words about it, and what it began
    with.

    Raises:
        TrainingError: the file is damaged, or was written by another recipe or other data.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise TrainingError(
            f"{path} is damaged ({error}), so the run cannot go on. Remove {path.parent} to start "
            "again."
        ) from error
    if _of_old(metadata.get("recipe", "{}"), recipe) != recipe:
        raise TrainingError(
            f"{path.parent} holds a run of another recipe. Give another --out, or the recipe and "
            f"overrides in {path.parent / 'recipe.yaml'} to go on with that run."
        )
    try:
        for name, module in modules.items():
            part = {
                k.removeprefix(f"{name}."): v
                for k, v in tensors.items()
                if k.startswith(f"{name}.")
            }
            module.load_state_dict(part)
    except RuntimeError as error:
        raise TrainingError(
            f"{path} was written for other data ({str(error).splitlines()[-1].strip()}). Give "
            "another --out to start a new run."
        ) from error
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimiser."):
            _, index, slot = key.split(".", 2)
            slots.setdefault(int(index), {})[slot] = value
    state = optimiser.state_dict()
    state["state"] = slots
    optimiser.load_state_dict(state)
    return Position(**json.loads(metadata["position"]))


def _of_old(saved: str, recipe: Recipe) -> Recipe | None:
    """The saved recipe with the values that may differ taken from `recipe`; None: unreadable.

    Values that did not exist when it was saved take their defaults, which is what was computed.
    """
    free = recipe.model_dump(
        include={"epochs", "small_start", "summary", "save_steps", "pretrained"}
    )
    try:
        return Recipe.model_validate_json(json.dumps(json.loads(saved) | free))
    except (ValidationError, ValueError):
        return None
