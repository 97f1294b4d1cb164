"""What was entered is hard, what is learnt is soft, and clocks are told from walks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tracking.sightings import sightings
from tracking.association import Sightings
from tracking.topology import (
    Passage,
    Topology,
    broken_rule,
    clock_offsets,
    learn_topology,
    time_evidence,
)

NOWHERE = np.array([0]), np.array([1])


def two(gap: float, cameras: tuple[int, int] = (1, 2)) -> Sightings:
    """Five seconds in one camera, then in another `gap` seconds after the end of the first."""
    return sightings([0, 0], cameras, start=[100.0, 105.0 + gap])


def walks(
    people: int, walk: float, *, back: bool = False, late: float = 0.0, seed: int = 0
) -> tuple[Sightings, np.ndarray]:
    """People who walk from camera 1 to 2, every other one back; camera 2 is `late` seconds late."""
    random = np.random.default_rng(seed)
    start, cameras, who = [], [], []
    for person in range(people):
        begin = 10_000.0 * person
        to = begin + 5.0 + walk + float(random.normal(0, walk / 20))
        order = (2, 1) if back and person % 2 else (1, 2)
        for camera, moment in zip(order, (begin, to), strict=True):
            start.append(moment + (late if camera == 2 else 0.0))
            cameras.append(camera)
            who.append(person)
    return sightings([0] * len(who), cameras, start=start), np.array(who, np.int64)


@pytest.mark.parametrize(
    ("passage", "gap", "rule"),
    [
        (Passage("apart"), -3.0, 1),
        (Passage("apart"), 0.0, 0),
        (Passage("apart"), -0.5, 0),  # within the tolerance of clocks
        (Passage("overlapping"), -3.0, 0),
        (Passage("overlapping", least_seconds=60.0), -3.0, 0),
        (Passage("unknown"), -3.0, 0),
        (Passage(least_seconds=60.0), 30.0, 2),
        (Passage(least_seconds=60.0), 61.0, 0),
        (Passage("apart", least_seconds=60.0, entered=False), -3.0, 0),
    ],
)
def test_entered_rules(passage: Passage, gap: float, rule: int) -> None:
    topology = Topology({(1, 2): passage})
    given = two(gap)
    assert broken_rule(given, topology, *NOWHERE).tolist() == [rule]
    assert broken_rule(given, topology, *NOWHERE[::-1]).tolist() == [rule]


def test_rules_need_trusted_times_and_two_cameras() -> None:
    topology = Topology({(1, 2): Passage("apart"), (1, 1): Passage("apart")})
    assert broken_rule(sightings([0, 0], [1, 2]), topology, *NOWHERE).tolist() == [0]
    assert broken_rule(two(-3.0, (1, 1)), topology, *NOWHERE).tolist() == [0]


def test_a_walk_is_quick_in_its_own_direction_only() -> None:
    topology = Topology({(1, 2): Passage(least_seconds=60.0)})
    assert broken_rule(two(30.0, (2, 1)), topology, *NOWHERE).tolist() == [0]


def test_travel_times_are_learnt_from_links() -> None:
    given, people = walks(30, walk=40.0)
    learnt = learn_topology(given, people)
    assert set(learnt) == {(1, 2)}
    times = learnt[(1, 2)]
    assert times.count == 30
    assert times.median == pytest.approx(40.0, abs=2)
    assert times.p05 < times.median < times.p95
    assert times.counts.sum() >= 0.9 * 30
    assert len(times.edges) == len(times.counts) + 1


def test_few_or_doubtful_links_teach_nothing() -> None:
    given, people = walks(5, walk=40.0)
    assert learn_topology(given, people) == {}
    given, people = walks(30, walk=40.0)
    assert learn_topology(given, people, np.full(len(people), 0.5)) == {}


def test_learnt_times_are_soft_and_speak_for_the_usual_walk() -> None:
    given, people = walks(30, walk=40.0)
    topology = Topology().with_learnt(learn_topology(given, people))
    usual, never = (float(time_evidence(two(gap), topology, *NOWHERE)[0]) for gap in (40.0, 300.0))
    assert 0.5 < usual <= 2.0
    assert -2.0 <= never < usual
    assert broken_rule(two(1.0), topology, *NOWHERE).tolist() == [0]
    assert time_evidence(two(40.0, (3, 4)), topology, *NOWHERE).tolist() == [0.0]


def test_a_usual_walk_that_was_entered_speaks_softly() -> None:
    topology = Topology({(1, 2): Passage(typical_seconds=60.0)})
    assert time_evidence(two(70.0), topology, *NOWHERE)[0] > 0
    assert time_evidence(two(5.0), topology, *NOWHERE)[0] < 0
    assert time_evidence(two(5000.0), topology, *NOWHERE)[0] == 0


def test_a_clock_that_is_late_is_told_from_walks_in_both_directions() -> None:
    given, people = walks(20, walk=40.0, back=True, late=25.0)
    (proposal,) = clock_offsets(given, people)
    assert (proposal.camera, proposal.people) == (2, 20)
    assert proposal.offset_seconds == pytest.approx(-25.0, abs=3)


def test_walks_in_one_direction_prove_no_wrong_clock() -> None:
    given, people = walks(20, walk=40.0)
    assert clock_offsets(given, people) == []


def test_an_hour_is_no_walk() -> None:
    given, people = walks(20, walk=40.0, late=3600.0)
    (proposal,) = clock_offsets(given, people)
    assert proposal.offset_seconds == pytest.approx(-3645.0, abs=10)


def test_overlapping_views_show_the_difference_at_once() -> None:
    given = sightings([0] * 8, [1, 2] * 4, start=[0, 7, 100, 107, 200, 207, 300, 307])
    people = np.repeat(np.arange(4), 2)
    topology = Topology({(1, 2): Passage("overlapping")})
    (proposal,) = clock_offsets(given, people, topology)
    assert proposal.offset_seconds == pytest.approx(-7.0)
    assert proposal.spread_seconds == pytest.approx(0.0)


def test_right_clocks_and_nobody_known_need_no_proposal() -> None:
    given, people = walks(20, walk=40.0, back=True)
    assert clock_offsets(given, people) == []
    assert clock_offsets(given, np.full(len(people), -1)) == []
