"""The scene that the project carries: whole, consistent, and what today's code would draw."""

from __future__ import annotations

import json
from typing import Any

import av
import numpy as np
import pytest

from app.demo.stored_scene import SITE as FOLDER
from app.demo.stored_scene import check_files, read_scene
from app.demo.synthetic.generator import SITE, produce
from app.demo.synthetic.ground_truth import LEAST_FRACTION, LEAST_HEIGHT
from app.demo.synthetic.rendering import Crew, Production
from app.demo.synthetic.writer import VideoWriter
from tests.app.demo.synthetic.small_site import quiet
from tracking.evaluation import read_truth
from tracking.video import VideoReader

AGAIN = "Car park"
"""The camera that is drawn again."""

FIRST_FRAMES = 37
LARGEST = 6_000_000


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "ground_truth/ground_truth.json").read_text())
    return found


def rows_of(camera: dict[str, Any]) -> list[dict[str, Any]]:
    seen = camera["seen"]
    return [dict(zip(seen, row, strict=True)) for row in zip(*seen.values(), strict=True)]


def test_its_videos_are_what_its_description_says() -> None:
    scene = read_scene()
    check_files(scene)

    assert [camera.name for camera in scene.cameras] == [
        "Lobby",
        "Plaza east",
        "Plaza west",
        "Car park",
    ]
    for camera in scene.cameras:
        with VideoReader(camera.file) as video:
            assert (video.info.width, video.info.height) == (960, 540)
            assert video.info.fps == pytest.approx(camera.fps)
            assert video.info.duration == pytest.approx(camera.seconds, abs=0.1)


def test_it_is_small_enough_to_be_carried() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < LARGEST


def test_every_mot_line_says_what_the_json_says(truth: dict[str, Any]) -> None:
    for camera in truth["cameras"]:
        text = (FOLDER / "ground_truth" / f"{camera['name']}.txt").read_text()
        lines = [[float(v) for v in line.split(",")] for line in text.splitlines()]
        rows = [row for row in rows_of(camera) if row["visible"] != [0, 0, 0, 0]]
        assert len(lines) == len(rows)
        for line, row in zip(lines, rows, strict=True):
            x0, y0, x1, y1 = row["visible"]
            counts = row["fraction"] >= LEAST_FRACTION and y1 - y0 >= LEAST_HEIGHT
            fraction = row["fraction"] if counts else 0
            assert line == [row["frame"], row["id"], x0, y0, x1 - x0, y1 - y0, 1, 1, fraction]


def test_its_truth_can_be_read_for_scoring() -> None:
    read = read_truth(FOLDER / "ground_truth")

    assert set(read) == {"Lobby", "Plaza east", "Plaza west", "Car park"}
    assert all(one.counts.sum() > 200 for one in read.values())


def test_everybody_has_one_id_and_is_well_seen_by_two_cameras(truth: dict[str, Any]) -> None:
    assert [person["id"] for person in truth["people"]] == list(range(1, SITE.people + 1))
    assert all(person["looks"] for person in truth["people"])
    seen: dict[int, set[str]] = {person["id"]: set() for person in truth["people"]}
    for camera in truth["cameras"]:
        good = [r["id"] for r in rows_of(camera) if r["fraction"] >= 0.8 and _tall(r) >= 70]
        for person in seen:
            if good.count(person) >= SITE.fps:
                seen[person].add(camera["name"])

    assert min(len(cameras) for cameras in seen.values()) >= 2


def _tall(row: dict[str, Any]) -> int:
    return int(row["visible"][3] - row["visible"][1])


def test_its_calibration_puts_people_on_their_feet(truth: dict[str, Any]) -> None:
    for camera in truth["cameras"]:
        matrix = np.array(camera["matrix"])
        for row in rows_of(camera):
            # The feet are half a step before and behind where a person is.
            angles = np.arange(8) * np.pi / 4
            x, y = row["x"] + 0.5 * np.cos(angles), row["y"] + 0.5 * np.sin(angles)
            seen = matrix @ np.stack([x, y, np.zeros(8), np.ones(8)])
            columns, lines = seen[:2] / seen[2]
            x0, _, x1, y1 = row["amodal"]
            assert lines.min() - 3 <= y1 <= lines.max() + 3
            assert columns.min() - 3 <= (x0 + x1) / 2 <= columns.max() + 3


def test_the_first_person_is_well_seen_there_and_later_elsewhere(truth: dict[str, Any]) -> None:
    first = read_scene().first
    cameras = {camera["name"]: camera for camera in truth["cameras"]}
    frame = round(first.time * truth["fps"]) + 1
    row = next(
        row
        for row in rows_of(cameras[first.camera])
        if row["frame"] == frame and row["visible"] == list(first.box)
    )
    later = {
        name
        for name, camera in cameras.items()
        for other in rows_of(camera)
        if name != first.camera and other["id"] == row["id"] and other["frame"] > frame
        if other["fraction"] > 0.9 and _tall(other) > 80
    }

    assert row["fraction"] > 0.9
    assert _tall(row) >= 100
    assert len(later) >= 2


@pytest.fixture(scope="module")
def drawn_again(drawing: None) -> Production:
    with Crew(2) as crew:
        return produce(SITE, crew, quiet, [AGAIN])


@pytest.mark.slow
def test_drawn_again_it_is_the_same_scene(
    drawn_again: Production, truth: dict[str, Any], tmp_path: Any
) -> None:
    """Boxes within half a pixel, and the first three seconds alike once decoded."""
    camera = next(camera for camera in truth["cameras"] if camera["name"] == AGAIN)
    stored = {(row["frame"], row["id"]): row for row in rows_of(camera)}
    file = tmp_path / "again.mp4"
    with VideoWriter(file, SITE.width, SITE.height, SITE.fps) as video:
        for frame in range(FIRST_FRAMES):
            shot = drawn_again.shot(0, frame)
            video.write(shot.picture)
            for one in shot.sightings:
                row = stored.pop((frame + 1, one.person + 1))
                assert np.abs(np.subtract(row["amodal"], one.amodal)).max() <= 0.5
                assert np.abs(np.subtract(row["visible"], one.visible)).max() <= 0.5
                assert row["fraction"] == pytest.approx(one.fraction, abs=0.02)

    assert all(frame > FIRST_FRAMES for frame, _ in stored)
    assert _psnr(_decoded(file), _decoded(FOLDER / camera["file"])) >= 36


def _decoded(file: Any) -> np.ndarray:
    with av.open(str(file)) as container:
        frames = container.decode(video=0)
        shown = [next(frames).to_ndarray(format="rgb24") for _ in range(FIRST_FRAMES)]
    return np.stack(shown).astype(np.float64)


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = float(((a - b) ** 2).mean())
    return 10 * float(np.log10(255**2 / max(error, 1e-9)))
