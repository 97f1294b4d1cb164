"""What training does to crops: nothing unasked, the same from the same seed, each crop its own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from reid_models.recipes import Augmentation
from reid_models.transforms import IMAGENET_MEAN, IMAGENET_STD, augment, clean

NONE = Augmentation(flip=0, shift=0, erase=0)
STRONG = Augmentation(
    flip=0.5,
    rotation=10,
    zoom=0.1,
    colour=0.3,
    camera_style=0.5,
    grey=0.2,
    blur=0.5,
    resolution=0.5,
    occlusion=0.5,
)
CROPS = torch.randint(
    0, 256, (6, 3, 32, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(3)
)


def changed(settings: Augmentation, seed: int = 0, crops: Tensor = CROPS, **more: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return augment(crops, settings, generator, height=32, width=16, **more)


def plain(images: Tensor) -> Tensor:
    """Back from the network's input to 0–1."""
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return images * std + mean


def test_without_any_change_a_crop_is_only_normalised():
    torch.testing.assert_close(changed(NONE), clean(CROPS, 32, 16), atol=1e-5, rtol=0)
    torch.testing.assert_close(plain(clean(CROPS, 32, 16)), CROPS / 255)


def test_the_same_seed_gives_the_same_batch_and_another_one_does_not():
    torch.testing.assert_close(changed(STRONG, 1), changed(STRONG, 1), atol=0, rtol=0)
    assert not torch.equal(changed(STRONG, 1), changed(STRONG, 2))


def test_a_flip_mirrors_left_and_right():
    flipped = changed(NONE.model_copy(update={"flip": 1}))
    torch.testing.assert_close(flipped, clean(CROPS, 32, 16).flip(3), atol=1e-5, rtol=0)


def test_a_shift_moves_whole_pictures_and_fills_with_the_mean():
    white = torch.full((64, 3, 32, 16), 255, dtype=torch.uint8)
    images = changed(NONE.model_copy(update={"shift": 0.25}), crops=white)
    filled = (images == 0).all(dim=1).float().mean(dim=(1, 2))
    assert filled.max() < 0.25 + 0.5 + 0.1
    assert filled.mean() > 0.1


def test_erasing_paints_one_rectangle_of_2_to_40_per_cent_with_the_mean():
    white = torch.full((64, 3, 32, 16), 255, dtype=torch.uint8)
    images = changed(NONE.model_copy(update={"erase": 1}), crops=white)
    for erased in (images == 0).all(dim=1):
        rows, columns = erased.any(1), erased.any(0)
        assert erased[rows][:, columns].all()
        assert 0 < erased.float().mean() < 0.45


def test_an_occluder_is_part_of_another_crop():
    crops = torch.stack([torch.full((3, 32, 16), v, dtype=torch.uint8) for v in (10, 100, 200)])
    images = plain(changed(NONE.model_copy(update={"occlusion": 1}), crops=crops)) * 255
    for index, own in enumerate((10, 100, 200)):
        values = {round(v) for v in images[index].unique().tolist()}
        assert len(values) == 2
        assert values < {10, 100, 200}
        assert own in values


def test_grey_has_no_colour_and_blur_less_contrast():
    grey = plain(changed(NONE.model_copy(update={"grey": 1})))
    torch.testing.assert_close(grey[:, 0], grey[:, 2], atol=1e-5, rtol=0)
    blurred = plain(changed(NONE.model_copy(update={"blur": 1})))
    coarse = plain(changed(NONE.model_copy(update={"resolution": 1})))
    for softer in (blurred, coarse):
        assert (softer.std(dim=(1, 2, 3)) < 0.97 * (CROPS / 255).std(dim=(1, 2, 3))).all()


@pytest.mark.parametrize("name", ["flip", "erase", "camera_style", "blur", "resolution", "grey"])
def test_the_frames_of_a_tracklet_are_changed_alike(name: str):
    repeated = CROPS[:4].repeat_interleave(3, 0)
    images = changed(NONE.model_copy(update={name: 0.5}), seed=5, crops=repeated, frames=3)
    assert torch.equal(images[0::3], images[1::3])
    assert torch.equal(images[0::3], images[2::3])


def test_inputs_can_be_smaller_than_the_crops():
    generator = torch.Generator().manual_seed(0)
    assert augment(CROPS, STRONG, generator, height=24, width=12).shape == (6, 3, 24, 12)
