"""Crops of partly hidden people, each with and without what hides them."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

from app.demo.synthetic.backdrop import SUPERSAMPLING
from app.demo.synthetic.drawing import silhouette
from app.demo.synthetic.ground_truth import Sighting, whole_pixels
from app.demo.synthetic.rendering import Production
from app.demo.synthetic.scene import Shot, Stage, actors, shoot_alone

MOST = 200
"""So many pairs at most, whatever the length of the scene."""

LEAST, GREATEST = 0.3, 0.9
"""Visible fractions between which somebody is partly hidden."""

SEEN, HIDDEN = 255, 128
"""Values of the mask: the person where they are seen, and where they are hidden."""

_HEIGHT = 80
_APART = 5
_MARGIN = 0.08
_COLUMNS = ("number", "camera", "frame", "id", "fraction", "x0", "y0", "x1", "y1")


class PairWriter:
    """Writes `NNN_hidden.jpg`, `NNN_clear.jpg`, `NNN_mask.png` and `pairs.csv`.

    A person is cut out at most every half a second, and only where what hides them is on the
    picture: being cut off by its edge does not count.

    Args:
        folder: made if it is not there.
        production: what the scene is drawn from.
    """

    def __init__(self, folder: Path, production: Production) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._production = production
        self._rows: list[tuple[object, ...]] = []
        self._last: dict[tuple[int, int], int] = {}

    def consider(self, camera: int, frame: int, shot: Shot) -> None:
        """Cut out those of a frame who are partly hidden."""
        height, width = shot.picture.shape[:2]
        for one in shot.sightings:
            x0, y0, x1, y1 = one.amodal
            inside = x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height
            tall = y1 - y0 >= _HEIGHT * height / 540
            due = frame - self._last.get((camera, one.person), -_APART) >= _APART
            if inside and tall and due and LEAST <= one.fraction <= GREATEST:
                if len(self._rows) >= MOST:
                    return
                self._last[camera, one.person] = frame
                self._write(camera, frame, one, shot)

    def close(self) -> None:
        """Write the table."""
        with (self._folder / "pairs.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(_COLUMNS)
            table.writerows(self._rows)

    def _write(self, camera: int, frame: int, one: Sighting, shot: Shot) -> None:
        stage = self._production.stages[camera]
        tracks = self._production.plan.present(stage.eye.place, frame)
        own = [t for t in tracks if t.person == one.person]
        actor = actors(stage, own, frame)[0]
        alone = silhouette(actor.posed, stage.camera, SUPERSAMPLING)
        x0, y0, x1, y1 = box = _wider(one, stage)
        mask = np.zeros(shot.picture.shape[:2], np.uint8)
        whole = whole_pixels(alone)
        rows, columns = np.nonzero(whole)
        mask[rows + alone.y0, columns + alone.x0] = HIDDEN
        mask[shot.people == one.person] = SEEN
        number = len(self._rows)
        stem = str(self._folder / f"{number:03d}")
        clear = shoot_alone(stage, actor, frame)
        for name, picture in (("hidden", shot.picture), ("clear", clear)):
            cut = np.ascontiguousarray(picture[y0:y1, x0:x1, ::-1])
            cv2.imwrite(f"{stem}_{name}.jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, 95])
        cv2.imwrite(f"{stem}_mask.png", mask[y0:y1, x0:x1])
        row = (number, stage.eye.name, frame + 1, one.person + 1, round(one.fraction, 3), *box)
        self._rows.append(row)


def _wider(one: Sighting, stage: Stage) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = one.amodal
    dx, dy = round(_MARGIN * (x1 - x0)), round(_MARGIN * (y1 - y0))
    width, height = stage.camera.width, stage.camera.height
    return max(x0 - dx, 0), max(y0 - dy, 0), min(x1 + dx, width), min(y1 + dy, height)
