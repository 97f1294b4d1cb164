"""YOLOX nano, a permissively licensed detector, to compare with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tracking.detector import Detections

_SIDE = 416
_STRIDES = (8, 16, 32)
_PADDING = 114
_SAME = 0.65


class Yolox:
    """The ONNX network of the development data, class person.

    Args:
        path: yolox_nano.onnx: 1×3×416×416 BGR 0–255 → 1×3549×85, offsets within grid cells.
        confidence: least confidence of a detection, 0–1.
    """

    def __init__(self, path: Path, confidence: float) -> None:
        self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._confidence = confidence
        cells, strides = [], []
        for stride in _STRIDES:
            count = _SIDE // stride
            y, x = np.mgrid[:count, :count]
            cells.append(np.stack([x.ravel(), y.ravel()], axis=1))
            strides.append(np.full((count * count, 1), stride))
        self._cells, self._strides = np.concatenate(cells), np.concatenate(strides)

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Find people in an RGB picture; as `PersonDetector.detect` for one picture."""
        height, width = image.shape[:2]
        scale = min(_SIDE / height, _SIDE / width)
        small = cv2.resize(image, (round(width * scale), round(height * scale)))
        padded = np.full((_SIDE, _SIDE, 3), _PADDING, np.uint8)
        padded[: small.shape[0], : small.shape[1]] = small[..., ::-1]
        blob = padded.transpose(2, 0, 1)[None].astype(np.float32)
        (raw,) = self._session.run(None, {self._session.get_inputs()[0].name: blob})
        found = np.asarray(raw, np.float32)[0]
        confidences = found[:, 4] * found[:, 5]
        sure = confidences >= self._confidence
        found, confidences = found[sure], confidences[sure]
        middle = (found[:, :2] + self._cells[sure]) * self._strides[sure]
        size = np.exp(found[:, 2:4]) * self._strides[sure]
        boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=1) / scale
        boxes = np.clip(boxes, 0, (width, height, width, height)).astype(np.float32)
        rows = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
        kept = cv2.dnn.NMSBoxes(rows.tolist(), confidences.tolist(), self._confidence, _SAME)
        chosen = np.asarray(kept, np.int64).reshape(-1)
        return boxes[chosen], confidences[chosen].astype(np.float32)
