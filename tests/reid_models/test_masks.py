"""Where a person is in a crop, and which region where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reid_models.errors import CropInvalid
from reid_models.masks.providers import (
    GivenMasks,
    StripeMasks,
    crop_key,
    kept_masks,
    stacked_masks,
)
from reid_models.masks.regions import (
    BodyMasks,
    binarise,
    bounding_rectangles,
    from_pose,
    given,
    stripes,
)

# A T-pose, 128×64: arms level with the shoulders at 36, hips at 68, feet at 120.
POINTS = np.array(
    [
        *([32, 18, 1], [30, 15, 1], [34, 15, 1], [27, 17, 1], [37, 17, 1]),
        *([24, 36, 1], [40, 36, 1], [14, 36, 1], [50, 36, 1], [4, 36, 1], [60, 36, 1]),
        *([27, 68, 1], [37, 68, 1], [27, 94, 1], [37, 94, 1], [27, 120, 1], [37, 120, 1]),
    ],
    np.float64,
)


def pose(person: np.ndarray | None = None, **scores: float) -> BodyMasks:
    points = POINTS.copy()
    for region, score in scores.items():
        points[{"head": slice(0, 5), "upper": slice(5, 11), "lower": slice(11, 17)}[region], 2] = (
            score
        )
    return from_pose(points, 128, 64, person)


def test_one_half_is_inside():
    assert binarise(np.array([[0.499, 0.5, 0.501, 1.0, 0.0]])).tolist() == [
        [False, True, True, True, False]
    ]


def test_a_t_pose_falls_into_its_regions():
    body = pose()
    person, head, upper, lower = body.masks
    assert not body.flagged
    assert body.visible.all()
    rows = [np.flatnonzero(mask.any(axis=1)) for mask in (head, upper, lower)]
    assert rows[0].max() < 36
    assert rows[0].min() > 4
    assert rows[1].min() >= 31
    assert rows[1].max() <= 73
    assert rows[2].min() >= 68
    assert rows[2].max() < 126
    assert (person == (head | upper | lower)).all()
    columns = np.flatnonzero(upper.any(axis=0))
    assert columns[0] <= 4
    assert columns[-1] >= 60
    assert upper[50, 32], "the torso is filled"
    assert not upper[60, 10], "beside it there is nothing"


def test_regions_stay_within_the_persons_mask():
    person = np.zeros((128, 64))
    person[20:100, 20:44] = 0.5
    body = pose(person)
    assert (body.masks[0] == (person > 0)).all()
    assert not (body.masks[1:] & ~body.masks[0]).any()
    assert body.visible.all()


def test_regions_without_sure_points_are_guessed_and_flagged():
    body = pose(lower=0.1)
    assert body.flagged
    # The hips belong to the upper body too, so the guess begins at its stripe.
    assert (body.masks[3] == stripes(128, 64).masks[3]).all()
    assert not pose(lower=0.2).flagged
    nothing = pose(head=0.1, upper=0.1, lower=0.1)
    assert nothing.flagged
    assert nothing.source == "stripes"
    person = np.zeros((128, 64))
    person[10:] = 1
    outlined = pose(person, head=0, upper=0, lower=0)
    assert outlined.flagged
    assert (outlined.masks[0] == (person > 0)).all()


def test_a_region_outside_the_person_is_not_visible():
    person = np.zeros((128, 64))
    person[:60] = 1
    assert pose(person).visible.tolist() == [True, True, True, False]


@pytest.mark.parametrize(("height", "width"), [(128, 64), (50, 20), (7, 3)])
def test_stripes_cover_the_crop_once(height: int, width: int):
    body = stripes(height, width)
    assert body.flagged
    assert body.masks[0].all()
    assert (body.masks[1:].sum(axis=0) == 1).all()
    assert body.visible.all()


def test_rectangles_hold_their_regions_tightly():
    body = pose()
    parts = bounding_rectangles(body)
    assert (parts.masks[0] == body.masks[0]).all()
    for region, part in zip(body.masks[1:], parts.masks[1:], strict=True):
        assert not (region & ~part).any()
        rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
        assert part.sum() == len(rows) * len(columns)
        assert region[rows[0]].any()
        assert region[:, columns[-1]].any()
    assert parts.masks[2].sum() > 1.5 * body.masks[2].sum()
    empty = given(np.ones((8, 4)), np.zeros((3, 8, 4)))
    assert bounding_rectangles(empty).visible.tolist() == [True, False, False, False]


def test_masks_that_do_not_fit_are_refused():
    with pytest.raises(CropInvalid, match="three regions"):
        given(np.ones((8, 4)), np.zeros((2, 8, 4)))
    with pytest.raises(CropInvalid, match="Key points"):
        from_pose(POINTS[:5], 128, 64)
    with pytest.raises(CropInvalid, match="Key points"):
        from_pose(POINTS, 128, 64, np.ones((64, 64)))


CROPS = list(np.random.default_rng(0).integers(0, 256, (5, 32, 16, 3), np.uint8))


def test_given_masks_are_found_by_the_pixels_they_belong_to():
    masks = {crop_key(crop): stripes(32, 16) for crop in CROPS[:3]}
    provider = GivenMasks(masks)
    found = provider.masks([CROPS[2].copy(), CROPS[0]])
    assert found[0] is masks[crop_key(CROPS[2])]
    with pytest.raises(CropInvalid, match="crop 1"):
        provider.masks([CROPS[0], CROPS[4]])


class Counted:
    """Stripes, and how many crops they were made for."""

    version = "counted-1"
    made = 0

    def masks(self, crops: Sequence[np.ndarray]) -> list[BodyMasks]:
        self.made += len(crops)
        return StripeMasks().masks(crops)


def test_masks_are_made_once_for_the_same_pixels(tmp_path: Path):
    provider = Counted()
    first = kept_masks(provider, CROPS, 16, 8, tmp_path)
    assert provider.made == 5
    again = kept_masks(provider, [crop.copy() for crop in CROPS], 16, 8, tmp_path)
    assert provider.made == 5
    assert (first == again).all()
    assert first.dtype == again.dtype == np.bool_
    assert (first == stacked_masks(StripeMasks(), CROPS, 16, 8)).all()
    kept_masks(provider, CROPS[:4], 16, 8, tmp_path)
    kept_masks(provider, CROPS, 16, 8, tmp_path, parts=True)
    kept_masks(provider, CROPS, 8, 8, tmp_path)
    assert provider.made == 5 + 4 + 5 + 5
    assert len(list(tmp_path.iterdir())) == 4


def test_what_can_be_seen_is_still_seen_when_small():
    regions = np.zeros((3, 64, 32))
    regions[0, 0, 0] = 1
    crop = np.zeros((64, 32, 3), np.uint8)
    provider = GivenMasks({crop_key(crop): given(np.ones((64, 32)), regions)})
    small = stacked_masks(provider, [crop], 16, 8)[0]
    assert small[1].sum() == 1
    assert small[1, 0, 0]
    assert not small[2:].any()
