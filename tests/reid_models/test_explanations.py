"""Explanations: the heat lies where the model looked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_models.cards import ModelCard
from reid_models.embedders import normalise
from reid_models.errors import CropInvalid
from reid_models.explanations import OcclusionExplainer, explainer_for
from reid_models.registry import load
from reid_models.roles import Crop, Vectors

from .conftest import plain

HEIGHT, WIDTH = 120, 60


class LooksAt:
    """An embedder that sees the mean colour of one cell of a 12 × 6 grid, and nothing else."""

    space, dimension, modalities = "one cell", 4, ("image",)

    def __init__(self, row: int, column: int) -> None:
        self.row, self.column = row, column
        self.calls: list[int] = []

    def embed(self, crops: list[Crop]) -> Vectors:
        self.calls.append(len(crops))
        vectors = np.ones((len(crops), 4), np.float32)
        for index, crop in enumerate(crops):
            high, wide = crop.shape[0] // 12, crop.shape[1] // 6
            cell = crop[self.row * high :, self.column * wide :][:high, :wide]
            vectors[index, :3] = cell.mean(axis=(0, 1)) - (124, 116, 104)
        return normalise(vectors)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 11), st.integers(0, 5))
def test_the_heat_is_where_the_model_looks(row: int, column: int):
    embedder = LooksAt(row, column)
    crop = plain(250, 20, 20, HEIGHT, WIDTH)
    found = OcclusionExplainer(embedder).explain(crop, crop)
    for heat in (found.left, found.right):
        assert heat.shape == (12, 6)
        assert heat.dtype == np.float32
        assert heat.min() >= 0
        assert heat[row, column] == heat.max() == 1
        rows, columns = np.nonzero(heat)
        assert np.abs(rows - row).max() <= 2
        assert np.abs(columns - column).max() <= 1


def test_each_crop_is_covered_by_itself():
    left, right = plain(250, 20, 20, HEIGHT, WIDTH), plain(250, 20, 20, HEIGHT, WIDTH)
    left[:60] = (124, 116, 104)
    found = OcclusionExplainer(LooksAt(2, 2)).explain(left, right)
    assert not found.left.any(), "covering grey with grey changes nothing"
    assert not found.right.any(), "the pair is not alike, so nothing can make it less so"


def test_all_patches_of_both_crops_are_embedded_in_one_call():
    embedder = LooksAt(0, 0)
    crop = plain(250, 20, 20, HEIGHT, WIDTH)
    before = crop.copy()
    OcclusionExplainer(embedder).explain(crop, crop)
    assert embedder.calls == [2 + 2 * 50]
    np.testing.assert_array_equal(crop, before)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (300, 17)])
def test_crops_of_any_size_have_maps_of_one_size(size: tuple[int, int]):
    class Mean:
        space, dimension, modalities = "mean", 3, ("image",)

        def embed(self, crops: list[Crop]) -> Vectors:
            return normalise(np.array([crop.mean(axis=(0, 1)) for crop in crops], np.float32))

    found = OcclusionExplainer(Mean()).explain(plain(9, 200, 9, *size), plain(9, 200, 9))
    assert found.left.shape == found.right.shape == (12, 6)
    assert found.left.max() == 1


def test_an_openvino_model_can_be_explained(tmp_path: Path, mean_colour_model: ModelCard):
    model = load("mean-colour", [tmp_path])
    explainer = explainer_for(model)
    assert explainer.kind == "occlusion"
    crop = plain(20, 20, 250, 24, 12)
    crop[:6] = (124, 116, 104)
    heat = explainer.explain(crop, plain(20, 20, 250)).left
    assert heat[:1].max() < heat[4:].min(), "what is grey already counts least"


def test_what_is_no_crop_is_refused(tmp_path: Path, mean_colour_model: ModelCard):
    explainer = explainer_for(load("mean-colour", [tmp_path]))
    with pytest.raises(CropInvalid):
        explainer.explain(plain(1, 2, 3), np.zeros((4, 4), np.uint8))
