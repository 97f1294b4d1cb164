"""Two processes that train one model."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from reid_models.errors import TrainingError
from reid_models.training_processes import share_of
from tests.reid_models.toy_people import write_people

PROGRAM = """
import sys
from pathlib import Path
import torch
from safetensors.torch import save_file
import reid_models.training as training
from reid_models.cards import Architecture
from reid_models.datasets import read_dataset
from reid_models.recipes import Batch, Optimiser, Recipe, Size
from reid_models.training_data import load_training_set
from reid_models.training_processes import processes, rank

torch.set_num_threads(1)
out = Path(sys.argv[2])
recipe = Recipe(
    summary="A network for tests.", architecture=Architecture(depth=10, width=8), dimension=16,
    input=Size(height=32, width=16), epochs=10, batch=Batch(people=4, crops=4),
    optimiser=Optimiser(rate=3e-3, warmup_epochs=0, schedule="cosine"),
)
step = training._Run.step
def watched(run, indices, *rest):
    terms = step(run, indices, *rest)
    weights = {k: p.detach().contiguous().clone() for k, p in run.task.named_parameters()}
    save_file(weights, out / f"rank-{rank()}-of-{processes()}-with-{len(indices)}.safetensors")
    return terms
training._Run.step = watched
data = load_training_set([read_dataset(Path(sys.argv[1]))], recipe.input)
training.train("toy", recipe, data, out / "run", device="cpu")
"""


@pytest.mark.slow
def test_two_processes_share_the_batches_and_end_with_one_model(tmp_path: Path):
    data = write_people(tmp_path / "people", people=8, crops=8)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen(
            [sys.executable, str(program), str(data), str(tmp_path)],
            cwd=root,
            env=os.environ
            | {
                "PYTHONPATH": str(root),
                "WORLD_SIZE": "2",
                "RANK": str(number),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": "29561",
            },
        )
        for number in range(2)
    ]
    assert [process.wait(timeout=200) for process in started] == [0, 0]
    first, second = (
        load_file(tmp_path / f"rank-{number}-of-2-with-8.safetensors") for number in range(2)
    )
    for key, value in first.items():
        np.testing.assert_array_equal(value, second[key], err_msg=key)
    assert (tmp_path / "run" / "toy" / "card.yaml").is_file()
    with (tmp_path / "run" / "log.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["20", "40"]


def test_alone_the_whole_batch_is_ones_own():
    batch = np.arange(12)
    assert share_of(batch, 3) is batch


def test_people_that_cannot_be_shared_out_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("reid_models.training_processes.processes", lambda: 2)
    monkeypatch.setattr("reid_models.training_processes.rank", lambda: 1)
    assert share_of(np.arange(12), 4).tolist() == [3, 4, 5, 9, 10, 11]
    for people in (3, 2):
        with pytest.raises(TrainingError, match=r"batch\.people=8"):
            share_of(np.arange(12), people)
