"""What a method computes in a training step: its network, what only training needs, its losses.

One file a method; `TASKS` says which recipe is which.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from reid_models.recipes import Recipe
from reid_models.tasks.baseline import BaselineTask
from reid_models.tasks.can import CANTask
from reid_models.tasks.dranet import DRANetTask
from reid_models.tasks.mgran import MGRANTask
from reid_models.tasks.pcb import PCBTask
from reid_models.tasks.rdan import RDANTask
from reid_models.tasks.terms import Moment, Task
from reid_models.tasks.tkp import TKPTask

__all__ = ["TASKS", "Moment", "Task", "build_task"]


def _baseline(recipe: Recipe, people: int) -> BaselineTask | PCBTask:
    kind = PCBTask if recipe.architecture.head == "pcb" else BaselineTask
    return kind(recipe, people)


TASKS: dict[str, Callable[[Recipe, int], Task]] = {
    "baseline": _baseline,
    "ianet": BaselineTask,
    "sesa": BaselineTask,
    "tkp": TKPTask,
    "mgran": MGRANTask,
    "dranet": DRANetTask,
    "rdan": RDANTask,
    "can": CANTask,
}
"""Method name → its task with random weights, for a recipe and so many people."""


def build_task(recipe: Recipe, people: int) -> Task:
    """The recipe's method with random weights drawn from the recipe's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return TASKS[recipe.method](recipe, people)
