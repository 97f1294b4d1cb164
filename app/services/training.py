"""Training a model of one's own: from a recipe and data sets to a checkpoint folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.errors import BadRequest, NotReady
from app.services.actor import Actor
from app.workspace import Workspace
from reid_models.datasets import Format, read_dataset
from reid_models.datasets.pack import write_pack
from reid_models.recipes import Recipe, load_recipe
from storage import audit

if TYPE_CHECKING:
    from reid_models.training import Report

TEACHERS = "teachers"
IMAGENET = "imagenet"


class QueuedRun(BaseModel):
    """One entry of a queue file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: str
    data: tuple[Path, ...]
    values: tuple[str, ...] = ()
    out: Path | None = None


def read_queue(file: Path) -> tuple[QueuedRun, ...]:
    """Read a queue: a YAML list of recipe, data, and optionally values (KEY=VALUE) and out.

    Relative paths are meant from the file's own folder.

    Raises:
        BadRequest: the file cannot be read, or an entry holds something else.
    """
    try:
        runs = TypeAdapter(tuple[QueuedRun, ...]).validate_python(
            yaml.safe_load(file.read_text("utf-8"))
        )
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadRequest(
            f"{file} is not a queue of training runs ({str(error).splitlines()[0]}). It must be a "
            "YAML list of entries with recipe and data, and optionally values and out."
        ) from error
    here = file.absolute().parent
    return tuple(
        run.model_copy(
            update={
                "data": tuple(here / path for path in run.data),
                "out": here / run.out if run.out else None,
            }
        )
        for run in runs
    )


def pack_sets(
    actor: Actor, data: Sequence[Path], out: Path, *, height: int, kind: Format | None = None
) -> int:
    """Write the training parts of data sets as a pack; returns how many crops it holds.

    Raises:
        reid_models.errors.DatasetError: as `write_pack` says.
    """
    return write_pack([read_dataset(path, kind) for path in data], out, height=height)


def train_model(
    actor: Actor,
    workspace: Workspace,
    recipe_name: str,
    data: Sequence[Path],
    *,
    kind: Format | None = None,
    split: int | None = None,
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
        split: which of the data's splits, from 0; None: the only or first one.
        overrides: `batch.people=8`, each changing one of the recipe's values.
        out: folder of the run; None: `runs/<recipe>` in the store.
        device: None: as the settings say.
        report: called as the run goes on.

    Returns:
        The checkpoint's folder: card.yaml and weights.safetensors.

    Raises:
        NotReady: the recipe begins with ImageNet weights that are not here.
        reid_models.errors.ReidError: recipe, data, teacher or run cannot be used.
    """
    from reid_models.masks.choice import provider_for
    from reid_models.registry import load  # loads torch
    from reid_models.training import train
    from reid_models.training_data import load_training_set, teacher_vectors

    recipe = load_recipe(recipe_name, overrides)
    name = Path(recipe_name).stem
    folder = out or workspace.scratch("runs") / name
    training_set = load_training_set(
        [read_dataset(path, kind, split) for path in data], recipe.input
    )
    teacher = None
    if recipe.teacher is not None:
        model = load(recipe.teacher, workspace.settings.model_folders)
        teacher = teacher_vectors(model, training_set.samples, folder.parent / TEACHERS)
    masks = None
    if recipe.method == "mgran":
        where = workspace.settings.model_folders
        masks = provider_for(recipe.architecture.masks, where, name)
    checkpoint = train(
        name,
        recipe,
        training_set,
        folder,
        teacher=teacher,
        masks=masks,
        pretrained=_pretrained(workspace, recipe),
        device=device or workspace.settings.models.device,
        report=report,
    )
    assert checkpoint is not None
    return checkpoint


def fetch_imagenet_weights(actor: Actor, workspace: Workspace, depth: int) -> Path:
    """Download ImageNet weights for a ResNet of this depth into the store. Goes online.

    Raises:
        reid_models.errors.ReidError: there are none, or they could not be had.
    """
    from reid_models.pretrained import fetch_imagenet  # loads torch

    path = fetch_imagenet(depth, workspace.scratch("models"))
    with workspace.database.write() as session:
        audit.record(session, actor.name, "model.fetch", f"ImageNet weights, depth {depth}", {})
    return path


def _pretrained(workspace: Workspace, recipe: Recipe) -> Path | None:
    """The file that a recipe begins with."""
    from reid_models.pretrained import IMAGENET_DEPTHS, imagenet_file  # loads torch

    if recipe.pretrained != IMAGENET:
        return Path(recipe.pretrained) if recipe.pretrained else None
    depth = recipe.architecture.depth
    path = imagenet_file(workspace.scratch("models"), depth)
    if not path.is_file():
        how = (
            f"Get them with: train imagenet {depth}"
            if depth in IMAGENET_DEPTHS
            else f"There are some for depth {', '.join(map(str, IMAGENET_DEPTHS))}"
        )
        raise NotReady(
            f"There are no ImageNet weights for a ResNet-{depth} in {path.parent}. {how}; or give "
            "a file, --recipe pretrained=FILE, or none, --recipe pretrained=null."
        )
    return path
