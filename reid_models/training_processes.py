"""Several GPUs: one process each, started by torchrun, joined by torch's own DDP.

    torchrun --nproc-per-node 4 run_app.py train run baseline --data …

Each process takes the tracklets or crops of every n-th person of a batch. Gradients are averaged,
so the identity loss is that of the whole batch; the hardest triplets are looked for within each
process's share, and batch normalisation sees that share. The first process writes the files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from reid_models.errors import TrainingError
from reid_models.samplers import Indices

__all__ = ["joined", "processes", "rank", "share_of", "together"]


def rank() -> int:
    """This process's number, 0 when it is alone."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def processes() -> int:
    """How many train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


@contextmanager
def joined(device: str) -> Iterator[str]:
    """Join the processes that torchrun started, for as long as the context lasts.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:N" as it was asked for.

    Yields:
        The device of this process; what was asked for when it is alone.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    cuda = device != "cpu" and torch.cuda.is_available()
    distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        yield f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if cuda else "cpu"
    finally:
        distributed.destroy_process_group()


def share_of(batch: Indices, people: int) -> Indices:
    """This process's part of a batch of `people` × as many items each, person after person.

    Raises:
        TrainingError: the people cannot be shared out evenly, or fewer than two are left.
    """
    count = processes()
    if count == 1:
        return batch
    if people % count or people // count < 2:
        raise TrainingError(
            f"{people} people a batch cannot be shared by {count} processes, two or more each. Set "
            f"it with: --recipe batch.people={4 * count}"
        )
    return np.ascontiguousarray(batch.reshape(people, -1)[rank() :: count]).ravel()


def together(task: nn.Module, device: str) -> nn.Module:
    """The task as it is called in a step: itself, or joined with those of the other processes."""
    if processes() == 1:
        return task
    ids = [torch.device(device)] if device.startswith("cuda") else None
    return DistributedDataParallel(task, device_ids=ids)
