"""A few-shot run: it learns, it can be cut, it keeps to its course."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from reid_models.errors import TrainingError
from reid_models.fewshot.classes import load_pictures, read_classes
from reid_models.fewshot.episodes import Shape
from reid_models.fewshot.judging import Accuracy, judge
from reid_models.fewshot.learning import MINI, TIERED, Course, learn
from tests.reid_models.fewshot.toy_classes import write_classes

pytestmark = pytest.mark.usefixtures("one_thread")

COURSE = Course(
    shape=Shape(ways=3, shots=1, queries=3),
    epochs=4,
    episodes=16,
    together=2,
    rates=((0, 0.02), (3, 0.002)),
    width=4,
    val_episodes=5,
)
EXAM = Shape(ways=3, shots=1, queries=5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    folder = write_classes(
        tmp_path_factory.mktemp("classes"), {"train": 8, "val": 3, "test": 4}, pictures=18
    )
    found: list[object] = []
    for part in ("train", "val", "test"):
        listed = read_classes(folder, part)
        found += [torch.from_numpy(load_pictures(listed, side=32)), listed]
    return tuple(found)


def test_new_classes_are_told_apart_after_training(data: tuple[object, ...], tmp_path: Path):
    told: list[Accuracy] = []
    network = learn(
        COURSE, *data[:4], tmp_path, report=lambda epoch, loss, found: told.append(found)
    )
    assert len(told) == COURSE.epochs
    found = judge(network, *data[4:], EXAM, episodes=20)
    assert found.mean > 0.5, "chance is a third"
    assert 0 < found.interval < 0.15
    again = judge(network, *data[4:], EXAM, episodes=20)
    assert again == found
    helped = judge(network, *data[4:], EXAM, episodes=20, with_queries=True)
    assert helped.mean > 0.5


def test_a_run_that_was_cut_ends_like_one_that_was_not(data: tuple[object, ...], tmp_path: Path):
    short = replace(COURSE, epochs=2, episodes=4, val_episodes=2)
    learn(short, *data[:4], tmp_path / "whole")

    def cut(epoch: int, loss: float, found: Accuracy) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(short, *data[:4], tmp_path / "cut", report=cut)
    learn(short, *data[:4], tmp_path / "cut")
    whole, again = (load_file(tmp_path / run / "state.safetensors") for run in ("whole", "cut"))
    for key, value in whole.items():
        assert torch.equal(value, again[key]), key
    with pytest.raises(TrainingError, match="another course"):
        learn(replace(short, seed=2), *data[:4], tmp_path / "cut")


def test_the_papers_courses():
    assert MINI.epochs * MINI.episodes == 108_000
    assert (MINI.shape.ways, MINI.shape.queries, MINI.together) == (5, 6, 4)
    assert [rate for _, rate in TIERED.rates] == [0.1, 0.01, 0.001, 0.0001]
