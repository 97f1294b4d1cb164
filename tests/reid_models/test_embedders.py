"""Crops and strips to vectors, in batches of the embedder's own choosing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_models.cards import Preprocessing
from reid_models.embedders import FrameEmbedder, PooledTrackletEmbedder, normalise, pool_strips
from reid_models.errors import CropInvalid

from .conftest import plain


class MeanColour:
    """A session that gives each channel's mean and remembers the sizes of its batches."""

    device = "cpu, numpy"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        self.batches.append(len(batch))
        return batch.mean(axis=(2, 3))


@pytest.fixture
def session() -> MeanColour:
    return MeanColour()


@pytest.fixture
def image(session: MeanColour) -> FrameEmbedder:
    recipe = Preprocessing(width=4, height=8, colour="rgb")
    return FrameEmbedder(session, recipe, space="colours", dimension=3)


def test_vectors_have_length_one_and_keep_their_order(image: FrameEmbedder):
    vectors = image.embed([plain(3, 4, 0), plain(0, 0, 9)])
    np.testing.assert_allclose(vectors, [[0.6, 0.8, 0], [0, 0, 1]], atol=1e-6)
    assert vectors.dtype == np.float32


def test_no_crops_give_no_vectors(image: FrameEmbedder):
    assert image.embed([]).shape == (0, 3)
    assert PooledTrackletEmbedder(image).embed([]).shape == (0, 3)
    assert image.crops_per_second is None or image.crops_per_second == 0


def test_a_tracklet_is_the_mean_of_its_frames_at_length_one(image: FrameEmbedder):
    strips = [[plain(9, 0, 0)], [plain(9, 0, 0), plain(0, 5, 0), plain(0, 7, 0)]]
    vectors = PooledTrackletEmbedder(image).embed(strips)
    np.testing.assert_allclose(vectors, [[1, 0, 0], [1 / 5**0.5, 2 / 5**0.5, 0]], atol=1e-6)


def test_batches_run_across_tracklets(image: FrameEmbedder, session: MeanColour):
    PooledTrackletEmbedder(image).embed([[plain(1, 2, 3)] * 5] * 30)
    assert session.batches == [64, 64, 22]
    assert image.crops_per_second is not None
    assert image.crops_per_second > 0


def test_an_empty_strip_is_refused_by_its_place(image: FrameEmbedder):
    with pytest.raises(CropInvalid, match="Strip 1 "):
        PooledTrackletEmbedder(image).embed([[plain(1, 1, 1)], []])


def test_a_vector_of_zeros_stays_zero_instead_of_becoming_nan():
    np.testing.assert_array_equal(normalise(np.zeros((1, 4), np.float32)), np.zeros((1, 4)))


@given(st.lists(st.integers(1, 6), max_size=8), st.integers(0, 2**32 - 1))
def test_pooling_is_the_mean_of_each_strip_alone(lengths: list[int], seed: int):
    rng = np.random.default_rng(seed)
    frames = normalise(rng.normal(size=(sum(lengths), 5)).astype(np.float32))
    pooled = pool_strips(frames, lengths)
    assert pooled.shape == (len(lengths), 5)
    for row, strip in zip(pooled, np.split(frames, np.cumsum(lengths))[:-1], strict=True):
        np.testing.assert_allclose(row, normalise(strip.mean(axis=0)), atol=1e-4)
