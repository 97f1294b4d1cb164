"""Training CAN on few-shot episodes, with the paper's losses and steps.

A run keeps its state after every epoch and goes on from there; what an episode holds is a function
of the seed and its number. The best epoch is chosen on the classes of `val` (the authors' script
takes the test classes).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from reid_models.episode_losses import global_loss, nearest_loss
from reid_models.errors import TrainingError
from reid_models.fewshot.classes import ClassPictures
from reid_models.fewshot.episodes import Shape, draw_episode
from reid_models.fewshot.judging import Accuracy, judge, prototypes
from reid_models.fewshot.network import FewShotCAN
from reid_models.recipes import Augmentation
from reid_models.transforms import augment

__all__ = ["MINI", "TIERED", "Course", "learn"]


@dataclass(frozen=True, slots=True)
class Course:
    """How a run is trained: the authors' values for miniImageNet."""

    shape: Shape = field(default_factory=lambda: Shape(queries=6))
    epochs: int = 90
    episodes: int = 1200
    """An epoch."""
    together: int = 4
    """Episodes a step."""
    rates: tuple[tuple[int, float], ...] = ((0, 0.1), (60, 0.006), (70, 0.0012), (80, 0.00024))
    """From which epoch on which rate."""
    nearest_weight: float = 0.5
    meta_fusion: bool = True
    width: int = 64
    val_episodes: int = 600
    seed: int = 1


MINI = Course()
TIERED = Course(epochs=80, episodes=13_980, rates=((0, 0.1), (20, 0.01), (40, 0.001), (60, 0.0001)))
_CHANGES = Augmentation(flip=0.5, shift=8 / 84, erase=0.5)
STATE, BEST = "state.safetensors", "best.safetensors"


def learn(
    course: Course,
    pictures: Tensor,
    listed: ClassPictures,
    val_pictures: Tensor,
    val_listed: ClassPictures,
    folder: Path,
    *,
    device: str = "cpu",
    report: Callable[[int, float, Accuracy], None] | None = None,
) -> FewShotCAN:
    """Train, or go on with the run in `folder`.

    Args:
        course: how.
        pictures: uint8 (N, 3, side, side) of the training classes.
        listed: which class each is of.
        val_pictures: likewise of the classes by which the best epoch is chosen.
        val_listed: which class each of those is of.
        folder: of the run: its state and the best epoch's weights.
        device: "cpu" or "cuda:N".
        report: called after each epoch with its number, its mean loss and the accuracy on val.

    Returns:
        The best epoch's network in evaluation mode.

    Raises:
        TrainingError: `folder` holds the run of another course.
        DatasetError: see `draw_episode`.
    """
    side = pictures.shape[2]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed)
        network = FewShotCAN(width=course.width, side=side, meta_fusion=course.meta_fusion)
        classifier = nn.Linear(network.backbone.channels, len(listed.names))
    run = nn.ModuleDict({"network": network, "classifier": classifier}).to(device)
    optimiser = torch.optim.SGD(
        run.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True
    )
    folder.mkdir(parents=True, exist_ok=True)
    epoch, best = _resume(folder / STATE, course, run, optimiser)
    for number in range(epoch, course.epochs):
        for group in optimiser.param_groups:
            group["lr"] = [rate for begin, rate in course.rates if number >= begin][-1]
        run.train()
        total = 0.0
        steps = course.episodes // course.together
        for step in range(steps):
            loss = _step(run, course, pictures, listed, (number, step), device)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) / steps
        network.eval()
        found = judge(
            network, val_pictures, val_listed, _exam(course.shape), episodes=course.val_episodes
        )
        if found.mean > best:
            best = found.mean
            save_file(
                {k: v.cpu().contiguous() for k, v in network.state_dict().items()}, folder / BEST
            )
        _save(folder / STATE, course, run, optimiser, number + 1, best)
        if report is not None:
            report(number, total, found)
    with safe_open(folder / BEST, framework="pt") as file:
        network.load_state_dict({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118
    return network.eval()


def _exam(shape: Shape) -> Shape:
    return Shape(shape.ways, shape.shots, 15)


def _step(
    run: nn.ModuleDict,
    course: Course,
    pictures: Tensor,
    listed: ClassPictures,
    place: tuple[int, int],
    device: str,
) -> Tensor:
    """The loss of a few episodes whose pictures go through the network at once."""
    network, classifier = run["network"], run["classifier"]
    assert isinstance(network, FewShotCAN)
    assert isinstance(classifier, nn.Linear)
    shape, side = course.shape, pictures.shape[2]
    drawn = [
        draw_episode(listed.labels, shape, (course.seed, *place, number))
        for number in range(course.together)
    ]
    rows = [torch.from_numpy(part) for each in drawn for part in (each.support, each.queries)]
    number = (course.seed * 1_009 + place[0]) * 1_000_003 + place[1]
    images = augment(
        pictures[torch.cat(rows)].to(device),
        _CHANGES,
        torch.Generator().manual_seed(number),
        height=side,
        width=side,
    )
    maps = network(images).unflatten(0, (course.together, -1))
    told = torch.arange(shape.ways, device=device).repeat_interleave(shape.shots)
    classes = torch.arange(shape.ways, device=device).repeat_interleave(shape.queries)
    support, queries = maps[:, : len(told)], maps[:, len(told) :]
    middles = torch.stack([prototypes(each, told, shape.ways) for each in support])
    left, right = network.cross.all_pairs(middles, queries)
    labels = torch.stack([torch.from_numpy(each.classes) for each in drawn]).to(device)
    own = labels.repeat_interleave(shape.queries, dim=1).flatten()
    repeated = classes.repeat(course.together)
    loss = global_loss(right.flatten(0, 1), repeated, classifier, own)
    near = nearest_loss(left.flatten(0, 1), right.flatten(0, 1), repeated)
    return loss + course.nearest_weight * near


def _save(
    path: Path,
    course: Course,
    run: nn.Module,
    optimiser: torch.optim.Optimizer,
    epoch: int,
    best: float,
) -> None:
    tensors = {f"run.{k}": v.detach().cpu().contiguous() for k, v in run.state_dict().items()}
    for index, slots in optimiser.state_dict()["state"].items():
        tensors[f"momentum.{index}"] = slots["momentum_buffer"].cpu().contiguous()
    told = {"course": repr(course), "place": json.dumps([epoch, best])}
    unfinished = path.with_suffix(".tmp")
    save_file(tensors, unfinished, metadata=told)
    unfinished.replace(path)


def _resume(
    path: Path, course: Course, run: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """Bring a run back to where it was saved: the epochs done, and the best accuracy so far."""
    if not path.is_file():
        return 0, -1.0
    with safe_open(path, framework="pt") as file:
        told = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    if told.get("course") != repr(course):
        raise TrainingError(
            f"{path.parent} holds a run of another course. Give another folder, or remove it."
        )
    run.load_state_dict(
        {k.removeprefix("run."): v for k, v in tensors.items() if k.startswith("run.")}
    )
    state = optimiser.state_dict()
    state["state"] = {
        int(key.removeprefix("momentum.")): {"momentum_buffer": value}
        for key, value in tensors.items()
        if key.startswith("momentum.")
    }
    optimiser.load_state_dict(state)
    epoch, best = json.loads(told["place"])
    return int(epoch), float(best)
