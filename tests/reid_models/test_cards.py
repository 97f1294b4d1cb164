"""What a model card must say, and how cards are found."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from reid_models import registry
from reid_models.cards import (
    LICENCE,
    SHIPPED_CARDS,
    ModelCard,
    ModelFile,
    Preprocessing,
    TrainingRecipe,
    card_named,
    known_cards,
    read_card,
    write_card,
)
from reid_models.errors import CardBroken, ModelUnknown
from reid_models.methods import METHODS

from .conftest import MakeCard

SHIPPED = sorted(path.parent.name for path in SHIPPED_CARDS.glob("*/card.yaml"))
SIZE_AND_HASH = {"sha256": "0" * 64, "size": 1}


def test_the_third_party_models_and_our_own_methods_have_cards():
    omz = [
        f"person-reidentification-retail-{number}" for number in ("0277", "0286", "0287", "0288")
    ]
    known = {*METHODS, "ide", "pcb", "osnet_x0_25_msmt17", *omz}
    assert known <= set(SHIPPED)
    assert all(card_named(name).method in METHODS for name in set(SHIPPED) - known)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_card_carries_its_folders_name_and_says_its_terms(name: str):
    card = read_card(SHIPPED_CARDS / name / "card.yaml")
    assert card.name == name
    assert card.terms
    assert card.dimension <= 512


@pytest.mark.parametrize("number", ["0277", "0286", "0287", "0288"])
def test_open_model_zoo_files_can_be_had_from_intels_storage(number: str):
    card = card_named(f"person-reidentification-retail-{number}")
    assert [Path(file.name).suffix for file in card.files] == [".xml", ".bin"]
    for file in card.files:
        assert file.url
        assert file.url.startswith("https://storage.openvinotoolkit.org/")
        assert file.url.endswith(f"/{card.name}/FP16/{file.name}")
    assert not card.research_only


def test_weights_trained_on_a_research_set_say_so():
    assert card_named("osnet_x0_25_msmt17").research_only


def test_an_unknown_name_is_answered_with_the_nearest_known_ones():
    with pytest.raises(ModelUnknown, match="osnet_x0_25_msmt17") as caught:
        card_named("osnet_x0_25")
    assert caught.value.nearest[0] == "osnet_x0_25_msmt17"


@pytest.mark.parametrize("name", ["../x.onnx", "a/b.onnx", "a\\b.onnx", "..", ""])
def test_a_file_name_cannot_lead_out_of_its_folder(name: str):
    with pytest.raises(ValidationError, match="without folders"):
        ModelFile(name=name, **SIZE_AND_HASH)


def test_a_download_address_is_https():
    with pytest.raises(ValidationError, match="https://"):
        ModelFile(name="a.onnx", url="http://example.org/a.onnx", **SIZE_AND_HASH)


@pytest.mark.parametrize("folder", ["/etc", "../models"])
def test_a_card_cannot_look_outside_the_models_folder(folder: str, make_card: MakeCard):
    with pytest.raises(ValidationError, match="below the models' folder"):
        make_card(folders=(folder,))


def test_a_card_comes_back_as_it_was_written(tmp_path: Path, make_card: MakeCard):
    card = make_card()
    write_card(card, tmp_path / "card.yaml")
    assert read_card(tmp_path / "card.yaml") == card


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "while parsing"),
        ("", "the whole card"),
        ("name: x\n", "summary"),
        ("- 1\n", "the whole card"),
    ],
)
def test_a_card_that_describes_no_model_says_where_and_why(tmp_path: Path, content: str, why: str):
    path = tmp_path / "card.yaml"
    path.write_text(content)
    with pytest.raises(CardBroken, match=why) as caught:
        read_card(path)
    assert str(path) in str(caught.value)


def test_unknown_keys_are_refused(tmp_path: Path, make_card: MakeCard):
    write_card(make_card(), tmp_path / "card.yaml")
    content = yaml.safe_load((tmp_path / "card.yaml").read_text()) | {"accuracy": 1.0}
    (tmp_path / "card.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(CardBroken, match="accuracy"):
        read_card(tmp_path / "card.yaml")


def test_a_broken_card_hides_only_itself(
    tmp_path: Path, make_card: MakeCard, caplog: pytest.LogCaptureFixture
):
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        write_card(make_card(name=name), tmp_path / name / "card.yaml")
    (tmp_path / "bad" / "card.yaml").write_text("name: bad\n")
    names = [card.name for card in known_cards([tmp_path])]
    assert "good" in names
    assert "bad" not in names
    assert str(tmp_path / "bad") in caplog.text


def test_a_checkpoint_cannot_pass_for_a_shipped_model(
    tmp_path: Path, make_card: MakeCard, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "x").mkdir()
    write_card(make_card(name="osnet_x0_25_msmt17"), tmp_path / "x" / "card.yaml")
    assert card_named("osnet_x0_25_msmt17", [tmp_path]).dimension == 512
    assert f"{tmp_path / 'x'} is left out" in caplog.text


def test_a_space_is_the_weights_and_their_preprocessing(make_card: MakeCard):
    card = make_card()
    other_colours = Preprocessing(width=4, height=8, colour="bgr")
    assert card.space == make_card(summary="Told differently.").space
    assert card.space != make_card(preprocessing=other_colours).space
    assert card.space != make_card(b"other weights").space
    assert make_card(files=()).space is None


@pytest.mark.parametrize(
    "card", [card for card in known_cards() if card.files], ids=lambda c: c.name
)
def test_a_model_with_weights_tells_all_that_a_card_has_to(card: ModelCard):
    told = " ".join(card.weaknesses).lower()
    for known_or_not in ("clothes", "night", "children", "crowds"):
        assert known_or_not in told
    assert card.trained_on
    assert card.measurement(registry.DEFAULT_BENCHMARK)
    if card.method in METHODS:
        folder = SHIPPED_CARDS / card.name
        assert card.recipe
        assert (folder / LICENCE).is_file()
        assert not card.recipe.file or (folder / card.recipe.file).is_file()


def test_a_recipes_file_lies_beside_its_card():
    with pytest.raises(ValidationError, match="file"):
        TrainingRecipe(command="train run x", file="../recipe.yaml")
