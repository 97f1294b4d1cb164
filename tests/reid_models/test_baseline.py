"""The baseline network and its checkpoints, from a folder through the registry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reid_models import registry
from reid_models.cards import ModelCard, card_named, read_card
from reid_models.checkpoints import load_into, read_weights, save_checkpoint
from reid_models.errors import WeightsBroken, WeightsMissing
from reid_models.methods import build
from reid_models.methods.baseline import Baseline

IMAGES = torch.randn(2, 3, 64, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def card() -> ModelCard:
    """The shipped baseline's card, for a ResNet-18 that takes small images."""
    shipped = card_named("baseline").model_dump() | {
        "name": "my-baseline",
        "architecture": {"depth": 18},
        "dimension": 64,
        "preprocessing": card_named("baseline").preprocessing.model_dump()
        | {"height": 64, "width": 32},
    }
    return ModelCard.model_validate(shipped)


@pytest.fixture
def network() -> Baseline:
    """A ResNet-18 baseline whose running statistics are not the initial ones."""
    torch.manual_seed(0)
    network = Baseline(18, 64)
    with torch.no_grad():
        network.train()
        network(IMAGES)
    return network.eval()


def test_the_paper_evaluates_the_neck_and_the_search_stores_the_embedding():
    with torch.inference_mode():
        features = Baseline(50, 512).eval().features(IMAGES)
    assert features.pooled.shape == features.evaluation.shape == (2, 2048)
    assert features.served.shape == (2, 512)


def test_a_short_enough_evaluation_feature_is_served_as_it_is():
    with torch.inference_mode():
        features = Baseline(18, 512).eval().features(IMAGES)
    torch.testing.assert_close(features.served, features.evaluation)


def test_the_necks_shift_is_fixed_at_zero(network: Baseline):
    fixed = {name for name, p in network.named_parameters() if not p.requires_grad}
    assert fixed == {"neck.bias", "embedding.1.bias"}
    assert not network.neck.bias.any()


def test_a_checkpoint_folder_loads_through_the_registry(
    card: ModelCard, network: Baseline, tmp_path: Path
):
    written = save_checkpoint(network, card, tmp_path / "my-baseline")
    assert read_card(tmp_path / "my-baseline" / "card.yaml") == written
    model = registry.load("my-baseline", [tmp_path], device="cpu")
    assert model.device.startswith("cpu, openvino ")
    assert model.space == written.space
    crops = list(np.random.default_rng(0).integers(0, 256, (3, 64, 32, 3), np.uint8))
    vectors = model.image.embed(crops)
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2) / 255
    mean, std = card.preprocessing.mean, card.preprocessing.std
    images = (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(network(images)).numpy()
    assert (vectors * expected).sum(axis=1) == pytest.approx(1, abs=1e-3)


def test_half_the_bytes_give_the_same_vectors(card: ModelCard, network: Baseline, tmp_path: Path):
    whole = save_checkpoint(network, card, tmp_path / "whole")
    half = save_checkpoint(network, card, tmp_path / "half", half=True)
    assert half.files[0].size < 0.55 * whole.files[0].size
    loaded = build(half, tmp_path / "half" / "weights.safetensors")
    with torch.inference_mode():
        alike = torch.nn.functional.cosine_similarity(loaded(IMAGES), network(IMAGES))
    assert alike.min() > 0.9999


def test_a_checkpoint_is_loaded_by_its_folder_whatever_has_its_name(
    card: ModelCard, network: Baseline, tmp_path: Path
):
    taken = card.model_copy(update={"name": "person-reidentification-retail-0277"})
    folder = tmp_path / "run"
    written = save_checkpoint(network, taken, folder)
    assert registry.load_checkpoint(folder, "cpu").space == written.space
    (folder / "weights.safetensors").unlink()
    with pytest.raises(WeightsBroken, match="missing, damaged"):
        registry.load_checkpoint(folder, "cpu")


def test_the_same_file_cut_short_is_not_loaded(card: ModelCard, network: Baseline, tmp_path: Path):
    save_checkpoint(network, card, tmp_path / "my-baseline")
    path = tmp_path / "my-baseline" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsBroken, match="cut short"):
        registry.load("my-baseline", [tmp_path])


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 64])
def test_a_file_that_is_not_safetensors_is_refused_unread(content: bytes, tmp_path: Path):
    (tmp_path / "weights.safetensors").write_bytes(content)
    with pytest.raises(WeightsBroken, match="pickled code is never run"):
        read_weights(tmp_path / "weights.safetensors", "x")
    with pytest.raises(WeightsMissing, match="not there"):
        read_weights(tmp_path / "gone.safetensors", "x")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"neck.weight": None}, "neck.weight is missing"),
        ({"neck.weight": torch.ones(3)}, r"neck.weight is \(3,\), not \(512,\)"),
        ({"extra": torch.ones(1)}, "extra has no place"),
    ],
)
def test_weights_of_another_network_are_refused_by_the_first_difference(
    change: dict[str, torch.Tensor | None], why: str, network: Baseline
):
    tensors = {**network.state_dict(), **change}
    tensors = {key: value for key, value in tensors.items() if value is not None}
    with pytest.raises(WeightsBroken, match=why):
        load_into(network, tensors, name="x", path=Path("weights.safetensors"))
