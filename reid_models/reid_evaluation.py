"""How well a model finds people again: vectors once for each crop, then any protocol over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reid_models.datasets.pictures import read_rgb
from reid_models.datasets.samples import Sample, Tracklet, data_hash
from reid_models.embedders import pool_strips
from reid_models.evaluation import RankingResult, rank_gallery
from reid_models.protocols import Protocol
from reid_models.registry import LoadedModel
from reid_models.rerank import rerank
from reid_models.roles import Vectors

__all__ = ["ReidScores", "embed_samples", "evaluate_protocol", "protocol_distances"]

_AT_ONCE = 512
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class ReidScores:
    """One protocol's result."""

    ranking: RankingResult
    protocol: str
    gallery: int
    """Things searched."""


def embed_samples(
    model: LoadedModel,
    samples: Sequence[Sample],
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Vectors:
    """The vector of each crop, float32 (N, D).

    Args:
        model: any registered model.
        samples: N crops.
        cache: folder in which vectors are kept, by the model's space, what it ran on and the
            crops' hash; None: they are not kept.
        progress: called as (crops done, crops in all).

    Raises:
        DatasetError: a crop cannot be read.
    """
    kept = None
    if cache is not None:
        device = model.device.replace(" ", "-").replace(",", "").replace(":", "")
        kept = cache / f"{model.space}-{device}-{data_hash(samples)}.npy"
        if kept.is_file():
            return np.asarray(np.load(kept), np.float32)
    vectors = np.empty((len(samples), model.image.dimension), np.float32)
    for start in range(0, len(samples), _AT_ONCE):
        crops = [read_rgb(sample.path) for sample in samples[start : start + _AT_ONCE]]
        vectors[start : start + len(crops)] = model.image.embed(crops)
        if progress is not None:
            progress(start + len(crops), len(samples))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".tmp.npy")
        np.save(unfinished, vectors)
        unfinished.replace(kept)
    return vectors


def evaluate_protocol(
    protocol: Protocol, samples: Sequence[Sample], vectors: Vectors, *, reranked: bool = False
) -> ReidScores:
    """Score a protocol from the vectors of its crops.

    Args:
        protocol: what is compared with what; a tracklet's vector is the mean of its crops'.
        samples: at least all of the protocol's crops.
        vectors: (N, D), a row of length 1 for each of `samples`.
        reranked: by k-reciprocal neighbours, which lets all queries and the whole gallery help.

    Raises:
        EvaluationError: no query has a right answer.
    """
    distances = protocol_distances(protocol, samples, vectors, reranked=reranked)
    labels = [
        np.array([getattr(item, what) for item in items])
        for items in (protocol.queries, protocol.gallery)
        for what in ("person", "camera")
    ]
    name = protocol.name
    if reranked:
        name = name.replace("no re-ranking", "k-reciprocal re-ranking (20, 6, 0.3)")
    return ReidScores(
        ranking=rank_gallery(distances, *labels),
        protocol=name,
        gallery=len(protocol.gallery),
    )


def protocol_distances(
    protocol: Protocol, samples: Sequence[Sample], vectors: Vectors, *, reranked: bool = False
) -> npt.NDArray[np.floating]:
    """Distances (Q, G) of a protocol from the vectors of its crops; see `evaluate_protocol`."""
    rows = {sample: row for row, sample in enumerate(samples)}
    queries = _pooled(protocol.queries, rows, vectors)
    gallery = _pooled(protocol.gallery, rows, vectors)
    return rerank(queries, gallery) if reranked else 1.0 - queries @ gallery.T


def _pooled(items: Sequence[Tracklet], rows: dict[Sample, int], vectors: Vectors) -> Vectors:
    order = [rows[sample] for item in items for sample in item.samples]
    return pool_strips(vectors[order], [len(item.samples) for item in items])
