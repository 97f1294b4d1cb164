"""The training engine: it learns, it can be killed, and it leaves a model that serves."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tensorboardX.proto.event_pb2 import Event

from reid_models import registry
from reid_models.cards import Architecture, read_card
from reid_models.datasets import read_dataset
from reid_models.errors import DatasetError, TrainingError
from reid_models.method_settings import DRANetSettings, RDANSettings
from reid_models.methods import build
from reid_models.methods.ianet import SpatialInteraction
from reid_models.methods.sesa import SelfAttention
from reid_models.methods.tkp import TKP
from reid_models.recipes import Batch, LossWeights, Optimiser, Recipe, Size
from reid_models.tasks import build_task
from reid_models.training import Report, train
from reid_models.training_data import TrainingSet, load_training_set
from reid_models.transforms import clean
from tests.reid_models.toy_people import write_people

pytestmark = pytest.mark.usefixtures("one_thread")

RECIPE = Recipe(
    summary="A network for tests.",
    architecture=Architecture(depth=10, width=8, ibn=True),
    dimension=16,
    input=Size(height=32, width=16),
    epochs=2,
    batch=Batch(people=4, crops=4),
    optimiser=Optimiser(rate=3e-3, warmup_epochs=0, schedule="cosine"),
    ema=0.9,
    save_steps=3,
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    """Eight people, eight crops each."""
    folder = write_people(tmp_path_factory.mktemp("people"), people=8, crops=8)
    return load_training_set([read_dataset(folder)], RECIPE.input)


def test_a_run_that_was_killed_ends_with_the_weights_of_one_that_was_not(
    people: TrainingSet, tmp_path: Path
):
    assert train("toy", RECIPE, people, tmp_path / "whole", device="cpu") is not None
    for steps in (2, 5):
        assert train("toy", RECIPE, people, tmp_path / "cut", stop_after=steps) is None
    train("toy", RECIPE, people, tmp_path / "cut")
    whole, cut = (load_file(tmp_path / run / "state.safetensors") for run in ("whole", "cut"))
    assert whole.keys() == cut.keys()
    for key, value in whole.items():
        assert torch.equal(value, cut[key]), key


def test_the_loss_falls_and_every_step_is_logged_once(people: TrainingSet, tmp_path: Path):
    recipe = RECIPE.model_copy(update={"epochs": 15})
    reports: list[Report] = []
    train("toy", recipe, people, tmp_path, stop_after=45)
    train("toy", recipe, people, tmp_path, report=reports.append)
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [20, 40, 60]
    assert list(rows[0]) == ["step", "epoch", "rate", "loss", "identity", "triplet"]
    assert float(rows[-1]["loss"]) < 0.8 * float(rows[0]["loss"])
    assert [report.step for report in reports] == [60]
    assert sum(reports[0].terms.values()) == pytest.approx(reports[0].loss)
    drawn: dict[str, list[int]] = {}
    for file in sorted((tmp_path / "tensorboard").iterdir()):
        for event in events(file):
            for value in event.summary.value:
                drawn.setdefault(value.tag, []).append(event.step)
    assert drawn.keys() == {"rate", "epoch", "loss", "loss/identity", "loss/triplet"}
    assert drawn["loss"] == [20, 40, 60]


def events(path: Path) -> Iterator[Event]:
    """The events of a TensorBoard file: length, checksum, content, checksum, over and over."""
    content = path.read_bytes()
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        yield Event.FromString(content[12 : 12 + length])
        content = content[16 + length :]


@pytest.mark.parametrize(
    ("method", "shape"),
    [
        ("ianet", {"parts": ("sia", "cia"), "stages": (2, 3)}),
        ("sesa", {"parts": ("se", "sa")}),
        ("can", {"pair_channels": 16, "map_size": (2, 1)}),
        ("rdan", {"glimpses": 2, "memory": 64}),
        ("dranet", {"stripes": 2, "stripe_channels": 32}),
        ("baseline", {"head": "ide"}),
        ("baseline", {"head": "pcb", "stripes": 2, "stripe_channels": 16}),
    ],
)
def test_every_method_learns(
    method: str, shape: dict[str, object], people: TrainingSet, tmp_path: Path
):
    architecture = RECIPE.architecture.model_copy(update=shape)
    recipe = RECIPE.model_copy(
        update={
            "method": method,
            "architecture": architecture,
            "epochs": 15,
            "dranet": DRANetSettings(warmup_epochs=0),
            "rdan": RDANSettings(whole_epochs=0, random_epochs=1),
        }
    )
    folder = train("toy", recipe, people, tmp_path, device="cpu")
    assert folder is not None
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["loss"]) < 0.85 * float(rows[0]["loss"])
    card = read_card(folder / "card.yaml")
    assert card.method == method
    network = build(card, folder / "weights.safetensors")
    blocks = [m for m in network.modules() if isinstance(m, SpatialInteraction | SelfAttention)]
    assert bool(blocks) is (method in ("ianet", "sesa"))
    for block in blocks:
        learnt = block.bn.weight if isinstance(block, SpatialInteraction) else block.share
        assert learnt.abs().sum() > 0


def test_stills_and_clips_learn_together(people: TrainingSet, tmp_path: Path):
    recipe = RECIPE.model_copy(
        update={
            "method": "tkp",
            "architecture": RECIPE.architecture.model_copy(update={"shared_trunk": True}),
            "batch": Batch(people=4, crops=2, frames=3),
            "losses": LossWeights(features=0.1, distances=1.0),
            "epochs": 45,
        }
    )
    folder = train("toy", recipe, people, tmp_path, device="cpu")
    assert folder is not None
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["loss"]) < 0.8 * float(rows[0]["loss"])
    card = read_card(folder / "card.yaml")
    network = build(card, folder / "weights.safetensors")
    assert isinstance(network, TKP)
    for block in network.non_local.values():
        assert block.bn.weight.abs().sum() > 0
    untrained = build_task(recipe, people.people).network
    assert isinstance(untrained, TKP)
    assert found_in_clips(network, people) > 0.9
    assert found_in_clips(untrained.eval(), people) < 0.7


def found_in_clips(pair: TKP, people: TrainingSet) -> float:
    """How often a still of the one camera finds its person among clips of the other."""
    camera = torch.tensor([sample.camera for sample in people.samples])
    first = camera == camera.min()
    images = clean(people.crops, 32, 16)
    with torch.inference_mode():
        clips = pair.frames(images[~first], 4).mean(dim=1)
        alike = torch.nn.functional.normalize(pair(images[first])) @ clips.T / clips.norm(dim=1)
    right = people.labels[~first][::4][alike.argmax(dim=1)] == people.labels[first]
    return right.float().mean().item()


def test_what_comes_out_is_a_model_of_the_registry(people: TrainingSet, tmp_path: Path):
    recipe = RECIPE.model_copy(update={"epochs": 1})
    folder = train("toy", recipe, people, tmp_path)
    assert folder == tmp_path / "toy"
    card = read_card(folder / "card.yaml")
    assert card.research_only
    assert "8 people" in card.trained_on
    model = registry.load("toy", [tmp_path], device="cpu")
    crops = list(np.random.default_rng(0).integers(0, 256, (2, 64, 32, 3), np.uint8))
    assert model.image.embed(crops).shape == (2, 16)


def test_a_teacher_pulls_the_served_vectors_towards_its_own(people: TrainingSet, tmp_path: Path):
    generator = torch.Generator().manual_seed(0)
    teacher = torch.nn.functional.normalize(torch.randn(8, 16, generator=generator), dim=1)
    losses = LossWeights(identity=0, triplet=0, embedding=1, relation=1)
    recipe = RECIPE.model_copy(update={"losses": losses, "epochs": 20})
    train("toy", recipe, people, tmp_path, teacher=teacher[people.labels])
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["embedding"]) < 0.5 < float(rows[0]["embedding"])


def test_a_recipe_that_needs_a_teacher_is_not_run_without_one(people: TrainingSet, tmp_path: Path):
    recipe = RECIPE.model_copy(update={"losses": LossWeights(embedding=1)})
    with pytest.raises(TrainingError, match="teacher=NAME"):
        train("toy", recipe, people, tmp_path)


def test_a_run_may_be_made_longer(people: TrainingSet, tmp_path: Path):
    train("toy", RECIPE, people, tmp_path)
    longer = RECIPE.model_copy(update={"epochs": 3, "summary": "Longer."})
    train("toy", longer, people, tmp_path)
    assert read_card(tmp_path / "toy" / "card.yaml").summary == "Longer."


def test_a_folder_with_another_run_is_left_alone(people: TrainingSet, tmp_path: Path):
    train("toy", RECIPE, people, tmp_path, stop_after=1)
    other = RECIPE.model_copy(update={"seed": 2})
    with pytest.raises(TrainingError, match="another recipe"):
        train("toy", other, people, tmp_path)
    (tmp_path / "state.safetensors").write_bytes(b"cut short")
    with pytest.raises(TrainingError, match="damaged"):
        train("toy", RECIPE, people, tmp_path)


def test_too_few_people_for_a_batch_are_refused(people: TrainingSet, tmp_path: Path):
    recipe = RECIPE.model_copy(update={"batch": Batch(people=9, crops=2)})
    with pytest.raises(DatasetError, match="8 people"):
        train("toy", recipe, people, tmp_path)
