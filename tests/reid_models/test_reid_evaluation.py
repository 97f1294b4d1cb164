"""Protocols over data sets and their scores, on crops a network of means tells apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_models import registry
from reid_models.cards import ModelCard
from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError, EvaluationError
from reid_models.protocols import MODES, Protocol, make_protocol
from reid_models.reid_evaluation import (
    embed_samples,
    embed_walks,
    evaluate_protocol,
    protocol_distances,
)

COLOURS = {1: (200, 20, 20), 2: (20, 200, 20)}


@pytest.fixture
def two_people(tmp_path: Path) -> ReidDataset:
    """Person 1 in red, 2 in green; each walked through camera 1 (asks) and camera 2."""
    samples: dict[str, list[Sample]] = {"query": [], "gallery": [], "drawn": []}
    for person, colour in COLOURS.items():
        for part, camera, frame in (
            ("query", 1, 5),
            ("gallery", 1, 3),
            ("gallery", 2, 1),
            ("gallery", 2, 2),
            ("drawn", 1, 6),
            ("drawn", 1, 7),
        ):
            path = tmp_path / f"{person}-{camera}-{frame}.png"
            cv2.imwrite(str(path), np.full((8, 4, 3), colour, np.uint8))
            samples[part].append(Sample(path, person, camera, 1, frame))
    return ReidDataset(
        "two people",
        query=tuple(samples["query"]),
        gallery=tuple(samples["gallery"]),
        multi_query=tuple(samples["drawn"]),
    )


def frames(protocol: Protocol, part: str) -> list[list[int]]:
    return [[s.frame for s in t.samples] for t in getattr(protocol, part)]


def test_a_query_tracklet_is_all_of_its_walk_and_an_image_its_first_query(
    two_people: ReidDataset,
):
    layouts = {mode: make_protocol(two_people, mode) for mode in MODES}
    assert frames(layouts["i2i"], "queries") == [[5], [5]]
    assert frames(layouts["i2i"], "gallery") == [[3], [1], [2]] * 2
    assert frames(layouts["i2v"], "queries") == [[5], [5]]
    assert frames(layouts["i2v"], "gallery") == [[3], [1, 2]] * 2
    assert frames(layouts["v2i"], "queries") == [[3, 5], [3, 5]]
    assert frames(layouts["v2v"], "gallery") == [[3], [1, 2]] * 2


def test_several_drawn_boxes_ask_together(two_people: ReidDataset):
    protocol = make_protocol(two_people, "i2i", multi_query=True)
    assert frames(protocol, "queries") == [[6, 7], [6, 7]]
    assert "multi-query" in protocol.name
    with pytest.raises(EvaluationError, match="gt_bbox"):
        make_protocol(two_people, "v2v", multi_query=True)


def test_a_set_without_queries_is_refused():
    with pytest.raises(EvaluationError, match="no query or no gallery"):
        make_protocol(ReidDataset("empty"), "i2i")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reranked", [False, True])
def test_a_model_that_sees_colours_finds_both(
    mode: str, reranked: bool, two_people: ReidDataset, mean_colour_model: ModelCard, tmp_path: Path
):
    model = registry.load("mean-colour", [tmp_path])
    protocol = make_protocol(two_people, mode)
    vectors = embed_samples(model, protocol.samples)
    scores = evaluate_protocol(protocol, protocol.samples, vectors, reranked=reranked)
    assert scores.ranking.rank(1) == scores.ranking.mean_ap == scores.ranking.mean_inp == 1
    assert (scores.ranking.counted, scores.gallery) == (2, len(protocol.gallery))
    assert ("no re-ranking" in scores.protocol) is not reranked


class Walks:
    """A tracklet branch that finds everybody in blue, and counts what it was asked."""

    space, dimension, modalities = "colours", 3, ("tracklet",)

    def __init__(self) -> None:
        self.asked: list[int] = []

    def embed(self, strips: list[list[np.ndarray]]) -> np.ndarray:
        self.asked += [len(strip) for strip in strips]
        return np.tile(np.array([0, 0, 1], np.float32), (len(strips), 1))


def test_tracklets_are_embedded_by_the_branch_that_a_model_has_for_them(
    two_people: ReidDataset, mean_colour_model: ModelCard, tmp_path: Path
):
    pooled = registry.load("mean-colour", [tmp_path])
    protocol = make_protocol(two_people, "i2v")
    assert embed_walks(pooled, protocol.walks) is None
    branch = Walks()
    model = dataclasses.replace(pooled, tracklet=branch)
    vectors = embed_samples(model, protocol.samples)
    for _ in range(2):
        walks = embed_walks(model, protocol.walks, tmp_path / "cache")
    assert branch.asked == [1, 2, 1, 2], "asked once, then kept"
    assert walks is not None
    distances = protocol_distances(protocol, protocol.samples, vectors, walks=walks)
    stills = protocol_distances(protocol, protocol.samples, vectors)
    assert np.ptp(distances[0]) < 1e-6 < np.ptp(stills[0])
    assert make_protocol(two_people, "i2i").walks == ()
    assert make_protocol(two_people, "i2i", multi_query=True).walks == ()
    both = make_protocol(two_people, "v2v")
    assert set(both.walks) == {*both.queries, *both.gallery}


def test_vectors_are_kept_and_made_anew_only_when_the_crops_change(
    two_people: ReidDataset, mean_colour_model: ModelCard, tmp_path: Path
):
    model = registry.load("mean-colour", [tmp_path])
    cache = tmp_path / "cache"
    first = embed_samples(model, two_people.query, cache)
    (kept,) = cache.iterdir()
    np.save(kept, first * 0)
    assert not embed_samples(model, two_people.query, cache).any()
    np.testing.assert_array_equal(embed_samples(model, two_people.query), first)
    embed_samples(model, two_people.gallery, cache)
    assert len(list(cache.iterdir())) == 2


def test_a_crop_that_is_no_picture_is_named(mean_colour_model: ModelCard, tmp_path: Path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    model = registry.load("mean-colour", [tmp_path])
    with pytest.raises(DatasetError, match=r"broken\.jpg"):
        embed_samples(model, [Sample(tmp_path / "broken.jpg", 1, 1)])
