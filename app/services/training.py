"""Training a model of one's own: from a recipe and data sets to a checkpoint folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.services.actor import Actor
from app.workspace import Workspace
from reid_models.datasets import Format, read_dataset
from reid_models.recipes import load_recipe

if TYPE_CHECKING:
    from reid_models.training import Report

TEACHERS = "teachers"


def train_model(
    actor: Actor,
    workspace: Workspace,
    recipe_name: str,
    data: Sequence[Path],
    *,
    kind: Format | None = None,
    overrides: Sequence[str] = (),
    out: Path | None = None,
    device: str | None = None,
    report: Callable[[Report], None] | None = None,
) -> Path:
    """Train, or go on with, one run.

    Args:
        actor: who asks.
        workspace: its models folders hold the teacher.
        recipe_name: a known recipe, or the path of one; the model is called after it.
        data: data sets, whose people all count as different ones.
        kind: format of the data; None: by what lies there.
        overrides: `batch.people=8`, each changing one of the recipe's values.
        out: folder of the run; None: `runs/<recipe>` in the store.
        device: None: as the settings say.
        report: called as the run goes on.

    Returns:
        The checkpoint's folder: card.yaml and weights.safetensors.

    Raises:
        reid_models.errors.ReidError: recipe, data, teacher or run cannot be used.
    """
    from reid_models.registry import load  # loads torch
    from reid_models.training import train
    from reid_models.training_data import load_training_set, teacher_vectors

    recipe = load_recipe(recipe_name, overrides)
    name = Path(recipe_name).stem
    folder = out or workspace.scratch("runs") / name
    training_set = load_training_set([read_dataset(path, kind) for path in data], recipe.input)
    teacher = None
    if recipe.teacher is not None:
        model = load(recipe.teacher, workspace.settings.model_folders)
        teacher = teacher_vectors(model, training_set.samples, folder.parent / TEACHERS)
    checkpoint = train(
        name,
        recipe,
        training_set,
        folder,
        teacher=teacher,
        device=device or workspace.settings.models.device,
        report=report,
    )
    assert checkpoint is not None
    return checkpoint
