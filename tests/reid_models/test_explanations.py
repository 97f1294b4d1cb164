"""Explanations: the heat lies where the model looked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_models.cards import Architecture, ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.embedders import normalise
from reid_models.errors import CropInvalid, WeightsMissing
from reid_models.explanations import OcclusionExplainer, explainer_for
from reid_models.methods import build
from reid_models.methods.ianet import IANet
from reid_models.preprocessing import preprocess
from reid_models.registry import load, own_explainer
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


@pytest.fixture
def ianet(tmp_path: Path) -> tuple[ModelCard, Path]:
    """The card and the weights of a small IANet that has learnt nothing."""
    shape = Architecture(depth=10, width=8, parts=("sia", "cia"), stages=(2, 3))
    shipped = card_named("ianet").model_dump() | {
        "architecture": shape,
        "dimension": 16,
        "preprocessing": card_named("ianet").preprocessing.model_dump()
        | {"height": 64, "width": 32},
    }
    torch.manual_seed(0)
    card = save_checkpoint(IANet(shape, 16), ModelCard.model_validate(shipped), tmp_path)
    return card, tmp_path / "weights.safetensors"


def test_ianet_explains_itself_by_the_place_that_speaks_most(ianet: tuple[ModelCard, Path]):
    explainer = own_explainer(*ianet)
    assert explainer is not None
    assert explainer.kind == "relation"
    crops = list(np.random.default_rng(0).integers(0, 256, (2, 64, 32, 3), np.uint8))
    found = explainer.explain(*crops)
    assert found.left.shape == found.right.shape == (4, 2)
    assert found.left.max() == found.right.max() == 1
    # The parts of all places sum up to the likeness that search computes; the largest was chosen.
    network = build(*ianet)
    images = torch.from_numpy(preprocess(crops, ianet[0].preprocessing))
    last, relation = network.relations(images, 3)
    with torch.inference_mode():
        whole = network(images)
        parts = [
            float(network.embedding(network.neck(last[:1, :, row, column]))[0] @ whole[1]) / 8
            for row in range(4)
            for column in range(2)
        ]
    assert sum(parts) == pytest.approx(float(whole[0] @ whole[1]), rel=1e-3)
    row, column = divmod(int(np.argmax(parts)), 2)
    assert found.left_at == ((column + 0.5) / 2, (row + 0.5) / 4)
    expected = relation[0, row, column].numpy()
    np.testing.assert_allclose(found.left, expected / expected.max(), rtol=1e-5)
    swapped = explainer.explain(*crops[::-1])
    assert swapped.right_at == found.left_at
    np.testing.assert_allclose(swapped.right, found.left, rtol=1e-4)


def test_weights_are_read_when_the_first_explanation_is_asked_for(ianet: tuple[ModelCard, Path]):
    explainer = own_explainer(*ianet)
    ianet[1].unlink()
    with pytest.raises(WeightsMissing):
        explainer.explain(plain(1, 2, 3), plain(1, 2, 3))


def test_methods_without_an_explainer_of_their_own_are_asked_by_covering(
    ianet: tuple[ModelCard, Path],
):
    card, path = ianet
    without = card.architecture.model_copy(update={"parts": ("cia",)})
    assert own_explainer(card.model_copy(update={"architecture": without}), path) is None
    assert own_explainer(card_named("baseline"), path) is None
