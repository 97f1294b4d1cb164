"""Trains a person detector from random weights, or goes on with a run that was stopped."""

from __future__ import annotations

import contextlib
import logging
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tracking.detector import load_ultralytics
from tracking.detector_training.recipe import DetectorRecipe
from tracking.errors import DetectorTrainingError

NAMES = {0: "person"}
RECIPE = "recipe.yaml"
_MAY_CHANGE = {"epochs", "image_size", "batch", "summary"}


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What an epoch did.

    Args:
        epoch: from 1.
        epochs: in all.
        losses: Ultralytics' name of a loss → mean over the epoch.
        map50: mean precision at an overlap of 0.5 on the pictures to watch, 0–1; None between: it
            is measured where a run stops.
    """

    epoch: int
    epochs: int
    losses: dict[str, float]
    map50: float | None


@dataclass(frozen=True, slots=True)
class TrainedSoFar:
    """Where a run stands.

    Args:
        checkpoint: its newest, with which `export` makes weights and a further run goes on.
        epochs: how many are done.
        finished: whether all of the recipe's are.
    """

    checkpoint: Path
    epochs: int
    finished: bool


def train_detector(
    recipe: DetectorRecipe,
    data: Path,
    run: Path,
    *,
    device: str = "auto",
    threads: int = 0,
    minutes: float | None = None,
    config_dir: Path | None = None,
    report: Callable[[EpochReport], None] | None = None,
) -> TrainedSoFar:
    """Train, or go on with, one run.

    A run is stopped between epochs only; one that is killed goes on from its last whole epoch. The
    same seed gives the same run where it is not interrupted; each continuation draws other changes
    of the pictures.

    Args:
        recipe: what to train; a continuation may change `epochs`, `image_size` and `batch`.
        data: a folder of `assembly.assemble`.
        run: the run's own folder.
        device: "auto", "cpu", "cuda" or "cuda:N".
        threads: of the CPU; 0: as PyTorch decides.
        minutes: after which no further epoch is begun that would take longer; at least one is.
        config_dir: where Ultralytics may keep its settings.
        report: called after every epoch.

    Raises:
        DetectorTrainingError: no data there, another recipe's run, all epochs done, no such device.
    """
    if not any((data / "images" / "train").glob("*.jpg")):
        raise DetectorTrainingError(
            f"'{data}' holds no pictures to train on. Make it with: train detector data"
        )
    load_ultralytics(config_dir)
    import torch

    from tracking.detector_training.trainer import ShortRuns

    if threads:
        torch.set_num_threads(threads)
    begun = _begun(recipe, run)
    if begun is not None and begun.epochs >= recipe.epochs:
        raise DetectorTrainingError(
            f"The run '{run}' has its {recipe.epochs} epochs. Give it more with --recipe epochs=N."
        )
    run.mkdir(parents=True, exist_ok=True)
    _write(run / RECIPE, recipe.model_dump(mode="json"))
    _write(run / "network.yaml", _network(recipe))
    # It warns of what a continuation changes, which `ShortRuns` then changes nevertheless.
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    trainer = ShortRuns(
        {
            **_arguments(recipe, run, _device(device)),
            "seed": recipe.seed + (begun.epochs if begun else 0),
            "resume": str(begun.checkpoint) if begun else False,
        },
        _described(data),
        recipe.cooldown,
        None if minutes is None else minutes * 60,
    )
    if report is not None:
        trainer.add_callback("on_fit_epoch_end", lambda it: report(_report(it)))
    # Its progress bars go to stdout, which belongs to results.
    with contextlib.redirect_stdout(sys.stderr):
        trainer.train()
    done = int(trainer.epoch) + 1
    return TrainedSoFar(trainer.last, done, done >= recipe.epochs)


def state_of_run(run: Path) -> TrainedSoFar | None:
    """Where a run stands; None if it has no whole epoch yet.

    The checkpoints are pickles and can run code: only look at runs of your own.
    """
    from tracking.detector_training.trainer import checkpoints

    for path in checkpoints(run):
        state = _opened(path)
        if state is not None:
            done, wanted = int(state["epoch"]) + 1, int(state["train_args"]["epochs"])
            return TrainedSoFar(path, done, done >= wanted)
    return None


def _begun(recipe: DetectorRecipe, run: Path) -> TrainedSoFar | None:
    if not (run / RECIPE).exists():
        return None
    before = DetectorRecipe.model_validate(yaml.safe_load((run / RECIPE).read_text("utf-8")))
    changed = [
        name
        for name in DetectorRecipe.model_fields
        if name not in _MAY_CHANGE and getattr(before, name) != getattr(recipe, name)
    ]
    if changed:
        raise DetectorTrainingError(
            f"The run '{run}' was begun with another {', '.join(changed)}. Name another folder, or "
            "use the recipe it was begun with."
        )
    return state_of_run(run)


def _opened(path: Path) -> dict[str, Any] | None:
    """A checkpoint's content; None where a crash left it torn."""
    import torch

    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError):
        return None
    return found


def _network(recipe: DetectorRecipe) -> dict[str, Any]:
    from ultralytics.nn.tasks import yaml_model_load

    layout: dict[str, Any] = yaml_model_load(recipe.network)
    layout = {key: value for key, value in layout.items() if key not in {"yaml_file", "scale"}}
    return layout | {"nc": len(NAMES), "scales": {"own": [recipe.depth, recipe.width, 1024]}}


def _arguments(recipe: DetectorRecipe, run: Path, device: str) -> dict[str, Any]:
    change = recipe.augmentation
    return {
        "task": "detect",
        "model": str(run / "network.yaml"),
        "data": "given",
        "project": str(run.absolute().parent),
        "name": run.name,
        "exist_ok": True,
        "device": device,
        "workers": 8,
        "cache": "ram",
        "epochs": recipe.epochs,
        "imgsz": recipe.image_size,
        "batch": recipe.batch,
        "nbs": recipe.batch,
        "optimizer": "AdamW",
        "lr0": recipe.rate,
        "warmup_epochs": recipe.warmup,
        "warmup_bias_lr": 0.0,
        "weight_decay": recipe.decay,
        "close_mosaic": recipe.cooldown,
        "mosaic": change.mosaic,
        "mixup": change.mixup,
        "scale": change.scale,
        "translate": change.translate,
        "degrees": change.degrees,
        "fliplr": change.flip,
        "hsv_h": change.hue,
        "hsv_s": change.saturation,
        "hsv_v": change.brightness,
        "pretrained": False,
        "patience": 0,
        "val": False,
        "plots": False,
        "verbose": False,
        "deterministic": True,
        # "bf16" is not checked with weights that Ultralytics would download first.
        "amp": "bf16" if _computes_bf16(device) else False,
    }


def _described(data: Path) -> dict[str, Any]:
    root = data.absolute()
    watched = "watch" if any((root / "images" / "watch").glob("*.jpg")) else "train"
    return {
        "path": root,
        "train": str(root / "images" / "train"),
        "val": str(root / "images" / watched),
        "names": NAMES,
        "nc": len(NAMES),
        "channels": 3,
    }


def _device(wanted: str) -> str:
    import torch

    there = torch.cuda.is_available()
    if wanted.startswith("cuda") and not there:
        raise DetectorTrainingError(
            f"Training on '{wanted}' was asked for, but no CUDA device is there. Use --device cpu."
        )
    if wanted == "cpu" or not there:
        return "cpu"
    return wanted.partition(":")[2] or "0"


def _computes_bf16(device: str) -> bool:
    """Whether bf16 is computed in hardware: emulated, it is slower than float32."""
    import torch

    if device == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.cuda.is_bf16_supported(including_emulation=False)


def _report(trainer: Any) -> EpochReport:
    watched = trainer.metrics.get("metrics/mAP50(B)") if trainer.stop else None
    return EpochReport(
        epoch=int(trainer.epoch) + 1,
        epochs=int(trainer.epochs),
        losses={str(name): float(value) for name, value in trainer.tloss.items()},
        map50=None if watched is None else float(watched),
    )


def _write(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    temporary.replace(path)
