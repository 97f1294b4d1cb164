"""STCnet learns, can be stopped, and paints no more than what is hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reid_models.cards import Architecture
from reid_models.completion.completing import Completer, neighbours_of, open_completer
from reid_models.completion.guides import Guide, find_clean, load_guide, make_examples
from reid_models.completion.networks import STCNet
from reid_models.completion.recipes import (
    CompletionRecipe,
    known_completion_recipes,
    load_completion_recipe,
)
from reid_models.completion.training import train_completion
from reid_models.datasets.samples import Sample
from reid_models.errors import RecipeError, TrainingError, WeightsBroken
from reid_models.methods.baseline import Baseline
from reid_models.recipes import Batch, Optimiser, Recipe, Size
from reid_models.training import train
from reid_models.training_data import TrainingSet

pytestmark = pytest.mark.usefixtures("one_thread")

GUIDE = Recipe(
    summary="A guide for tests.",
    architecture=Architecture(depth=10, width=8),
    dimension=16,
    input=Size(height=64, width=32),
    epochs=1,
    batch=Batch(people=4, crops=4),
    optimiser=Optimiser(rate=3e-3, warmup_epochs=0, schedule="cosine"),
)
RECIPE = CompletionRecipe.model_validate(
    {
        "summary": "A painter for tests.",
        "network": {"width": 8, "height": 32, "breadth": 16},
        "critic_width": 8,
        "steps": {"spatial": 2, "temporal": 2, "adversarial": 3},
        "batch": 8,
        "rate": 4e-3,
        "save_steps": 2,
        "false_alarms": 0,
    }
)


def striped(people: int, frames: int = 6, seed: int = 0) -> np.ndarray:
    """(people, frames, 32, 16, 3): each person three bands of colours that only they wear."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(20, 236, (people, 1, 3, 3))
    walks = np.repeat(colours, frames, axis=1).astype(np.float64)
    walks = np.repeat(walks[:, :, np.array([0] * 11 + [1] * 11 + [2] * 10)], 1, axis=2)
    walks = np.repeat(walks[:, :, :, None], 16, axis=3) * rng.uniform(
        0.9, 1.1, (people, frames, 1, 1, 1)
    )
    return (walks + rng.normal(0, 4, walks.shape)).clip(0, 255).astype(np.uint8)


def training_set(walks: np.ndarray) -> TrainingSet:
    people, frames = walks.shape[:2]
    crops = walks.reshape(-1, *walks.shape[2:]).transpose(0, 3, 1, 2)
    return TrainingSet(
        crops=torch.from_numpy(np.ascontiguousarray(crops)),
        labels=torch.arange(people).repeat_interleave(frames),
        people=people,
        source="stripes",
        samples=tuple(
            Sample(Path(f"{person}-{frame}"), person, 0, 1, frame)
            for person in range(people)
            for frame in range(frames)
        ),
    )


@pytest.fixture(scope="module")
def data() -> TrainingSet:
    return training_set(striped(24))


@pytest.fixture(scope="module")
def guided(data: TrainingSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a re-ID network on the same people."""
    folder = tmp_path_factory.mktemp("guide")
    train("guide", GUIDE, data, folder, device="cpu")
    return folder


def test_a_run_that_was_stopped_in_any_stage_ends_with_the_same_weights(
    data: TrainingSet, guided: Path, tmp_path: Path
):
    def guide() -> Guide:
        return load_guide(guided, data.people)

    whole, cut = tmp_path / "whole", tmp_path / "cut"
    made = train_completion("painter", RECIPE, data, guide(), whole, device="cpu")
    assert made == whole / "painter"
    for step in (1, 3, 6):
        assert (
            train_completion("painter", RECIPE, data, guide(), cut, device="cpu", stop_after=step)
            is None
        )
    train_completion("painter", RECIPE, data, guide(), cut, device="cpu")
    one, two = (load_file(run / "state.safetensors") for run in (whole, cut))
    assert one.keys() == two.keys()
    for key, value in one.items():
        assert torch.equal(value, two[key]), key
    assert any(key.startswith("optimiser.critics") for key in one)
    completer = open_completer(made)
    assert completer.card.trained_on == "stripes"
    (made / "weights.safetensors").write_bytes(b"other")
    with pytest.raises(WeightsBroken):
        open_completer(made)
    other = RECIPE.model_copy(update={"seed": 2})
    with pytest.raises(TrainingError, match="another recipe"):
        train_completion("painter", other, data, guide(), cut, device="cpu")


class Neighbours(STCNet):
    """Paints with the mean of the neighbours: what a well trained network would at best do."""

    def forward(self, frames, masks, before, after):  # type: ignore[no-untyped-def]
        painted = torch.where(masks > 0, (before + after) / 2, frames)
        return frames, painted


def completer(kind: type[STCNet] = Neighbours) -> Completer:
    torch.manual_seed(0)
    card = {
        "name": "toy",
        "summary": "",
        "network": RECIPE.network.model_dump(),
        "source": "",
        "terms": "",
        "research_only": False,
        "trained_on": "",
        "guide": "",
        "sha256": "0" * 64,
    }
    from reid_models.completion.recipes import CompletionCard

    return Completer(kind(width=8), CompletionCard.model_validate(card))


def test_completing_touches_hidden_bands_of_partly_hidden_frames_alone():
    walk = np.random.default_rng(0).integers(0, 256, (5, 96, 40, 3), np.uint8)
    hidden = np.zeros((5, 3), np.bool_)
    hidden[1, 1] = hidden[4, 0] = True
    hidden[2] = True
    done = completer(STCNet).complete(list(walk), hidden, np.array([0.0, 1, 2, 3, 9]))
    assert done.synthetic.tolist() == [False, True, False, False, True]
    assert done.neighbours.tolist() == [[-1, -1], [0, 3], [-1, -1], [-1, -1], [3, 3]]
    assert done.far.tolist() == [False, False, False, False, True]
    for before, after, painted in zip(walk, done.crops, done.painted, strict=True):
        assert (before == after)[~painted].all()
    assert done.painted[1].any(axis=1).nonzero()[0].tolist() == list(range(32, 64))
    assert done.painted[4].any(axis=1).nonzero()[0].tolist() == list(range(32))
    assert (done.crops[1] != walk[1])[32:64].any()


def test_a_frame_without_clean_neighbours_is_painted_from_itself():
    crop = np.full((32, 16, 3), 200, np.uint8)
    hidden = np.array([[False, True, False]])
    done = completer(STCNet).complete([crop], hidden)
    assert done.synthetic.tolist() == [True]
    assert done.neighbours.tolist() == [[-1, -1]]
    clean = completer(STCNet).complete([crop], np.zeros((1, 3), np.bool_))
    assert clean.crops[0] is crop
    assert not clean.synthetic.any()


def test_completing_brings_a_tracklet_back_to_its_clean_vector():
    torch.manual_seed(0)
    network = Baseline(10, 16, width=8).eval()

    def vector(walk: list[np.ndarray]) -> torch.Tensor:
        pictures = torch.from_numpy(np.stack(walk)).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.inference_mode():
            return torch.nn.functional.normalize(network(pictures).mean(dim=0), dim=0)

    for seed in range(3):
        walk = list(striped(1, frames=8, seed=seed)[0])
        spoilt = [crop.copy() for crop in walk]
        spoilt[3][11:22] = np.random.default_rng(seed).integers(0, 256, (11, 16, 3))
        hidden = np.zeros((8, 3), np.bool_)
        hidden[3, 1] = True
        done = list(completer().complete(spoilt, hidden).crops)
        truth = vector(walk)
        assert (vector(done) - truth).norm() < 0.5 * (vector(spoilt) - truth).norm()


@pytest.mark.parametrize(
    ("place", "clean", "expected"),
    [
        (3, [0, 2, 5, 7], (2, 5)),
        (0, [2, 5], (2, 2)),
        (6, [2, 5], (5, 5)),
        (1, [], (-1, -1)),
    ],
)
def test_neighbours_are_the_nearest_clean_frames(
    place: int, clean: list[int], expected: tuple[int, int]
):
    assert neighbours_of(place, np.array(clean, np.int64)) == expected


def test_examples_are_clean_frames_between_clean_frames():
    clean = np.array([True, False, True, True, True, False])
    examples = make_examples([np.array([0, 1, 2, 3]), np.array([4, 5])], clean)
    found = list(zip(examples.frames, examples.before, examples.after, strict=True))
    assert found == [(0, 2, 2), (2, 0, 3), (3, 2, 2)]
    with pytest.raises(TrainingError, match="two clean frames"):
        make_examples([np.array([0, 1])], np.array([True, False, True]))


def test_what_does_not_fit_its_tracklet_is_not_learnt_from():
    rng = np.random.default_rng(0)
    features = (rng.uniform(size=(1, 3, 32)) + rng.normal(0, 0.05, (40, 3, 32))).astype(np.float32)
    features[7, 2] = rng.uniform(size=32) ** 6
    tracklets = [np.arange(20), np.arange(20, 40)]
    clean = find_clean(features, tracklets, 0.03)
    assert not clean[7]
    assert clean.mean() >= 0.9
    assert find_clean(features, tracklets, 0.0).all()


def test_a_guide_must_have_told_the_same_people_apart(guided: Path, tmp_path: Path):
    with pytest.raises(TrainingError, match="other data"):
        load_guide(guided, 3)
    with pytest.raises(TrainingError, match="no training run"):
        load_guide(tmp_path, 3)


@pytest.mark.parametrize("name", known_completion_recipes())
def test_every_completion_recipe_can_be_read(name: str):
    recipe = load_completion_recipe(name, ["steps.spatial=5"])
    assert recipe.steps.stage(4) == "spatial"
    assert recipe.steps.stage(5) == "temporal"
    assert recipe.steps.stage(recipe.steps.total - 1) == "adversarial"
    with pytest.raises(RecipeError, match=r"steps\.spacial"):
        load_completion_recipe(name, ["steps.spacial=5"])
