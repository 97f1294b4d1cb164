"""A whole scene into a folder, as the command writes it, and what the command refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.demo.stored_scene import check_files, read_scene
from app.demo.synthetic import __main__ as command
from app.demo.synthetic import generator
from app.demo.synthetic.generator import CannotWrite, Order, generate, specs_of
from app.demo.synthetic.pairs import HIDDEN, SEEN
from app.errors import BadRequest
from benchmarks import hard_site
from tests.app.demo.synthetic.small_site import quiet
from tracking.evaluation import read_truth
from tracking.video import VideoReader

ORDER = Order(people=4, cameras=3, seconds=20.0, seed=2, width=160, height=90, fps=5.0)


@pytest.fixture(scope="module")
def folder(drawing: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scene")
    generate(ORDER, out, processes=1, pairs=True, told=quiet)
    return out


def test_a_scene_has_videos_truth_and_a_description(folder: Path) -> None:
    scene = read_scene(folder)
    check_files(scene)
    truth = read_truth(scene.ground_truth)

    assert [camera.name for camera in scene.cameras] == ["Lobby", "Plaza east", "Plaza west"]
    assert set(truth) <= {camera.name for camera in scene.cameras}
    for camera in scene.cameras:
        with VideoReader(camera.file) as video:
            assert sum(1 for _ in video.frames()) == 100
    assert "--seed 2" in json.loads((folder / "site.json").read_text())["made_by"]


def test_pairs_show_the_same_person_with_and_without_what_hides_them(folder: Path) -> None:
    with (folder / "pairs" / "pairs.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert rows
    for row in rows:
        stem = folder / "pairs" / f"{int(row['number']):03d}"
        hidden, clear = (cv2.imread(f"{stem}_{kind}.jpg") for kind in ("hidden", "clear"))
        mask = cv2.imread(f"{stem}_mask.png", cv2.IMREAD_GRAYSCALE)
        assert hidden.shape == clear.shape == (*mask.shape, 3)
        seen, covered = (mask == SEEN).sum(), (mask == HIDDEN).sum()
        assert seen / (seen + covered) == pytest.approx(float(row["fraction"]), abs=0.01)
        assert 0.3 <= float(row["fraction"]) <= 0.9


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    with pytest.raises(CannotWrite, match="not empty"):
        generate(ORDER, tmp_path, 1, False, quiet)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_says_what_is_wrong_and_leaves_nothing(
    drawing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new"

    assert command.main(["--cameras", "9", "--people", "1", "--out", str(out)]) == 1
    assert "between 1 and 8" in capsys.readouterr().err
    assert not out.exists()


def test_without_numba_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.demo.synthetic.compiled.numba", None)

    assert command.main(["--out", str(tmp_path / "new")]) == 1
    assert "make install-demo" in capsys.readouterr().err


@pytest.mark.parametrize("order", [Order(people=0), Order(seconds=0), Order(cameras=0)])
def test_an_impossible_scene_is_refused_before_anything_is_drawn(
    order: Order, tmp_path: Path, drawing: None
) -> None:
    with pytest.raises(BadRequest):
        generate(order, tmp_path / "new", 1, False, quiet)


def test_the_site_has_two_pairs_of_near_doubles_at_its_end() -> None:
    people = specs_of(generator.SITE)

    assert len(people) == generator.SITE.people == 20
    assert people[16].upper == people[17].upper or people[16].lower == people[17].lower


def test_the_hard_site_is_drawn_once_and_again_for_other_wishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []

    def pretend(order: Order, out: Path, *_: object) -> None:
        drawn.append(order)
        (out / "site.json").write_text("{}")

    monkeypatch.setattr(hard_site, "generate", pretend)
    environment = {"RETRACE_CACHE": str(tmp_path)}
    first = hard_site.hard_site(environment)

    assert hard_site.hard_site(environment) == first
    assert drawn == [hard_site.HARD]
    assert hard_site.HARD.people == 24
    assert hard_site.HARD.cast == "hard"
    assert hard_site.cached(ORDER, environment) != first
    assert np.size(drawn) == 2
