"""A checkpoint of ours, put where it ships, is what a fresh store uses: offline, nothing set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import yaml

from app.services import model_terms
from app.services.actor import OWNER
from app.workspace import Workspace
from benchmarks.calibration import store
from benchmarks.shipping import NOT_MEASURED, RESEARCH_TERMS, terms_text
from reid_models import calibration, cards, registry, weight_files
from reid_models.calibration import Line
from reid_models.cards import Measured, ModelCard, card_named, read_card
from reid_models.checkpoints import save_checkpoint
from reid_models.methods.baseline import Baseline
from tests.test_tracked_files import problems


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training run of a very small network leaves: run/tiny, with the recipe beside it."""
    tmp_path = tmp_path_factory.mktemp("trained")
    torch.manual_seed(0)
    shape = {"depth": 10, "width": 8}
    card = ModelCard.model_validate(
        card_named("baseline").model_dump()
        | {
            "name": "tiny",
            "dimension": 16,
            "architecture": shape,
            "preprocessing": card_named("baseline").preprocessing.model_dump()
            | {"height": 64, "width": 32},
            "research_only": True,
            "terms": "Weights trained on research-only data",
            "trained_on": "Market-1501: training part, 751 people",
        }
    )
    save_checkpoint(Baseline(10, 16, width=8).eval(), card, tmp_path / "run" / "tiny", half=True)
    recipe = {"method": "baseline", "pretrained": "/home/somebody/begin.safetensors"}
    (tmp_path / "run" / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    return tmp_path / "run" / "tiny"


@pytest.fixture(scope="module")
def written(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of shipped models, with that checkpoint as the only one."""
    folder = tmp_path_factory.mktemp("program")
    measured = Measured(
        benchmark=registry.DEFAULT_BENCHMARK, protocol="made up", queries=9, rank1=0.9, rank5=0.9,
        mean_ap=0.9, precision="cpu", command="made up",
    )  # fmt: skip
    line = Line(slope=10.0, intercept=-5.0, same=2, different=2)
    model = registry.load_checkpoint(checkpoint, device="cpu")
    store(model, measured, {"image_image": line}, range(767), checkpoint, to=folder)
    return folder


@pytest.fixture
def shipped(written: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same, as what comes with the program."""
    for module in (cards, weight_files, calibration):
        monkeypatch.setattr(module, "SHIPPED_CARDS", written)
    cards._shipped.cache_clear()
    yield written
    cards._shipped.cache_clear()


def test_what_ships_says_terms_recipe_and_hash(shipped: Path, checkpoint: Path) -> None:
    folder = shipped / "tiny"
    assert sorted(path.name for path in folder.iterdir()) == [
        "LICENSE", "calibration.json", "card.yaml", "recipe.yaml", "weights.safetensors",
    ]  # fmt: skip
    card = read_card(folder / "card.yaml")
    assert card.files == read_card(checkpoint / "card.yaml").files
    assert (card.terms, card.weaknesses) == (RESEARCH_TERMS, NOT_MEASURED)
    assert card.recipe is not None
    assert card.recipe.file == "recipe.yaml"
    assert "train run tiny" in card.recipe.command
    assert "/home" not in (folder / "recipe.yaml").read_text()
    text = (folder / "LICENSE").read_text()
    for said in ("AGPL", "weights.safetensors", card.trained_on, "research only", "by-nc/4.0"):
        assert said in text
    sizes = {f"reid_models/weights/tiny/{p.name}": p.stat().st_size for p in folder.iterdir()}
    assert problems(sizes) == []


def test_free_weights_are_under_a_free_licence(shipped: Path) -> None:
    card = read_card(shipped / "tiny" / "card.yaml").model_copy(update={"research_only": False})
    text = terms_text(card)
    assert "licenses/by/4.0" in text
    assert "research" not in text


def test_a_fresh_store_uses_it_offline_with_nothing_set(
    workspace: Workspace, shipped: Path
) -> None:
    before = sorted(shipped.rglob("*"))
    assert workspace.active_model_name() == "tiny"
    model = workspace.model()
    assert model.calibration is not None
    assert model.card.measurement(registry.DEFAULT_BENCHMARK)
    (entry,) = [each for each in workspace.known_models() if each.name == "tiny"]
    assert (entry.state, entry.path) == ("ready", shipped / "tiny")
    assert registry.describe(entry)["licence"] == str(shipped / "tiny" / "LICENSE")
    assert [notice.name for notice in model_terms.notices(OWNER, workspace)] == ["tiny"]
    # The program's own folder may be read-only: what is converted goes into the store.
    assert sorted(shipped.rglob("*")) == before
    assert list((workspace.home / "models" / "conversions").iterdir())
