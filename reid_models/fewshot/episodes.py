"""Episodes: a few classes, a few pictures of each that are told apart, others that ask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reid_models.errors import DatasetError

__all__ = ["Episode", "Shape", "draw_episode"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """How large an episode is."""

    ways: int = 5
    """Classes."""
    shots: int = 1
    """Pictures a class that are told."""
    queries: int = 15
    """Pictures a class that ask; the paper trains with 6 and tests with 15."""


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """Indices into the pictures of a part, class after class."""

    support: Indices
    """(ways · shots,)."""
    queries: Indices
    """(ways · queries,)."""
    classes: Indices
    """(ways,): of the whole part; the episode's own numbers are 0 … ways - 1."""


def draw_episode(labels: Indices, shape: Shape, seed: tuple[int, ...]) -> Episode:
    """Draw an episode, the same for the same seed.

    Args:
        labels: (N,) class of each picture.
        shape: how many of what.
        seed: of the run, and the number of the episode.

    Raises:
        DatasetError: there are not enough classes with enough pictures.
    """
    counts = np.bincount(labels)
    large = np.flatnonzero(counts >= shape.shots + shape.queries)
    if len(large) < shape.ways:
        raise DatasetError(
            f"An episode needs {shape.ways} classes with {shape.shots + shape.queries} pictures "
            f"each; there are {len(large)}. Take smaller episodes, or more pictures."
        )
    rng = np.random.default_rng(seed)
    classes = rng.choice(large, shape.ways, replace=False)
    drawn = np.stack(
        [
            rng.choice(np.flatnonzero(labels == each), shape.shots + shape.queries, replace=False)
            for each in classes
        ]
    )
    return Episode(drawn[:, : shape.shots].ravel(), drawn[:, shape.shots :].ravel(), classes)
