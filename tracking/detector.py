"""Finding people in pictures with Ultralytics YOLO, whatever form its weights have.

Ultralytics is imported on first use, because that takes seconds. It is kept from phoning home and
from installing packages: both must be said before it is imported.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracking.detector_weights import weights_sha256
from tracking.errors import DetectorError, DetectorWeightsBroken, DetectorWeightsMissing

Detections = tuple[NDArray[np.float32], NDArray[np.float32]]


class PersonDetector:
    """A loaded detector.

    Pictures with the same size are letterboxed to a rectangle where the weights take any size
    (`.pt`, dynamic exports); exports with a fixed input keep it.

    Args:
        weights: anything Ultralytics loads: `.pt`, `.onnx`, `.engine`, an OpenVINO folder. `.pt`
            files are pickles and can run code: only load those you trust.
        device: "auto" (a GPU for weights that run there, else the CPU), "cpu", "cuda", "cuda:1".
        image_size: longer side of the network's input in pixels, where the weights leave it open.
        confidence: least confidence of a detection, 0–1; low, because a tracker uses weak ones.
        iou: overlap above which the weaker of two boxes is dropped, 0–1.
        config_dir: where Ultralytics may keep its settings; None leaves it to YOLO_CONFIG_DIR.

    Attributes:
        name: the weights' name, e.g. "yolo11n_int8_openvino_model".
        sha256: the weights' hash; see `detector_weights.weights_sha256`.
        device: what it really runs on: "cpu", "cuda:0", …
        runtime: "torch", "openvino", "onnxruntime" or "tensorrt".
        precision: what it calculates in: "float32", "bfloat16", "float16"; with "int8 weights, "
            before it for quantised exports.

    Raises:
        DetectorWeightsMissing: no such file.
        DetectorWeightsBroken: it does not load, or knows no class "person".
        DetectorError: the device asked for is not there.
    """

    def __init__(
        self,
        weights: Path,
        *,
        device: str = "auto",
        image_size: int = 640,
        confidence: float = 0.1,
        iou: float = 0.7,
        config_dir: Path | None = None,
    ) -> None:
        if not weights.exists():
            raise DetectorWeightsMissing(
                f"There are no detector weights at '{weights}'. Correct the path in the settings."
            )
        yolo = load_ultralytics(config_dir).YOLO
        self.name = weights.name
        self.sha256 = weights_sha256(weights)
        try:
            self._model = yolo(str(weights), task="detect", verbose=False)
            self._options: dict[str, Any] = {
                "imgsz": image_size,
                "conf": confidence,
                "iou": iou,
                "device": _device_for(weights, device),
                "rect": True,
                "verbose": False,
                "save": False,
            }
            self._options["classes"] = [self._person_class()]
            self.detect([np.zeros((64, 64, 3), np.uint8)])  # loads the network, sets the device
        except DetectorError:
            raise
        except Exception as error:
            raise DetectorWeightsBroken(
                f"The detector's weights '{weights}' don't load: {_first_line(error)} "
                "Fetch them again, or choose others in the settings."
            ) from error
        backend = self._model.predictor.model
        self.device = str(backend.device)
        self.runtime = {
            "pt": "torch",
            "openvino": "openvino",
            "onnx": "onnxruntime",
            "engine": "tensorrt",
        }.get(backend.format, backend.format)
        self.precision = _precision(backend, self.name)

    def detect(self, images: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Find the people in some pictures.

        Args:
            images: uint8 RGB (height, width, 3) each.

        Returns:
            For each picture boxes (n, 4) float32 xyxy in its pixels, within it, and confidences
            (n,) float32, the most certain first.

        Raises:
            ValueError: something else than an RGB picture.
            DetectorError: the network fails, e.g. because the GPU has no memory left.
        """
        for image in images:
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
                raise ValueError(
                    f"expected uint8 (height, width, 3), got {image.dtype} {image.shape}"
                )
        if not images:
            return []
        bgr = [np.ascontiguousarray(image[..., ::-1]) for image in images]
        try:
            results = self._model.predict(bgr, **self._options)
        except RuntimeError as error:
            raise DetectorError(
                f"Detecting people with '{self.name}' failed: {_first_line(error)} "
                "If memory ran out, use a smaller batch or the CPU (see the settings)."
            ) from error
        return [_arrays(result, image) for result, image in zip(results, images, strict=True)]

    def _person_class(self) -> int:
        for number, name in self._model.names.items():
            if name == "person":
                return int(number)
        raise DetectorWeightsBroken(
            f"The detector '{self.name}' knows no class 'person'. Choose weights trained on COCO "
            "or on people in the settings."
        )


def load_ultralytics(config_dir: Path | None = None) -> Any:
    """Import Ultralytics with its network use, installing and usage reports switched off.

    Args:
        config_dir: where it may keep its settings file; without effect once it is imported.
    """
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ.setdefault("YOLO_VERBOSE", "false")
    if config_dir is not None:
        config_dir.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("YOLO_CONFIG_DIR", str(config_dir))
    import ultralytics
    from ultralytics.utils import SETTINGS

    if SETTINGS.get("sync"):
        SETTINGS.update(sync=False)
    return ultralytics


def cuda_available() -> bool:
    """Whether PyTorch sees a CUDA device (imports PyTorch)."""
    import torch

    return bool(torch.cuda.is_available())


def _device_for(weights: Path, wanted: str) -> str:
    on_cpu_only = weights.is_dir() or weights.suffix == ".onnx"
    if wanted == "auto":
        return "cpu" if on_cpu_only or not cuda_available() else "cuda:0"
    if wanted.startswith("cuda") and not cuda_available():
        raise DetectorError(
            f"The detector is set to run on '{wanted}', but no CUDA device is there. "
            "Set detector.device to auto or cpu."
        )
    return "cuda:0" if wanted == "cuda" else wanted


def _precision(backend: Any, name: str) -> str:
    compiled = getattr(backend.backend, "ov_compiled_model", None)
    if compiled is not None:
        kind = str(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())
        kind = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}.get(kind, kind)
    else:
        kind = "float16" if getattr(backend, "fp16", False) else "float32"
    return f"int8 weights, {kind}" if "int8" in name else kind


def _arrays(result: Any, image: NDArray[np.uint8]) -> Detections:
    found = result.boxes.cpu().numpy()
    boxes = np.ascontiguousarray(found.xyxy, dtype=np.float32).reshape(-1, 4)
    confidences = np.ascontiguousarray(found.conf, dtype=np.float32).reshape(-1)
    height, width = image.shape[:2]
    np.clip(boxes[:, 0::2], 0, width, out=boxes[:, 0::2])
    np.clip(boxes[:, 1::2], 0, height, out=boxes[:, 1::2])
    np.clip(confidences, 0, 1, out=confidences)
    solid = (boxes[:, 2] - boxes[:, 0] >= 1) & (boxes[:, 3] - boxes[:, 1] >= 1)
    order = np.argsort(-confidences[solid], kind="stable")
    return boxes[solid][order], confidences[solid][order]


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".") + "."
