"""Crops to inputs: the recipe belongs to the weights."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from reid_models.cards import Preprocessing
from reid_models.errors import CropInvalid
from reid_models.preprocessing import preprocess

from .conftest import plain

OMZ = Preprocessing(width=128, height=256, colour="bgr")
IMAGENET = Preprocessing(
    width=128,
    height=256,
    colour="rgb",
    scale=1 / 255,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)


def test_open_model_zoo_networks_see_blue_green_red_from_0_to_255():
    planes = preprocess([plain(10, 20, 30)], OMZ)
    assert planes.shape == (1, 3, 256, 128)
    assert planes.dtype == np.float32
    assert planes.flags.c_contiguous
    assert [float(plane.mean()) for plane in planes[0]] == [30, 20, 10]


def test_osnet_sees_normalised_red_green_blue():
    planes = preprocess([plain(255, 0, 255)], IMAGENET)
    expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (1 - 0.406) / 0.225]
    np.testing.assert_allclose(planes[0].mean(axis=(1, 2)), expected, rtol=1e-5)


def test_crops_of_different_sizes_share_a_batch():
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 256, (h, w, 3), np.uint8) for h, w in ((64, 32), (300, 90), (1, 1))]
    planes = preprocess(crops, OMZ)
    for crop, got in zip(crops, planes, strict=True):
        resized = cv2.resize(crop, (128, 256), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_array_equal(got, resized[..., ::-1].transpose(2, 0, 1))


def test_a_crop_cut_out_of_a_frame_needs_no_copy():
    frame = np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)
    view = frame[10:70, 20:50]
    np.testing.assert_array_equal(preprocess([view], OMZ), preprocess([view.copy()], OMZ))


def test_no_crops_make_an_empty_batch():
    assert preprocess([], OMZ).shape == (0, 3, 256, 128)


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((8, 4, 3), np.float32),
        np.zeros((8, 4), np.uint8),
        np.zeros((8, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        None,
    ],
)
def test_what_is_not_an_rgb_crop_is_refused_by_its_place(crop: np.ndarray):
    with pytest.raises(CropInvalid, match="Crop 1 "):
        preprocess([plain(1, 2, 3), crop], OMZ)
