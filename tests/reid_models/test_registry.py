"""From a name to a model: states, the default, loading."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reid_models import registry, weight_files
from reid_models.cards import ModelCard
from reid_models.errors import (
    DeviceUnavailable,
    ModelUnknown,
    ModelUntrained,
    WeightsBroken,
    WeightsMissing,
)
from reid_models.methods import METHODS
from reid_models.roles import ImageEmbedder, TrackletEmbedder

from .conftest import plain

BEST = "person-reidentification-retail-0277"


@pytest.fixture
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights come with the program."""
    monkeypatch.setattr(weight_files, "SHIPPED_CARDS", tmp_path / "nothing")


def test_without_any_files_every_model_says_how_it_could_be_had(tmp_path: Path):
    states = {entry.name: entry.state for entry in registry.available([tmp_path])}
    assert states[BEST] == "fetchable"
    assert states["osnet_x0_25_msmt17"] == "importable"
    assert states["baseline"] == "untrained"


def test_models_are_listed_best_measured_first(tmp_path: Path):
    names = [entry.name for entry in registry.available([tmp_path])]
    assert names[0] == BEST
    untrained = {*METHODS, "ide", "pcb"}
    assert set(names[-len(untrained) :]) == untrained


def test_with_nothing_ready_the_recommended_model_is_named_with_its_address(tmp_path: Path):
    with pytest.raises(WeightsMissing, match=f"models fetch {BEST}") as caught:
        registry.default_model([tmp_path])
    assert "https://storage.openvinotoolkit.org/" in str(caught.value)
    assert str(tmp_path / BEST) in str(caught.value)


def test_the_description_is_json_with_the_promised_fields(tmp_path: Path):
    described = [registry.describe(entry) for entry in registry.available([tmp_path])]
    shown = json.loads(json.dumps(described))[0]
    promised = {"name", "method", "roles", "space", "dimension", "modalities", "source", "terms"}
    assert promised | {"state", "sha256", "measured"} <= shown.keys()
    assert shown["measured"][0]["benchmark"] == registry.DEFAULT_BENCHMARK


def test_a_checkpoint_folder_is_a_model_like_any_other(
    mean_colour_model: ModelCard, tmp_path: Path
):
    entry = next(e for e in registry.available([tmp_path]) if e.name == "mean-colour")
    assert (entry.state, entry.path) == ("ready", tmp_path / "mean-colour")
    assert registry.default_model([tmp_path]).name == "mean-colour"


def test_a_loaded_model_plays_both_roles_in_one_space(mean_colour_model: ModelCard, tmp_path: Path):
    model = registry.load("mean-colour", [tmp_path])
    assert isinstance(model.image, ImageEmbedder)
    assert isinstance(model.tracklet, TrackletEmbedder)
    assert model.space == model.image.space == model.tracklet.space == mean_colour_model.space
    assert (model.image.modalities, model.tracklet.modalities) == (("image",), ("tracklet",))
    assert model.sha256 == mean_colour_model.sha256
    assert model.device.startswith("cpu, openvino ")
    assert model.calibration is None
    np.testing.assert_allclose(model.image.embed([plain(30, 0, 40)]), [[0.6, 0, 0.8]], atol=1e-5)
    strip = [plain(200, 0, 0), plain(0, 0, 100)]
    np.testing.assert_allclose(model.tracklet.embed([strip]), [[0.5**0.5, 0, 0.5**0.5]], atol=1e-5)


def test_changed_weights_are_refused(mean_colour_model: ModelCard, tmp_path: Path):
    path = tmp_path / "mean-colour" / "m.xml"
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsBroken, match=r"m\.xml"):
        registry.load("mean-colour", [tmp_path])


def test_models_that_cannot_be_loaded_say_why(tmp_path: Path):
    with pytest.raises(ModelUnknown, match="baseline"):
        registry.load("basline", [tmp_path])
    with pytest.raises(ModelUntrained):
        registry.load("baseline", [tmp_path])
    with pytest.raises(WeightsMissing):
        registry.load(BEST, [tmp_path])


def test_a_device_that_is_not_here_is_refused_by_name(mean_colour_model: ModelCard, tmp_path: Path):
    with pytest.raises(DeviceUnavailable, match="cuda:63"):
        registry.load("mean-colour", [tmp_path], device="cuda:63")


@pytest.mark.data
def test_the_development_weights_are_ready_and_the_best_is_the_default(
    retrace_data: Path, nothing_shipped: None
):
    folders = [retrace_data / "weights"]
    ready = {e.name for e in registry.available(folders) if e.state == "ready"}
    assert len(ready) == 5
    assert registry.default_model(folders).name == BEST


@pytest.mark.data
def test_research_only_weights_are_chosen_only_when_allowed(
    retrace_data: Path, nothing_shipped: None
):
    folders = [retrace_data / "weights" / "osnet_x0_25_msmt17"]
    with pytest.raises(WeightsMissing, match=r"for research only.*osnet_x0_25_msmt17\."):
        registry.default_model(folders)
    chosen = registry.default_model(folders, research_only=True)
    assert chosen.name == "osnet_x0_25_msmt17"
