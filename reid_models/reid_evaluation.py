"""How well a model finds people again: vectors once for each crop, then any protocol over them.

A model that has a network for tracklets, as TKP does, is asked for the tracklets' vectors too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reid_models.datasets.pictures import read_rgb
from reid_models.datasets.samples import Sample, Tracklet, data_hash
from reid_models.embedders import PooledTrackletEmbedder, pool_strips
from reid_models.evaluation import RankingResult, rank_gallery
from reid_models.protocols import Protocol
from reid_models.registry import LoadedModel
from reid_models.rerank import rerank
from reid_models.roles import Modality, Vectors

__all__ = [
    "ReidScores",
    "Walks",
    "embed_samples",
    "embed_walks",
    "evaluate_protocol",
    "protocol_distances",
]

_AT_ONCE = 512
_STRIPS_AT_ONCE = 64
Walks = Mapping[Tracklet, Vectors]
"""Tracklets' vectors (D,), of length 1, by a model's tracklet branch."""
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
    kept = None if cache is None else _place(cache, model, data_hash(samples))
    if kept is not None and kept.is_file():
        return np.asarray(np.load(kept), np.float32)
    vectors = np.empty((len(samples), model.image.dimension), np.float32)
    for start in range(0, len(samples), _AT_ONCE):
        crops = [read_rgb(sample.path) for sample in samples[start : start + _AT_ONCE]]
        vectors[start : start + len(crops)] = model.image.embed(crops)
        if progress is not None:
            progress(start + len(crops), len(samples))
    _keep(vectors, kept)
    return vectors


def embed_walks(
    model: LoadedModel,
    tracklets: Sequence[Tracklet],
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Walks | None:
    """The tracklets' vectors by the model's tracklet branch; None where it averages its crops'.

    Args:
        model: any registered model.
        tracklets: each once.
        cache: as for `embed_samples`.
        progress: called as (tracklets done, tracklets in all).

    Raises:
        DatasetError: a crop cannot be read.
    """
    if isinstance(model.tracklet, PooledTrackletEmbedder):
        return None
    samples = [sample for tracklet in tracklets for sample in tracklet.samples]
    lengths = ",".join(str(len(tracklet.samples)) for tracklet in tracklets)
    cut = f"{data_hash(samples)}-{hashlib.sha256(lengths.encode()).hexdigest()[:16]}"
    kept = None if cache is None else _place(cache, model, cut)
    if kept is not None and kept.is_file():
        vectors = np.asarray(np.load(kept), np.float32)
    else:
        vectors = np.empty((len(tracklets), model.tracklet.dimension), np.float32)
        for start in range(0, len(tracklets), _STRIPS_AT_ONCE):
            part = tracklets[start : start + _STRIPS_AT_ONCE]
            strips = [[read_rgb(sample.path) for sample in walk.samples] for walk in part]
            vectors[start : start + len(part)] = model.tracklet.embed(strips)
            if progress is not None:
                progress(start + len(part), len(tracklets))
        _keep(vectors, kept)
    return dict(zip(tracklets, vectors, strict=True))


def _place(cache: Path, model: LoadedModel, data: str) -> Path:
    device = model.device.replace(" ", "-").replace(",", "").replace(":", "")
    return cache / f"{model.space}-{device}-{data}.npy"


def _keep(vectors: Vectors, kept: Path | None) -> None:
    if kept is None:
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".tmp.npy")
    np.save(unfinished, vectors)
    unfinished.replace(kept)


def evaluate_protocol(
    protocol: Protocol,
    samples: Sequence[Sample],
    vectors: Vectors,
    *,
    walks: Walks | None = None,
    reranked: bool = False,
) -> ReidScores:
    """Score a protocol from the vectors of its crops.

    Args:
        protocol: what is compared with what.
        samples: at least all of the protocol's crops.
        vectors: (N, D), a row of length 1 for each of `samples`.
        walks: vectors of at least all tracklets that the protocol asks or searches as such; None: a
            tracklet's vector is the mean of its crops'.
        reranked: by k-reciprocal neighbours, which lets all queries and the whole gallery help.

    Raises:
        EvaluationError: no query has a right answer.
    """
    distances = protocol_distances(protocol, samples, vectors, walks=walks, reranked=reranked)
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
    protocol: Protocol,
    samples: Sequence[Sample],
    vectors: Vectors,
    *,
    walks: Walks | None = None,
    reranked: bool = False,
) -> npt.NDArray[np.floating]:
    """Distances (Q, G) of a protocol from the vectors of its crops; see `evaluate_protocol`."""
    rows = {sample: row for row, sample in enumerate(samples)}

    def embedded(items: Sequence[Tracklet], role: Modality) -> Vectors:
        if role == "tracklet" and walks is not None:
            return np.stack([walks[item] for item in items])
        order = [rows[sample] for item in items for sample in item.samples]
        return pool_strips(vectors[order], [len(item.samples) for item in items])

    queries = embedded(protocol.queries, protocol.asked_as)
    gallery = embedded(protocol.gallery, protocol.searched_as)
    return rerank(queries, gallery) if reranked else 1.0 - queries @ gallery.T
