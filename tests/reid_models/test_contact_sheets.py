"""Contact sheets show what the protocol counts, in the right frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from reid_models.contact_sheets import first_hits, write_sheets
from reid_models.datasets.samples import Sample, Tracklet
from reid_models.protocols import Protocol

GREEN, RED, GREY = (40, 160, 60), (200, 40, 40), (128, 128, 128)


def walk(folder: Path, person: int, camera: int) -> Tracklet:
    path = folder / f"{person}-{camera}.png"
    cv2.imwrite(str(path), np.full((8, 4, 3), 255, np.uint8))
    return Tracklet((Sample(path, person, camera),))


def make(folder: Path) -> Protocol:
    gallery = [walk(folder, 1, 1), walk(folder, -1, 2), walk(folder, 2, 2), walk(folder, 1, 2)]
    return Protocol("toy", (walk(folder, 1, 1),), tuple(gallery))


def test_junk_and_the_own_camera_are_not_shown(tmp_path: Path):
    assert first_hits(np.arange(4.0), make(tmp_path), 0, 10) == [2, 3]
    assert first_hits(-np.arange(4.0), make(tmp_path), 0, 1) == [3]


def test_right_hits_are_framed_green_and_wrong_ones_red_for_each_model(tmp_path: Path):
    tables = {"good": -np.arange(4.0)[None], "bad": np.arange(4.0)[None]}
    (file,) = write_sheets(tmp_path / "sheets", make(tmp_path), tables, hits=2)
    sheet = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
    row = sheet[18]  # the top border of the only line
    edges = [tuple(row[x].tolist()) for x in (2, 82, 154, 234, 306)]
    assert edges == [GREY, GREEN, RED, RED, GREEN]
