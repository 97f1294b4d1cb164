"""The training engine: one loop for every method.

A batch and all that is random about it are functions of the recipe's seed and the step, so a run
that is killed and started again computes what it would have computed without the interruption (on
a CPU bit for bit, with the same number of threads).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from reid_models.cards import ModelCard, Preprocessing, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.errors import TrainingError
from reid_models.masks.lessons import with_masks
from reid_models.masks.providers import MaskProvider
from reid_models.optimisers import clip_gradients, make_optimiser, rate_at, set_rate
from reid_models.pretrained import begin_with
from reid_models.recipes import Recipe, Size
from reid_models.runtime import choose_torch_device
from reid_models.samplers import identity_batches
from reid_models.tasks import Moment, build_task
from reid_models.training_data import TrainingSet, draw_frames, make_tracklets
from reid_models.training_log import TrainingLog
from reid_models.training_processes import joined, rank, share_of, together
from reid_models.training_state import Position, load_state, save_state
from reid_models.transforms import IMAGENET_MEAN, IMAGENET_STD, augment

__all__ = ["Report", "train"]

STATE = "state.safetensors"
_LOG_STEPS = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a run tells while it runs."""

    step: int
    epoch: float
    epochs: int
    loss: float
    terms: Mapping[str, float]
    """The weighted parts of the loss."""
    crops_per_second: float


def train(
    name: str,
    recipe: Recipe,
    data: TrainingSet,
    folder: Path,
    *,
    teacher: Tensor | None = None,
    pretrained: Path | None = None,
    masks: MaskProvider | None = None,
    device: str = "auto",
    stop_after: int | None = None,
    report: Callable[[Report], None] | None = None,
) -> Path | None:
    """Train, or go on with the run in `folder`.

    A run may be gone on with for another number of epochs than it was begun with; with the
    schedule "stable" that adds up to one longer run.

    Args:
        name: of the model that comes out; its folder and its card are called so.
        recipe: what to compute.
        data: what to learn from.
        folder: of the run: recipe.yaml, log.csv, tensorboard/, state.safetensors and at last
            `<name>/`.
        teacher: float32 (N, D) of length 1, one row a crop, for the distillation losses.
        pretrained: weights a new run begins with, see `load_torchvision`.
        masks: who says where body regions are (MGRAN); kept beside the runs. None: stripes.
        device: "auto", "cpu", "cuda" or "cuda:N".
        stop_after: leave the run, its state saved, when it has come to this step.
        report: called every 20 steps.

    Returns:
        The checkpoint's folder, or None when the run was left before its end.

    Raises:
        TrainingError: the recipe asks for a teacher or for weights that were not given, the loss
            is no longer finite, or `folder` holds another run.
        WeightsMissing, WeightsBroken: see `load_torchvision`.
        DatasetError: there are fewer people than a batch needs.
        DeviceUnavailable: see `choose_torch_device`.
    """
    if recipe.pretrained is not None and pretrained is None:
        raise TrainingError(
            f"The recipe {name} begins with the weights {recipe.pretrained!r}, which were not "
            "given. Leave them out with: --recipe pretrained=null"
        )
    if teacher is None and (recipe.losses.embedding or recipe.losses.relation):
        raise TrainingError(
            f"The recipe {name} learns from a teacher. Name one with: --recipe teacher=NAME"
        )
    if recipe.method == "mgran":
        data = with_masks(data, recipe.architecture, masks, folder.parent / "masks")
    with joined(device) as here:
        run = _Run(recipe, data, teacher, choose_torch_device(here))
        folder.mkdir(parents=True, exist_ok=True)
        position = Position()
        if (folder / STATE).is_file():
            position = load_state(folder / STATE, recipe, run.modules, run.optimiser)
        elif pretrained is not None:
            begin_with(run.task.network, pretrained)
        if rank() > 0:
            return _go(name, run, folder, position, None, stop_after, report)
        values = recipe.model_dump(mode="json")
        written = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
        (folder / "recipe.yaml").write_text(written, "utf-8")
        with TrainingLog(folder, position.step) as log:
            return _go(name, run, folder, position, log, stop_after, report)


def _go(
    name: str,
    run: _Run,
    folder: Path,
    position: Position,
    log: TrainingLog | None,
    stop_after: int | None,
    report: Callable[[Report], None] | None,
) -> Path | None:
    recipe, data = run.recipe, run.data

    def save() -> None:
        if log is not None:
            save_state(folder / STATE, position, recipe, run.modules, run.optimiser)

    tracklets = make_tracklets(data, recipe.batch.frames)
    people = [int(data.labels[tracklet[0]]) for tracklet in tracklets]
    started, first = time.perf_counter(), position.step
    for epoch in range(position.epoch, recipe.epochs):
        batches = identity_batches(
            people, p=recipe.batch.people, k=recipe.batch.crops, seed=recipe.seed, epoch=epoch
        )
        for index in range(position.batch, len(batches)):
            if stop_after is not None and position.step >= stop_after:
                save()
                return None
            where = epoch + index / len(batches)
            rate = rate_at(where, recipe.optimiser, recipe.epochs)
            chosen = draw_frames(tracklets, batches[index], recipe, position.step)
            share = share_of(chosen, recipe.batch.people)
            terms = run.step(torch.from_numpy(share), position.step, where, rate)
            position = Position(epoch, index + 1, position.step + 1)
            logged = position.step % _LOG_STEPS == 0
            saved = position.step % recipe.save_steps == 0
            if not (logged or saved):
                continue
            values = {key: float(value) for key, value in terms.items()}
            loss = sum(values.values())
            if not math.isfinite(loss):
                raise TrainingError(
                    f"The loss of {name} is no longer a number at step {position.step}. Lower "
                    f"optimiser.rate; the state of the last save is in {folder}."
                )
            if logged and log is not None:
                log.add(position.step, where, rate, values)
                if report is not None:
                    done = (position.step - first) * len(chosen)
                    speed = done / (time.perf_counter() - started)
                    report(Report(position.step, where, recipe.epochs, loss, values, speed))
            if saved:
                save()
        position = Position(epoch + 1, 0, position.step)
    save()
    return run.export(name, folder) if log is not None else folder / name


class _Run:
    """The parts of one run and what one step does with them."""

    def __init__(
        self, recipe: Recipe, data: TrainingSet, teacher: Tensor | None, device: str
    ) -> None:
        self.recipe, self.data, self.teacher, self.device = recipe, data, teacher, device
        self.task = build_task(recipe, data.people).to(device).train()
        self.task.to(memory_format=torch.channels_last)
        self.called = together(self.task, device)
        self.optimiser = make_optimiser(self.task, recipe.optimiser)
        self.modules: dict[str, nn.Module] = {"task": self.task}
        self.mean: AveragedModel | None = None
        if recipe.ema:
            self.mean = AveragedModel(
                self.task.network, multi_avg_fn=_running_mean(recipe.ema), use_buffers=True
            )
            self.modules["mean"] = self.mean

    def step(self, indices: Tensor, step: int, epoch: float, rate: float) -> dict[str, Tensor]:
        recipe = self.recipe
        seed = recipe.seed * 1_000_003 + step + rank() * 1_000_000_007
        generator = torch.Generator().manual_seed(seed)
        start = recipe.small_start
        size, augmentation = recipe.input, recipe.augmentation
        if start is not None and epoch < start.epochs:
            size = Size(height=start.height, width=start.width)
            augmentation = augmentation.weakened(start.changes)
        images = augment(
            self.data.crops[indices].to(self.device),
            augmentation,
            generator,
            height=size.height,
            width=size.width,
            frames=recipe.batch.frames,
        ).contiguous(memory_format=torch.channels_last)
        labels = self.data.labels[indices].to(self.device)
        teacher = None if self.teacher is None else self.teacher[indices].to(self.device)
        kind = self.device.split(":")[0]
        bf16 = recipe.bf16 and _computes_bf16(kind)
        with torch.autocast(kind, torch.bfloat16) if bf16 else nullcontext():
            terms = self.called(images, labels, teacher, Moment(epoch, seed + 10**12))
            loss = torch.stack(list(terms.values())).sum()
        set_rate(self.optimiser, rate)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if recipe.optimiser.clip is not None:
            clip_gradients(self.task, recipe.optimiser.clip)
        self.optimiser.step()
        if self.mean is not None:
            self.mean.update_parameters(self.task.network)
        return {key: value.detach() for key, value in terms.items()}

    def export(self, name: str, folder: Path) -> Path:
        """Write the checkpoint `folder/<name>`, of the running mean where there is one."""
        recipe = self.recipe
        network = self.task.network if self.mean is None else self.mean.module
        assert isinstance(network, nn.Module)
        card = ModelCard(
            name=name,
            summary=recipe.summary,
            method=recipe.method,
            roles=card_named(recipe.method).roles,
            modalities=("image", "tracklet"),
            dimension=recipe.dimension,
            source=f"trained with: train run {name}",
            terms="Weights trained on research-only data",
            research_only=True,
            trained_on=self.data.source
            + (f"; teacher: {recipe.teacher}" if self.teacher is not None else "")
            + (f"; begun with {Path(recipe.pretrained).name}" if recipe.pretrained else ""),
            format="safetensors",
            preprocessing=Preprocessing(
                width=recipe.input.width,
                height=recipe.input.height,
                colour="rgb",
                scale=1 / 255,
                mean=IMAGENET_MEAN,
                std=IMAGENET_STD,
            ),
            architecture=recipe.architecture,
        )
        save_checkpoint(network, card, folder / name, half=True)
        return folder / name


Tensors = tuple[Tensor, ...] | list[Tensor]


def _running_mean(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    @torch.no_grad()
    def update(mean: Tensors, now: Tensors, count: Tensor | int) -> None:
        # While there is little to average over, the mean must forget its random start quickly.
        share = 1.0 - min(decay, (1.0 + float(count)) / (10.0 + float(count)))
        for old, new in zip(mean, now, strict=True):
            if old.is_floating_point():
                old.lerp_(new.to(old.dtype), share)
            else:
                old.copy_(new)

    return update


def _computes_bf16(kind: str) -> bool:
    """Whether bf16 is computed in hardware: emulated, it is slower than float32."""
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
