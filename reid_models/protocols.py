"""From a data set and a mode to two lists of things to compare: single crops, or tracklets.

Modes name what asks and what is searched: i2i (crop → crops), i2v (crop → tracklets), v2i, v2v.
A set that gives a query person one crop a camera, as Market-1501 does, has whole tracklets only in
query and gallery together. So a query tracklet is all of the crops, of either part, that belong to
a query crop's tracklet; those of the gallery show the same person in the same camera, which no
protocol counts. In i2v the one crop that asks is the tracklet's first query crop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reid_models.datasets.samples import ReidDataset, Sample, Tracklet, group_tracklets
from reid_models.errors import EvaluationError
from reid_models.roles import Modality

__all__ = ["MODES", "Mode", "Protocol", "make_protocol"]

Mode = Literal["i2i", "i2v", "v2i", "v2v"]
MODES: tuple[Mode, ...] = ("i2i", "i2v", "v2i", "v2v")
_WORDS = {"i": "crop", "v": "tracklet"}


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is compared with what; a single crop is a tracklet of one."""

    name: str
    queries: tuple[Tracklet, ...]
    gallery: tuple[Tracklet, ...]
    asked_as: Modality = "image"
    """tracklet: whose vector a model's tracklet branch makes, if it has one; image: the mean of
    the crops' vectors."""
    searched_as: Modality = "image"

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every crop that is needed, each once, in a fixed order."""
        crops = {s: None for t in (*self.queries, *self.gallery) for s in t.samples}
        return tuple(crops)

    @property
    def walks(self) -> tuple[Tracklet, ...]:
        """What is asked or searched as a tracklet, each once, in a fixed order."""
        sides = ((self.queries, self.asked_as), (self.gallery, self.searched_as))
        return tuple(dict.fromkeys(t for side, role in sides if role == "tracklet" for t in side))


def make_protocol(dataset: ReidDataset, mode: Mode, *, multi_query: bool = False) -> Protocol:
    """Lay out one comparison.

    Args:
        dataset: with query and gallery.
        mode: what asks and what is searched.
        multi_query: instead of one crop, all drawn boxes of the query's person and camera ask
            together (the mean of their vectors). Only with i2i and i2v.

    Raises:
        EvaluationError: the set has no query part, or nothing for multi-query.
    """
    if not dataset.query or not dataset.gallery:
        raise EvaluationError(
            f"{dataset.name} has no query or no gallery crops to measure on. Give a set that has "
            "both parts."
        )
    gallery = _single(dataset.gallery)
    if mode[2] == "v":
        gallery = group_tracklets(dataset.gallery, dataset.nobody)
    asking = f"{_WORDS[mode[0]]} → {_WORDS[mode[2]]}"
    if multi_query:
        if mode[0] != "i" or not dataset.multi_query:
            raise EvaluationError(
                f"{dataset.name} cannot be asked with several crops at once in mode {mode}. "
                "Multi-query needs mode i2i or i2v and a set with boxes for it: Market-1501 with "
                "its folder gt_bbox."
            )
        asking = f"multi-query, {asking}"
        queries = _several(dataset)
    elif mode == "i2i":
        queries = _single(dataset.query)
    else:
        queries = _query_tracklets(dataset, whole=mode[0] == "v")
    return Protocol(
        f"{dataset.name}; {asking}; cosine, no re-ranking",
        queries,
        gallery,
        asked_as="tracklet" if mode[0] == "v" else "image",
        searched_as="tracklet" if mode[2] == "v" else "image",
    )


def _single(samples: Sequence[Sample]) -> tuple[Tracklet, ...]:
    return tuple(Tracklet((sample,)) for sample in samples)


def _several(dataset: ReidDataset) -> tuple[Tracklet, ...]:
    boxes: dict[tuple[int, int], list[Sample]] = defaultdict(list)
    for sample in dataset.multi_query:
        boxes[sample.person, sample.camera].append(sample)
    return tuple(Tracklet(tuple(boxes.get((s.person, s.camera), [s]))) for s in dataset.query)


def _query_tracklets(dataset: ReidDataset, *, whole: bool) -> tuple[Tracklet, ...]:
    asked = set(dataset.query)
    everything = dict.fromkeys((*dataset.query, *dataset.gallery))
    found = []
    for tracklet in group_tracklets(everything, dataset.nobody):
        first = next((sample for sample in tracklet.samples if sample in asked), None)
        if first is not None:
            found.append(tracklet if whole else Tracklet((first,)))
    return tuple(found)
