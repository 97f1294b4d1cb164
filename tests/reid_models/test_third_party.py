"""The third-party networks on real crops: they load, and they tell people apart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_models import registry
from reid_models.calibration import strength
from reid_models.datasets.cuhk03 import read_cuhk03
from reid_models.scoring import score_many, tracklet_query

pytestmark = pytest.mark.data
PEOPLE = range(767, 792)


@pytest.fixture(scope="module")
def strips(retrace_data: Path) -> list[list[list[np.ndarray]]]:
    """For both cameras, the crops of 25 people nothing here was fitted on."""
    crops = read_cuhk03(retrace_data / "reid" / "cuhk03-detected-64x128", PEOPLE)
    read = {crop: cv2.cvtColor(cv2.imread(str(crop.path)), cv2.COLOR_BGR2RGB) for crop in crops}
    return [
        [
            [image for crop, image in read.items() if (crop.person, crop.camera) == (who, camera)]
            for who in PEOPLE
        ]
        for camera in (0, 1)
    ]


@pytest.mark.parametrize(
    ("name", "engine", "least"),
    [("person-reidentification-retail-0288", "openvino", 18), ("osnet_x0_25_msmt17", "onnx", 14)],
)
def test_people_are_found_again_in_the_other_camera(
    name: str, engine: str, least: int, retrace_data: Path, strips: list[list[list[np.ndarray]]]
):
    model = registry.load(name, [retrace_data / "weights"])
    assert model.device.startswith(f"cpu, {engine}")
    assert model.calibration is not None
    seen, gallery = ([s for s in camera if s] for camera in strips)
    assert len(seen) == len(gallery)
    tracklets = model.tracklet.embed(gallery)
    keyframes = model.image.embed([crop for strip in gallery for crop in strip])
    owners = np.repeat(np.arange(len(gallery)), [len(strip) for strip in gallery])
    found = strong_and_wrong = 0
    for person, strip in enumerate(seen):
        query = tracklet_query(model.tracklet.embed([strip])[0], model.image.embed(strip))
        scores = score_many(query, tracklets, keyframes, owners)
        probable = model.calibration.probability(scores, query.kind)
        found += int(scores.argmax() == person)
        strong_and_wrong += sum(
            strength(p) == "strong" for other, p in enumerate(probable) if other != person
        )
    assert found >= least
    assert strong_and_wrong <= len(seen) // 5


def test_a_vector_does_not_depend_on_what_else_is_in_the_batch(
    retrace_data: Path, strips: list[list[list[np.ndarray]]]
):
    model = registry.load("person-reidentification-retail-0288", [retrace_data / "weights"])
    crops = [crop for strip in strips[0] for crop in strip][:20]
    together = model.image.embed(crops)
    alone = np.concatenate([model.image.embed([crop]) for crop in crops])
    np.testing.assert_array_equal(together, alone)
