"""Which class a query is of: by prototypes alone, or with the queries' own help (CAN+T)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from reid_models.episode_losses import SCALE
from reid_models.fewshot.classes import ClassPictures
from reid_models.fewshot.episodes import Indices, Shape, draw_episode
from reid_models.fewshot.network import FewShotCAN
from reid_models.methods.can import CrossAttention, pooled_cosine
from reid_models.transforms import clean

__all__ = ["Accuracy", "inductive", "judge", "prototypes", "transductive"]

_SHARE = 35 / 75
"""Of the queries, how many become support in each round."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Mean over episodes, shares 0–1."""

    mean: float
    interval: float
    """Half of the 95 % confidence interval, 1.96 σ / √episodes."""
    episodes: int


def prototypes(maps: Tensor, classes: Tensor, ways: int) -> Tensor:
    """The mean map (ways, C, h, w) of each class, of maps (N, C, h, w) and classes (N,)."""
    told = torch.nn.functional.one_hot(classes, ways).to(maps.dtype)
    sums = torch.einsum("nk,nchw->kchw", told, maps)
    return sums / told.sum(dim=0).clamp(min=1)[:, None, None, None]


def inductive(cross: CrossAttention, told: Tensor, queries: Tensor) -> Tensor:
    """Scores (n2, n1) of queries (n2, C, h, w) against prototypes (n1, C, h, w)."""
    left, right = cross.all_pairs(told[None], queries[None])
    return SCALE * pooled_cosine(left[0], right[0])


def transductive(
    cross: CrossAttention, support: Tensor, classes: Tensor, queries: Tensor, ways: int
) -> Tensor:
    """Scores (n2, ways), the surest queries having joined the support with the class they got.

    Round after round more of them join: 35 of 75 queries, then twice as many.

    Args:
        cross: the attention.
        support: maps (n1, C, h, w).
        classes: int64 (n1,), 0 … ways - 1.
        queries: maps (n2, C, h, w) of one episode.
        ways: classes.
    """
    scores = inductive(cross, prototypes(support, classes, ways), queries)
    joining = int(_SHARE * len(queries))
    for number in range(1, len(queries) // joining + 1 if joining else 1):
        sure, guessed = scores.max(dim=1)
        chosen = sure.topk(number * joining).indices
        maps = torch.cat([support, queries[chosen]])
        told = prototypes(maps, torch.cat([classes, guessed[chosen]]), ways)
        scores = inductive(cross, told, queries)
    return scores


def judge(
    network: FewShotCAN,
    pictures: Tensor,
    listed: ClassPictures,
    shape: Shape,
    *,
    episodes: int = 2000,
    seed: int = 1,
    with_queries: bool = False,
) -> Accuracy:
    """Accuracy on classes that were not trained on.

    Args:
        network: in evaluation mode.
        pictures: uint8 (N, 3, side, side) of `listed`.
        listed: which class each is of.
        shape: of the episodes.
        episodes: how many; the authors take 2,000.
        seed: of the episodes; the same ones for the same seed.
        with_queries: the transductive variant.
    """
    side, found = pictures.shape[2], []
    device = next(network.parameters()).device
    told = torch.arange(shape.ways, device=device).repeat_interleave(shape.shots)
    right = torch.arange(shape.ways, device=device).repeat_interleave(shape.queries)
    labels: Indices = listed.labels
    with torch.inference_mode():
        for number in range(episodes):
            episode = draw_episode(labels, shape, (seed, number))
            rows = np.concatenate([episode.support, episode.queries])
            maps = network(clean(pictures[rows].to(device), side, side))
            support, queries = maps[: len(told)], maps[len(told) :]
            if with_queries:
                scores = transductive(network.cross, support, told, queries, shape.ways)
            else:
                scores = inductive(network.cross, prototypes(support, told, shape.ways), queries)
            found.append(float((scores.argmax(dim=1) == right).float().mean()))
    return Accuracy(
        float(np.mean(found)), 1.96 * float(np.std(found)) / len(found) ** 0.5, episodes
    )
