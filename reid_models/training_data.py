"""Crops in memory, ready to be drawn from: several data sets become one numbered population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from reid_models.datasets.pictures import read_rgb
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.embedders import normalise
from reid_models.errors import DatasetError
from reid_models.recipes import Recipe, Size
from reid_models.registry import LoadedModel
from reid_models.reid_evaluation import embed_samples
from reid_models.samplers import Indices, sample_frames

__all__ = ["TrainingSet", "draw_frames", "load_training_set", "make_tracklets", "teacher_vectors"]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """N crops of one size with their people numbered 0 … people - 1."""

    crops: Tensor
    """uint8 RGB (N, 3, H, W)."""
    labels: Tensor
    """int64 (N,)."""
    people: int
    source: str
    """Which data sets, for the model's card."""
    samples: tuple[Sample, ...]
    """Where each crop came from."""


def load_training_set(datasets: Sequence[ReidDataset], size: Size) -> TrainingSet:
    """Read the training parts of `datasets` into memory, resized to `size`.

    A person of one set is never the same as one of another. Junk and distractors are left out.

    Raises:
        DatasetError: a set has no training part, or a crop cannot be read.
    """
    samples: list[Sample] = []
    keys: list[tuple[int, int]] = []
    for number, dataset in enumerate(datasets):
        usable = [s for s in dataset.train if s.person >= 0 and s.person != dataset.nobody]
        if not usable:
            raise DatasetError(
                f"{dataset.name} has no crops to train on. Add rows or folders of the part train."
            )
        samples += usable
        keys += [(number, sample.person) for sample in usable]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    crops = np.empty((len(samples), 3, size.height, size.width), np.uint8)
    for index, sample in enumerate(samples):
        image = cv2.resize(read_rgb(sample.path), (size.width, size.height))
        crops[index] = image.transpose(2, 0, 1)
    return TrainingSet(
        crops=torch.from_numpy(crops),
        labels=torch.tensor([numbers[key] for key in keys]),
        people=len(numbers),
        source="; ".join(
            f"{dataset.name}: training part, {len({s.person for s in dataset.train})} people"
            for dataset in datasets
        ),
        samples=tuple(samples),
    )


def make_tracklets(data: TrainingSet, frames: int) -> list[Indices]:
    """The indices of each tracklet's crops in frame order; with `frames` 1 each crop by itself.

    Crops without a tracklet number are one tracklet each. With two data sets, a person's number in
    `data` keeps their tracklets apart.
    """
    if frames == 1:
        return [np.array([index]) for index in range(len(data.samples))]
    groups: dict[tuple[int, int, int], list[int]] = {}
    for index, (sample, label) in enumerate(zip(data.samples, data.labels.tolist(), strict=True)):
        number = -1 - index if sample.tracklet is None else sample.tracklet
        groups.setdefault((label, sample.camera, number), []).append(index)
    return [
        np.array(sorted(group, key=lambda index: data.samples[index].frame))
        for group in groups.values()
    ]


def draw_frames(
    tracklets: Sequence[Indices], chosen: Indices, recipe: Recipe, step: int
) -> Indices:
    """The crops of a batch of tracklets: `recipe.batch.frames` of each, in time order."""
    rng = np.random.default_rng((recipe.seed, step, 1))
    frames, stride = recipe.batch.frames, recipe.batch.stride
    return np.concatenate(
        [
            tracklets[index][
                sample_frames(len(tracklets[index]), rng, frames=frames, stride=stride)
            ]
            for index in chosen
        ]
    )


def teacher_vectors(teacher: LoadedModel, samples: Sequence[Sample], cache: Path) -> Tensor:
    """What a teacher makes of each unchanged crop, with the mean of all taken out.

    A network's vectors share an offset that tells nobody from anybody; without it a student whose
    last layer normalises over the batch can imitate them.

    Args:
        teacher: any registered model.
        samples: N crops.
        cache: folder in which the vectors are kept, by the teacher's space and the crops' hash.

    Returns:
        float32 (N, D), rows of length 1.
    """
    vectors = embed_samples(teacher, samples, cache)
    return torch.from_numpy(normalise(vectors - vectors.mean(axis=0)))
