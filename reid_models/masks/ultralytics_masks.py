"""Masks from Ultralytics' pose and segmentation models; nothing imports this but who wants them.

Crops are small and the models' pictures large, so many crops are laid out on one sheet, each in a
cell with a grey border. Of several people in a cell the largest counts, less the farther from its
middle.
Ultralytics is imported on first use, kept from installing anything and from the network.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from reid_models.errors import WeightsBroken, WeightsMissing
from reid_models.masks.regions import BodyMasks, from_pose
from reid_models.roles import Crop

__all__ = ["UltralyticsMasks"]

_SHEET, _ROWS, _COLUMNS, _BORDER = 640, 4, 6, 4
_CELL = (_SHEET // _ROWS, _SHEET // _COLUMNS)
_GREY = 114
_CONFIDENCE = 0.1


class UltralyticsMasks:
    """A MaskProvider: key points from a pose model, the outline from a segmentation model if given.

    Without one the person's mask is what the regions cover together.
    """

    def __init__(
        self, pose: Path, segmentation: Path | None = None, device: str | None = None
    ) -> None:
        """Load the weights.

        Args:
            pose: anything Ultralytics loads, with COCO's 17 key points. `.pt` files are pickles and
                can run code: only load those you trust.
            segmentation: likewise, with a class "person".
            device: Ultralytics' own words: "cpu", "cuda:0"; None: its choice.

        Raises:
            WeightsMissing: a file is not there.
            WeightsBroken: it does not load.
        """
        self._pose = _load(pose, "pose")
        self._segmentation = None if segmentation is None else _load(segmentation, "segment")
        self._device = device
        names = [pose.name] + ([] if segmentation is None else [segmentation.name])
        self.version = "+".join(names).replace(" ", "-") + "-1"

    def masks(self, crops: Sequence[Crop]) -> list[BodyMasks]:
        """Masks as `MaskProvider.masks` says."""
        found: list[BodyMasks] = []
        for start in range(0, len(crops), _ROWS * _COLUMNS):
            found += self._sheet(crops[start : start + _ROWS * _COLUMNS])
        return found

    def _sheet(self, crops: Sequence[Crop]) -> list[BodyMasks]:
        sheet = np.full((_SHEET, _SHEET, 3), _GREY, np.uint8)
        places = [_Place.of(index, crop) for index, crop in enumerate(crops)]
        for place, crop in zip(places, crops, strict=True):
            size = (place.width, place.height)
            sheet[place.rows, place.columns] = cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC)
        posed = self._ask(self._pose, sheet)
        boxes = posed.boxes.xyxy.cpu().numpy()
        points = posed.keypoints.data.cpu().numpy().reshape(len(boxes), 17, -1)
        outlines, outlined = None, np.empty((0, 4), np.float32)
        if self._segmentation is not None:
            segmented = self._ask(self._segmentation, sheet)
            if segmented.masks is not None:
                outlines = segmented.masks.data.cpu().numpy()
                outlined = segmented.boxes.xyxy.cpu().numpy()
        bodies = []
        for place, crop in zip(places, crops, strict=True):
            height, width = crop.shape[:2]
            person = None
            if outlines is not None and (chosen := place.choose(outlined)) is not None:
                whole = cv2.resize(outlines[chosen].astype(np.float32), (_SHEET, _SHEET))
                person = cv2.resize(whole[place.rows, place.columns], (width, height))
            chosen = place.choose(boxes)
            own = np.zeros((17, 3))
            if chosen is not None:
                own = place.back(points[chosen], height, width)
            bodies.append(from_pose(own, height, width, person))
        return bodies

    def _ask(self, model: Any, sheet: npt.NDArray[np.uint8]) -> Any:
        options: dict[str, Any] = {"imgsz": _SHEET, "conf": _CONFIDENCE, "verbose": False}
        options |= {"save": False, "classes": [0], "max_det": 4 * _ROWS * _COLUMNS}
        if self._device is not None:
            options["device"] = self._device
        return model.predict(np.ascontiguousarray(sheet[..., ::-1]), **options)[0]


class _Place:
    """Where on the sheet a crop lies, pixels."""

    def __init__(self, top: int, left: int, height: int, width: int) -> None:
        self.top, self.left, self.height, self.width = top, left, height, width

    @staticmethod
    def of(index: int, crop: Crop) -> _Place:
        row, column = divmod(index, _COLUMNS)
        most = (_CELL[0] - 2 * _BORDER, _CELL[1] - 2 * _BORDER)
        scale = min(most[0] / crop.shape[0], most[1] / crop.shape[1])
        height, width = (max(1, round(side * scale)) for side in crop.shape[:2])
        top = row * _CELL[0] + (_CELL[0] - height) // 2
        return _Place(top, column * _CELL[1] + (_CELL[1] - width) // 2, height, width)

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.width)

    def choose(self, boxes: npt.NDArray[np.floating]) -> int | None:
        """The box (n, 4) xyxy in here that is largest and nearest to the middle, if any."""
        if not len(boxes):
            return None
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2 - (self.left, self.top)
        here = ((middles >= 0) & (middles < (self.width, self.height))).all(axis=1)
        if not here.any():
            return None
        off = (middles - (self.width / 2, self.height / 2)) / (self.width / 2, self.height / 2)
        area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        return int((area * np.exp(-(off**2).sum(axis=1)) * here).argmax())

    def back(self, points: npt.NDArray[np.floating], height: int, width: int) -> Any:
        """Key points of the sheet to (17, 3) of the crop; what lies outside is unsure."""
        own = np.ones((17, 3))
        own[:, : points.shape[1]] = points
        own[:, :2] -= (self.left, self.top)
        outside = ((own[:, :2] < 0) | (own[:, :2] > (self.width, self.height))).any(axis=1)
        own[:, :2] *= (width / self.width, height / self.height)
        own[outside, 2] = 0.0
        return own


def _load(path: Path, task: str) -> Any:
    if not path.exists():
        raise WeightsMissing(
            f"There are no weights at {path}. Put Ultralytics' {task} model there.", name=path.name
        )
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    import ultralytics
    from ultralytics.utils import SETTINGS

    if SETTINGS.get("sync"):
        SETTINGS.update(sync=False)
    try:
        return ultralytics.YOLO(str(path), task=task, verbose=False)
    except Exception as error:
        raise WeightsBroken(
            f"{path} does not load as a {task} model ({str(error).splitlines()[0]}). Fetch it "
            "again.",
            name=path.name,
        ) from error
