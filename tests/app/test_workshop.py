"""From a folder of crops to a trained model and its score, through the services of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import save_file

from app.errors import BadRequest, NotReady
from app.services.actor import OWNER
from app.services.reid_scores import evaluate_reid
from app.services.training import read_queue, train_model
from app.workspace import Workspace
from reid_models.backbones import ResNet
from reid_models.cards import read_card
from reid_models.errors import EvaluationError, ModelUnknown, WeightsMissing
from reid_models.pretrained import imagenet_file
from tests.reid_models.toy_people import write_people

pytestmark = pytest.mark.usefixtures("one_thread")

RECIPE = """
summary: A network for tests.
architecture: {depth: 10, width: 8}
dimension: 16
input: {height: 32, width: 16}
epochs: 40
batch: {people: 4, crops: 2}
optimiser: {rate: 3.0e-3, warmup_epochs: 0, schedule: cosine}
"""


def test_a_model_is_trained_scored_and_scored_again_from_kept_vectors(
    workspace: Workspace, tmp_path: Path
):
    data = write_people(tmp_path / "people", people=8, crops=4)
    for part, crops in (("query", 1), ("gallery", 4)):
        write_people(data, people=8, crops=crops, part=part, seed=1)
    (tmp_path / "toy.yaml").write_text(RECIPE)
    overrides = ["batch.people=8", "epochs=30"]
    checkpoint = train_model(
        OWNER, workspace, str(tmp_path / "toy.yaml"), [data], overrides=overrides, device="cpu"
    )
    assert checkpoint == tmp_path / "home" / "runs" / "toy" / "toy"
    seen: list[int] = []
    for _ in range(2):
        results = evaluate_reid(
            OWNER,
            workspace,
            data,
            model=str(checkpoint),
            progress=lambda done, total: seen.append(total),
        )
    assert seen == [40]
    assert [result["mode"] for result in results] == ["i2i", "i2v", "v2i", "v2v"]
    first = results[0]
    assert first["rank1"] >= 0.6
    assert first["mAP"] >= first["mAP_trapezoid"] >= first["mINP"] > 0
    assert (first["queries"], first["queries_dropped"], first["gallery"]) == (8, 0, 32)
    assert first["model"] == "toy"


def test_models_and_sets_that_cannot_be_used_are_named(workspace: Workspace, tmp_path: Path):
    data = write_people(tmp_path / "people", people=2, crops=2)
    with pytest.raises(EvaluationError, match="no query"):
        evaluate_reid(OWNER, workspace, data, model="heavy")
    write_people(data, people=2, crops=1, part="query")
    write_people(data, people=2, crops=2, part="gallery")
    with pytest.raises(ModelUnknown, match="heavy"):
        evaluate_reid(OWNER, workspace, data, model="heavy")


def test_a_queue_names_its_runs_with_paths_from_its_own_folder(tmp_path: Path):
    file = tmp_path / "queue.yaml"
    file.write_text("- {recipe: light, data: [sets/a, /b], values: [epochs=1], out: runs/a}\n")
    (run,) = read_queue(file)
    assert run.data == (tmp_path / "sets/a", Path("/b"))
    assert (run.values, run.out) == (("epochs=1",), tmp_path / "runs/a")
    file.write_text("- {recipe: light, dta: [a]}\n")
    with pytest.raises(BadRequest, match="not a queue"):
        read_queue(file)


def test_imagenet_weights_are_asked_for_before_anything_is_trained(
    workspace: Workspace, tmp_path: Path
):
    data = write_people(tmp_path / "people", people=4, crops=2)
    (tmp_path / "toy.yaml").write_text(RECIPE)

    def begin(*overrides: str) -> None:
        recipe = str(tmp_path / "toy.yaml")
        train_model(OWNER, workspace, recipe, [data], overrides=overrides, device="cpu")

    with pytest.raises(NotReady, match="train imagenet 18"):
        begin("pretrained=imagenet", "architecture.depth=18")
    with pytest.raises(NotReady, match="18, 34, 50"):
        begin("pretrained=imagenet")
    with pytest.raises(WeightsMissing, match=r"mine\.pth"):
        begin(f"pretrained={tmp_path / 'mine.pth'}")
    kept = imagenet_file(workspace.scratch("models"), 18)
    kept.parent.mkdir(parents=True)
    save_file(ResNet(18, width=8).state_dict(), kept)
    begin("pretrained=imagenet", "architecture.depth=18", "epochs=1")
    card = read_card(tmp_path / "home" / "runs" / "toy" / "toy" / "card.yaml")
    assert "imagenet" in card.trained_on
