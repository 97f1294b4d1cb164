"""Detecting people: real weights on real pictures, clear errors, no network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tracking.detector import PersonDetector, load_ultralytics
from tracking.errors import DetectorError, DetectorWeightsBroken, DetectorWeightsMissing
from tracking.video import frame_at

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ultralytics.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:torch.*"),
]


@pytest.fixture(scope="module")
def config_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yolo")


@pytest.fixture(scope="module")
def detector(retrace_data: Path, config_dir: Path) -> PersonDetector:
    weights = retrace_data / "weights" / "yolo11n_int8_openvino_model"
    return PersonDetector(weights, config_dir=config_dir)


def random_network(config_dir: Path, first_class: str) -> Any:
    model = load_ultralytics(config_dir).YOLO("yolo11n.yaml", verbose=False)
    model.model.names = {**model.model.names, 0: first_class}
    return model


@pytest.mark.data
def test_the_man_in_the_room_is_found_where_the_labels_have_him(
    detector: PersonDetector, retrace_data: Path
) -> None:
    folder = retrace_data / "videos" / "room2"
    rows = (folder / "labels" / "Single1.txt").read_text().splitlines()
    frame_number, _, x, y, w, h = map(float, rows[30].split(",")[:6])
    frame = frame_at(folder / "Single1.mp4", (frame_number - 1) / 29.97 + 1e-3)
    assert frame.index == frame_number - 1
    (boxes, confidences), (nothing, none) = detector.detect(
        [frame.image, np.zeros((99, 55, 3), np.uint8)]
    )
    assert boxes.dtype == confidences.dtype == np.float32
    assert confidences[0] == confidences.max() > 0.5
    np.testing.assert_allclose(boxes[0], [x, y, x + w, y + h], atol=12)
    assert nothing.shape == (0, 4)
    assert none.shape == (0,)


@pytest.mark.data
def test_a_batch_finds_what_single_pictures_do(
    detector: PersonDetector, retrace_data: Path
) -> None:
    path = retrace_data / "videos" / "retail3" / "output_cam1_with_tracking.mp4"
    images = [frame_at(path, t).image for t in (1.0, 9.0)]
    together = detector.detect(images)
    for image, (boxes, confidences) in zip(images, together, strict=True):
        alone_boxes, alone_confidences = detector.detect([image])[0]
        np.testing.assert_array_equal(boxes, alone_boxes)
        np.testing.assert_array_equal(confidences, alone_confidences)
        assert np.all(np.diff(confidences) <= 0)
        assert boxes.min() >= 0
        assert np.all(boxes[:, 2] <= image.shape[1])
        assert np.all(boxes[:, 3] <= image.shape[0])
    assert detector.detect([]) == []


@pytest.mark.data
def test_it_says_what_it_is_and_what_it_runs_on(detector: PersonDetector) -> None:
    assert detector.name == "yolo11n_int8_openvino_model"
    assert len(detector.sha256) == 64
    assert (detector.device, detector.runtime) == ("cpu", "openvino")
    assert detector.precision.startswith("int8 weights, ")


def test_pytorch_weights_take_a_rectangular_input(config_dir: Path, tmp_path: Path) -> None:
    random_network(config_dir, "person").save(tmp_path / "random.pt")
    detector = PersonDetector(tmp_path / "random.pt", device="cpu", image_size=320)
    assert (detector.device, detector.runtime, detector.precision) == ("cpu", "torch", "float32")
    seen: list[tuple[int, ...]] = []
    network = detector._model.predictor.model
    forward = network.forward
    network.forward = lambda im, *a, **k: (seen.append(tuple(im.shape)), forward(im, *a, **k))[1]
    detector.detect([np.zeros((180, 320, 3), np.uint8)] * 2)
    assert seen == [(2, 3, 192, 320)]


def test_errors_name_the_file_and_the_next_step(config_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(DetectorWeightsMissing, match=r"none\.pt"):
        PersonDetector(tmp_path / "none.pt")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(DetectorWeightsBroken, match=r"broken\.onnx' don't load"):
        PersonDetector(broken, config_dir=config_dir)
    random_network(config_dir, "person").save(tmp_path / "ok.pt")
    with pytest.raises(DetectorError, match="no CUDA device"):
        PersonDetector(tmp_path / "ok.pt", device="cuda")


def test_a_detector_that_knows_no_people_is_refused(config_dir: Path, tmp_path: Path) -> None:
    random_network(config_dir, "cat").save(tmp_path / "pets.pt")
    with pytest.raises(DetectorWeightsBroken, match="knows no class 'person'"):
        PersonDetector(tmp_path / "pets.pt", device="cpu")


WATCHED = """
import socket, subprocess, sys
from pathlib import Path
tried = []
def refuse(what):
    def call(*args, **kwargs):
        tried.append((what, str(args[1:] if what == "connect" else args)))
        raise OSError("the network is off in this test")
    return call
socket.socket.connect = refuse("connect")
socket.socket.connect_ex = refuse("connect")
socket.socket.sendto = refuse("connect")
socket.create_connection = refuse("create_connection")
socket.getaddrinfo = refuse("getaddrinfo")
run = subprocess.run
def watch(command, *args, **kwargs):
    if "pip" in str(command) or "uv" in str(command).split():
        tried.append(("install", str(command)))
    return run(command, *args, **kwargs)
subprocess.run = watch
subprocess.check_output = refuse("check_output")
import tracking.detector
assert "ultralytics" not in sys.modules and "torch" not in sys.modules, "import must be cheap"
import numpy as np
detector = tracking.detector.PersonDetector(Path(sys.argv[1]), config_dir=Path(sys.argv[2]))
detector.detect([np.zeros((360, 640, 3), np.uint8)])
print("tried:", [t for t in tried if t[0] != "check_output"])
from ultralytics.utils import SETTINGS
print("sync:", SETTINGS["sync"])
"""


@pytest.mark.data
@pytest.mark.slow
def test_loading_and_detecting_try_no_connection_and_install_nothing(
    retrace_data: Path, tmp_path: Path
) -> None:
    weights = retrace_data / "weights" / "yolo11n_int8_openvino_model"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("YOLO_")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(weights), str(tmp_path / "yolo")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tried: []" in done.stdout
    assert "sync: False" in done.stdout
    assert any((tmp_path / "yolo").rglob("settings.json"))


@pytest.mark.data
def test_people_in_a_real_picture_are_found(detector: PersonDetector, retrace_data: Path) -> None:
    folder = retrace_data / "videos" / "MOT17-mini" / "train"
    picture = next(iter(sorted(folder.rglob("*.jpg"))))
    image = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB)
    boxes, confidences = detector.detect([image])[0]
    assert np.sum(confidences > 0.5) >= 3
    assert np.median(boxes[:, 3] - boxes[:, 1]) > 30
