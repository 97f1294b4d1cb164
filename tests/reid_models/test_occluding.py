"""Something in the way, on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_models.errors import CropInvalid
from reid_models.occluding import occlude


def strip(frames: int = 8, seed: int = 0, size: tuple[int, int] = (64, 32)) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return list(rng.integers(0, 256, (frames, *size, 3), np.uint8))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(0, 10_000),
    st.sampled_from(["person", "furniture", None]),
    st.floats(0, 1),
)
def test_only_what_the_masks_name_is_changed_in_a_run_of_frames(
    frames: int, seed: int, kind: str | None, share: float
):
    crops, others = strip(frames), strip(3, seed=1, size=(90, 40))
    found = occlude(crops, others, np.random.default_rng(seed), kind=kind, share=share)
    assert kind is None or found.kind == kind
    touched = np.array([mask.any() for mask in found.masks])
    for before, after, mask in zip(crops, found.crops, found.masks, strict=True):
        assert after.dtype == np.uint8
        assert mask.shape == before.shape[:2]
        assert (after == before)[~mask].all()
    assert touched.sum() <= max(1, round(share * frames))
    runs = np.flatnonzero(np.diff(np.concatenate([[0], touched, [0]])))
    assert len(runs) <= 2
    np.testing.assert_allclose(found.shares, [mask.mean() for mask in found.masks])


@pytest.mark.parametrize("kind", ["person", "furniture"])
def test_a_good_part_of_the_person_is_hidden_and_never_all(kind: str):
    shares = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = occlude(strip(), strip(2, seed=1), rng, kind=kind, share=0.5)
        shares.append(found.shares.max())
    assert np.median(shares) > 0.25
    assert min(shares) > 0.05
    assert max(shares) < 0.9


def test_the_same_seed_gives_the_same_and_the_given_crops_stay_as_they_are():
    crops, others = strip(), strip(2, seed=1)
    before = [crop.copy() for crop in crops]
    one, two = (occlude(crops, others, np.random.default_rng(3)) for _ in range(2))
    for left, right in zip(one.crops, two.crops, strict=True):
        assert (left == right).all()
    for crop, kept in zip(crops, before, strict=True):
        assert (crop == kept).all()


def test_furniture_hides_what_is_below_and_a_passer_by_crosses():
    rows = np.arange(64)[:, None]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        low = occlude(strip(), [], rng, kind="furniture", share=1.0)
        assert np.mean([np.mean((rows * mask)[mask]) for mask in low.masks]) > 36
        walk = occlude(strip(), strip(1, seed=1), rng, kind="person", share=1.0)
        places = [np.nonzero(mask)[1].mean() for mask in walk.masks if mask.any()]
        steps = np.diff(places)
        assert (steps >= -1).all() or (steps <= 1).all()
        assert abs(places[-1] - places[0]) > 1


def test_crops_of_different_sizes_are_covered_alike():
    crops = [strip(1, size=size)[0] for size in ((64, 32), (128, 64), (64, 32))]
    rng = np.random.default_rng(0)
    found = occlude(crops, strip(1, seed=1), rng, kind="furniture", share=1.0)
    assert [mask.shape for mask in found.masks] == [(64, 32), (128, 64), (64, 32)]
    assert np.ptp(found.shares) < 0.2


def test_nothing_and_nobody_are_refused():
    with pytest.raises(CropInvalid, match="without crops"):
        occlude([], strip(1), np.random.default_rng(0))
    with pytest.raises(CropInvalid, match="somebody else"):
        occlude(strip(1), [], np.random.default_rng(0), kind="person")
