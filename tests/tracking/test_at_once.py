"""Two places at once: found out from the site, and only where the site shows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.sightings import odds_of, sightings
from tracking.association import Sightings, link
from tracking.linking.at_once import MARK, learn_at_once, mark_at_once
from tracking.topology import Passage, Topology

PEOPLE = 14


def walk(gap: float, *, doubles: bool = False) -> Sightings:
    """Everybody in camera 1 for 5 s, one each 2 s, and `gap` seconds later in camera 2.

    With doubles person 0 comes once more, and somebody who looks much like that is always in the
    other camera at the same time: the last four sightings.
    """
    people = list(range(PEOPLE))
    starts = [2.0 * each for each in people]
    who, where = [*people, *people], [1] * PEOPLE + [2] * PEOPLE
    when = [*starts, *(start + gap for start in starts)]
    if doubles:
        who, where = [*who, *[0] * 6], [*where, 1, 2, 2, 1, 2, 1]
        when = [*when, 50.0, 50.0 + gap, 0.0, gap, 50.0, 50.0 + gap]
    given_ = sightings(who, where, start=when)
    if doubles:
        alike = given_.vectors[-4:] + 0.6 * np.eye(32, dtype=np.float32)[-1]
        given_.vectors[-4:] = alike / np.linalg.norm(alike, axis=1, keepdims=True)
    return given_


def learnt(given: Sightings) -> np.ndarray:
    a, b = np.triu_indices(len(given), 1)
    return learn_at_once(given, a, b, odds_of(given)(a, b), seed=0)


def test_cameras_apart_are_told_from_shared_views() -> None:
    apart, shared = learnt(walk(gap=10.0)), learnt(walk(gap=1.0))
    assert apart[0, 1] < -1.5
    assert shared[0, 1] == 0.0
    assert np.array_equal(apart, apart.T)
    assert not apart.diagonal().any()


def test_few_people_or_unknown_times_teach_nothing() -> None:
    few = sightings([0, 1, 0, 1], [1, 1, 2, 2], start=[0.0, 2.0, 20.0, 22.0])
    assert not learnt(few).any()
    untimed = sightings([*range(PEOPLE)] * 2, [1] * PEOPLE + [2] * PEOPLE)
    assert not learnt(untimed).any()


def test_a_double_in_two_places_at_once_is_somebody_else_and_that_is_said() -> None:
    given_ = walk(gap=10.0, doubles=True)
    result = link(given_, odds_of(given_))
    assert set(result.labels[[0, PEOPLE]]).isdisjoint(result.labels[-4:])
    assert "at_once" in {each.rule for each in result.decided_by_time}


def test_entered_overlap_wins_over_what_was_learnt() -> None:
    given_ = walk(gap=10.0, doubles=True)
    overlapping = Topology({(1, 2): Passage("overlapping")})
    result = link(given_, odds_of(given_), topology=overlapping)
    assert "at_once" not in {each.rule for each in result.decided_by_time}
    assert result.labels[0] in result.labels[-4:]


def test_a_mark_is_below_anything_that_looks_can_say() -> None:
    given_ = walk(gap=10.0, doubles=True)
    weight = np.array([[0.0, -2.0], [-2.0, 0.0]])
    a, b = np.array([0, 0, 1]), np.array([len(given_) - 4, PEOPLE, 2])
    marked = mark_at_once(given_, weight, a, b, np.array([5.0, 5.0, -50.0]))
    assert marked.tolist() == [pytest.approx(MARK - 2.0), 5.0, MARK]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 30), st.floats(0, 30))
def test_weights_are_soft_and_never_speak_for_somebody(seed: int, count: int, gap: float) -> None:
    random = np.random.default_rng(seed)
    given_ = sightings(
        random.integers(0, 10, count).tolist(),
        random.integers(1, 4, count).tolist(),
        start=(gap * random.random(count)).tolist(),
        seed=seed,
    )
    weight = learnt(given_)
    assert np.array_equal(weight, weight.T)
    assert ((weight <= 0) & (weight >= -3)).all()
