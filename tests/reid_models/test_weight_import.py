"""Taking weights over from this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_models import registry
from reid_models.cards import ModelCard, TrainingRecipe, read_card, write_card
from reid_models.errors import WeightsBroken, WeightsUnknown
from reid_models.weight_files import verify
from reid_models.weight_import import missing_files, recognise, take_over

from .conftest import MakeCard

OSNET = "osnet_x0_25_msmt17"
OMZ = "person-reidentification-retail-0288"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of models that has none yet."""
    return tmp_path / "models"


@pytest.fixture
def checkpoint(tmp_path: Path, make_card: MakeCard) -> Path:
    """A checkpoint's folder, with all that may lie beside weights and a stray file."""
    folder = tmp_path / "runs" / "mine"
    folder.mkdir(parents=True)
    (folder / "tiny.onnx").write_bytes(b"weights")
    recipe = TrainingRecipe(command="train run mine", file="recipe.yaml")
    write_card(make_card(name="mine", recipe=recipe), folder / "card.yaml")
    for name in ("LICENSE", "calibration.json", "recipe.yaml", "notes.txt"):
        (folder / name).write_text(name)
    return folder


def of_files(folder: Path, models: Path) -> dict[str, list[str]]:
    return {found.card.name: sorted(found.files) for found in recognise(folder, models)}


def test_a_checkpoint_is_taken_over_with_what_belongs_to_it(checkpoint: Path, models: Path):
    (found,) = recognise(checkpoint, models)
    assert take_over(found, models) == models / "mine"
    assert sorted(path.name for path in (models / "mine").iterdir()) == [
        "LICENSE", "calibration.json", "card.yaml", "recipe.yaml", "tiny.onnx",
    ]  # fmt: skip
    assert verify("mine", [models]) == {"tiny.onnx": models / "mine" / "tiny.onnx"}
    assert registry.default_model([models]).card == read_card(checkpoint / "card.yaml")
    assert take_over(*recognise(checkpoint, models), models) == models / "mine"


def test_a_damaged_checkpoint_is_not_taken_over(checkpoint: Path, models: Path):
    (checkpoint / "tiny.onnx").write_bytes(b"feather")
    with pytest.raises(WeightsBroken, match=r"tiny\.onnx is missing, damaged or another"):
        recognise(checkpoint, models)


@pytest.mark.parametrize("name", ["mine", OSNET])
def test_a_checkpoint_takes_no_other_models_name(
    name: str, checkpoint: Path, models: Path, make_card: MakeCard
):
    take_over(*recognise(checkpoint, models), models)
    (checkpoint / "tiny.onnx").write_bytes(b"better!")
    write_card(make_card(b"better!", name=name), checkpoint / "card.yaml")
    with pytest.raises(WeightsBroken, match=rf"called {name}.*another name"):
        recognise(checkpoint, models)


def test_a_method_without_weights_is_nothing_to_import(
    checkpoint: Path, models: Path, make_card: MakeCard
):
    write_card(make_card(name="mine", files=()), checkpoint / "card.yaml")
    with pytest.raises(WeightsUnknown, match="train run mine"):
        recognise(checkpoint, models)


def test_a_file_is_known_by_its_content_whatever_its_name(
    models: Path, mean_colour_model: ModelCard, tmp_path: Path
):
    """Of a model of two files, one at a time."""
    home = tmp_path / "home"
    (home / "mean-colour").mkdir(parents=True)
    write_card(mean_colour_model, home / "mean-colour" / "card.yaml")
    for name, still in (("m.xml", ("m.bin",)), ("m.bin", ())):
        download = tmp_path / "download (1)"
        download.write_bytes((tmp_path / "mean-colour" / name).read_bytes())
        (found,) = recognise(download, home)
        assert take_over(found, home) == home / "mean-colour"
        assert missing_files(found.card, [home]) == still
    assert registry.load("mean-colour", [home]).space == mean_colour_model.space


def test_what_belongs_to_no_known_model_is_said_to(tmp_path: Path, models: Path):
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "holiday.jpg").write_bytes(b"sun")
    with pytest.raises(WeightsUnknown, match=r"SHA-256 .* is not a file of any known"):
        recognise(tmp_path / "album" / "holiday.jpg", models)
    with pytest.raises(WeightsUnknown, match="holds no file of any known"):
        recognise(tmp_path / "album", models)
    with pytest.raises(WeightsUnknown, match="cannot be read"):
        recognise(tmp_path / "gone.onnx", models)


@pytest.mark.data
def test_third_party_models_are_taken_over_from_the_folders_they_come_in(
    retrace_data: Path, models: Path
):
    folder = retrace_data / "weights" / "omz_reid_fp16"
    zoo = of_files(folder, models)
    assert len(zoo) == 4
    assert zoo[OMZ] == [f"{OMZ}.bin", f"{OMZ}.xml"]
    found = [*recognise(folder, models), *recognise(retrace_data / "weights" / OSNET, models)]
    for each in found:
        if each.card.name in (OMZ, OSNET):
            assert take_over(each, models) == models / each.card.name
            assert verify(each.card.name, [models])
    ready = {entry.name: entry.path for entry in registry.available([models]) if entry.path}
    assert (ready[OMZ], ready[OSNET]) == (models / OMZ, models / OSNET)
