"""Which crops form a training batch: P people × K crops, or P people × K tracklets × T frames.

Batches are a function of the seed and the epoch alone, so that a run that was killed goes on with
the very batches it would have seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reid_models.errors import DatasetError

__all__ = ["Indices", "identity_batches", "sample_frames"]

Indices = npt.NDArray[np.int64]


def identity_batches(
    people: Sequence[int], *, p: int, k: int, seed: int, epoch: int
) -> list[Indices]:
    """The batches of one epoch (the strong baseline's flavour: P distinct people in each).

    Everybody's items are shuffled and cut into chunks of K; people with fewer than K are drawn
    with replacement, a remainder short of K waits for another epoch. Batches take one chunk each
    of P people until fewer than P have chunks left; whoever has waited longest comes next, so that
    an epoch touches everybody but at most P - 1 people.

    Args:
        people: (N,) the identity of each item (crop or tracklet).
        p: people a batch.
        k: items a person.
        seed: of the run.
        epoch: counted from 0.

    Returns:
        Arrays of p · k indices into `people`, person after person.

    Raises:
        DatasetError: there are fewer than P people.
    """
    owned: dict[int, list[int]] = defaultdict(list)
    for index, person in enumerate(people):
        owned[person].append(index)
    if len(owned) < p:
        raise DatasetError(
            f"There are {len(owned)} people to train on, fewer than the {p} of one batch. Give "
            "more data, or a smaller batch: --recipe batch.people=…"
        )
    rng = np.random.default_rng((seed, epoch))
    chunks: dict[int, list[Indices]] = {}
    for person in sorted(owned):
        items = rng.permutation(owned[person])
        if len(items) < k:
            chunks[person] = [rng.choice(items, k)]
        else:
            chunks[person] = [items[start : start + k] for start in range(0, len(items) - k + 1, k)]
    batches = []
    waiting = rng.permutation(sorted(chunks)).tolist()
    while len(waiting) >= p:
        chosen, waiting = waiting[:p], waiting[p:]
        batches.append(np.concatenate([chunks[person].pop() for person in chosen]))
        again = [person for person in chosen if chunks[person]]
        waiting += rng.permutation(again).tolist() if again else []
    return batches


def sample_frames(
    length: int, rng: np.random.Generator, *, frames: int = 4, stride: int = 8
) -> Indices:
    """Frames of a tracklet to train on, in time order (TKP's rule).

    A tracklet of at least frames · stride frames gives frames `stride` apart from a random start;
    a shorter one distinct random frames; one that is too short for that repeats some.

    Returns:
        `frames` rising indices in 0 … length - 1.
    """
    if length >= frames * stride:
        start = int(rng.integers(0, length - (frames - 1) * stride))
        return start + stride * np.arange(frames, dtype=np.int64)
    return np.sort(rng.choice(length, frames, replace=length < frames)).astype(np.int64)
