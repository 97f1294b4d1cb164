"""Batches of P people × K crops, and the frames of a tracklet."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_models.errors import DatasetError
from reid_models.samplers import identity_batches, sample_frames

Counts = st.lists(st.integers(1, 9), min_size=4, max_size=12)


@given(Counts, st.integers(1, 4), st.integers(0, 5))
def test_every_batch_has_p_people_with_k_crops_each(counts: list[int], k: int, epoch: int):
    people = np.repeat(np.arange(len(counts)) * 3, counts)
    batches = identity_batches(people.tolist(), p=4, k=k, seed=1, epoch=epoch)
    assert batches
    for batch in batches:
        assert sorted(Counter(people[batch].tolist()).values()) == [k] * 4
    drawn = Counter(np.concatenate(batches).tolist())
    plenty = np.flatnonzero(np.repeat(np.array(counts) >= k, counts))
    assert all(drawn[index] <= 1 for index in plenty)


@given(Counts)
def test_an_epoch_touches_everybody_but_a_last_incomplete_batch(counts: list[int]):
    people = np.repeat(np.arange(len(counts)), counts)
    batches = identity_batches(people.tolist(), p=4, k=2, seed=0, epoch=0)
    assert len(set(people[np.concatenate(batches)])) > len(counts) - 4


def test_batches_depend_on_seed_and_epoch_and_on_nothing_else():
    people = np.repeat(np.arange(8), 6).tolist()

    def drawn(seed: int, epoch: int) -> list[list[int]]:
        return [b.tolist() for b in identity_batches(people, p=4, k=2, seed=seed, epoch=epoch)]

    assert drawn(1, 2) == drawn(1, 2)
    assert drawn(1, 2) != drawn(1, 3)
    assert drawn(1, 2) != drawn(2, 2)


def test_too_few_people_are_refused():
    with pytest.raises(DatasetError, match=r"3 people .* fewer than the 4"):
        identity_batches([1, 2, 3], p=4, k=1, seed=0, epoch=0)


@given(st.integers(1, 90), st.integers(0, 20))
def test_frames_rise_within_the_tracklet(length: int, seed: int):
    frames = sample_frames(length, np.random.default_rng(seed))
    assert len(frames) == 4
    assert frames.min() >= 0
    assert frames.max() < length
    if length >= 32:
        assert set(np.diff(frames)) == {8}
    elif length >= 4:
        assert (np.diff(frames) > 0).all()
    else:
        assert (np.diff(frames) >= 0).all()


def test_a_tracklet_of_32_frames_starts_at_any_of_the_first_eight():
    starts = {int(sample_frames(32, np.random.default_rng(s))[0]) for s in range(200)}
    assert starts == set(range(8))
