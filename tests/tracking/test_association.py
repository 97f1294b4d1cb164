"""Who is who: examples with one right answer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.tracking.sightings import odds_of, partition, sightings
from tracking.association import (
    Constraints,
    Linking,
    Sightings,
    affected,
    link,
    reconcile,
    resolve,
    review_pairs,
)
from tracking.association import LinkSettings as Settings
from tracking.errors import LinkingError
from tracking.topology import Passage, Topology

CROWD = [*range(4, 16)]
"""Other people, so that there is somebody to be told from."""


def linked(given: Sightings, constraints: Constraints | None = None, **options: object) -> Linking:
    return link(given, odds_of(given), constraints, **options)  # type: ignore[arg-type]


def people_of(result: Linking, *ids: int) -> list[int]:
    return [int(result.labels[result.ids == each][0]) for each in ids]


def pair(*ids: int) -> np.ndarray:
    return np.array(ids, np.int64).reshape(-1, 2)


def orders(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def judged(*answers: tuple[int, int, bool]) -> Constraints:
    """Answers, the oldest first; decisions are numbered from 1."""
    return Constraints(
        judged=pair(*(each for a, b, _ in answers for each in (a, b))),
        judged_same=np.array([same for _, _, same in answers]),
        judged_order=np.arange(1, len(answers) + 1),
    )


def test_people_are_found_across_and_within_cameras() -> None:
    people = [0, 1, 2, 0, 1, 2, 0, 0, *CROWD]
    given = sightings(people, [1, 1, 1, 2, 2, 2, 3, 3, *[4] * len(CROWD)])
    result = linked(given)
    assert partition(given.ids, result.labels) == {
        frozenset({1, 4, 7, 8}),
        frozenset({2, 5}),
        frozenset({3, 6}),
        *(frozenset({9 + n}) for n in range(len(CROWD))),
    }
    assert result.confidence[:8].min() > 0.8
    assert result.labels.tolist()[:3] == [0, 1, 2]


def test_nobody_and_one_person_are_no_special_case() -> None:
    assert linked(sightings([])).labels.tolist() == []
    assert linked(sightings([3])).labels.tolist() == [0]
    assert partition(np.array([1, 2]), linked(sightings([3, 3])).labels) == {frozenset({1, 2})}


def test_poor_tracklets_stay_out_unless_nearly_certain() -> None:
    given = sightings([0, 0, 0, 0, 1, *CROWD])
    given.quality[[3, 4]] = 0.01
    result = linked(given)
    assert result.poor.tolist() == [False, False, False, True, True, *[False] * len(CROWD)]
    assert people_of(result, 4) == people_of(result, 1)
    assert people_of(result, 5) == [-1]
    assert result.confidence[4] == 0


def test_a_tracklet_without_a_vector_stays_unassigned() -> None:
    given = sightings([0, 0, *CROWD])
    given.vectors[1] = 0.0
    assert people_of(linked(given), 2) == [-1]


def test_two_at_once_in_one_camera_are_two_and_that_is_said() -> None:
    given = sightings([0, 0, 0, *CROWD], [1, 1, 2, *[3] * len(CROWD)])
    result = linked(given, Constraints(together=pair(1, 2)))
    first, second = people_of(result, 1, 2)
    assert first != second
    assert {(d.a, d.b, d.rule) for d in result.decided_by_time} == {(1, 2, "together")}
    assert result.decided_by_time[0].probability > 0.5


def test_entered_topology_is_never_broken() -> None:
    start = [0.0, 2.0, *(1000.0 + 100 * n for n in range(len(CROWD)))]
    given = sightings([0, 0, *CROWD], [1, 2, *[3] * len(CROWD)], start=start)
    assert len(set(people_of(linked(given), 1, 2))) == 1
    apart = Topology({(1, 2): Passage("apart")})
    result = linked(given, topology=apart)
    assert len(set(people_of(result, 1, 2))) == 2
    assert [d.rule for d in result.decided_by_time] == ["apart"]
    far = Topology({(1, 2): Passage(least_seconds=60.0)})
    assert [d.rule for d in linked(given, topology=far).decided_by_time] == ["least_seconds"]
    learnt = Topology({(1, 2): Passage("apart", entered=False)})
    assert len(set(people_of(linked(given, topology=learnt), 1, 2))) == 1


def test_human_answers_come_first_and_carry_over_to_the_whole_person() -> None:
    given = sightings([0, 0, 0, 1, 1, 1, *CROWD])
    same = linked(given, judged((1, 4, True)))
    assert len(set(people_of(same, 1, 2, 3, 4, 5, 6))) == 1
    different = linked(given, judged((1, 2, False)))
    assert people_of(different, 1) != people_of(different, 2)


def test_a_human_same_that_breaks_a_rule_wins_and_is_listed() -> None:
    given = sightings([0, 0, *CROWD], [1, 1, *[3] * len(CROWD)])
    answers = judged((1, 2, True))
    result = linked(
        given,
        Constraints(
            judged=answers.judged,
            judged_same=answers.judged_same,
            judged_order=answers.judged_order,
            together=pair(1, 2),
        ),
    )
    assert people_of(result, 1) == people_of(result, 2)
    (conflict,) = result.conflicts
    assert (conflict.kind, conflict.tracklets, conflict.rule) == (
        "same_breaks_rule",
        (1, 2),
        "together",
    )


def test_of_contradictory_answers_the_newest_wins_and_all_are_named() -> None:
    given = sightings([0, 0, 0, *CROWD])
    result = linked(given, judged((1, 2, True), (2, 3, True), (1, 3, False)))
    assert people_of(result, 1) != people_of(result, 3)
    (conflict,) = result.conflicts
    assert conflict.kind == "answers"
    assert set(conflict.orders) >= {3}
    assert set(conflict.tracklets) >= {1, 2}


def test_pinned_people_never_merge_however_alike() -> None:
    given = sightings([0, 0, 0, *CROWD])
    result = linked(given, Constraints(pinned=pair(1, 50, 2, 60), pinned_order=orders(1, 2)))
    assert people_of(result, 1) != people_of(result, 2)


def test_a_barred_tracklet_does_not_come_back_to_people_nobody_pinned() -> None:
    given = sightings([0, 0, 0, *CROWD])
    result = linked(
        given,
        Constraints(
            barred=pair(3, 50), barred_order=orders(1), current={1: 50, 2: 50}, together=pair()
        ),
    )
    assert people_of(result, 1) == people_of(result, 2) != people_of(result, 3)


def test_new_sightings_join_people_who_stay_as_they_are() -> None:
    given = sightings([0, 1, 0, 1, 2, *CROWD])
    kept = {1: 50, 2: 50}  # wrong, but there
    result = linked(given, Constraints(kept=kept, current=kept))
    assert people_of(result, 1) == people_of(result, 2)
    found = reconcile(result.ids, result.labels, kept)
    assert found.identities[:2].tolist() == [50, 50]
    assert set(found.identities[found.moved].tolist()) != {50}


def test_running_again_changes_nothing() -> None:
    given = sightings([0, 0, 1, 1, 2, 3, 0, 1, *CROWD], noise=0.4, seed=3)
    first = linked(given)
    proposal = reconcile(first.ids, first.labels, {})
    names = {key: 100 - key for key in set(proposal.identities.tolist()) if key}
    current = {
        int(i): names[k]
        for i, k in zip(proposal.ids, proposal.identities.tolist(), strict=True)
        if k
    }
    for kept in ({}, current):
        again = linked(given, Constraints(current=current, kept=kept))
        then = reconcile(again.ids, again.labels, current)
        assert not then.moved.any()
        assert then.kept == len(names)


def test_resolving_everybody_agrees_with_linking() -> None:
    given = sightings([0, 0, 1, 1, 2, 2, 0, 1, *CROWD], noise=0.5, seed=5)
    result = linked(given)
    again = resolve(given, result.edges, result.probability)
    assert again.labels.tolist() == result.labels.tolist()
    assert again.confidence.tolist() == result.confidence.tolist()


def test_an_answer_is_settled_among_those_it_concerns() -> None:
    given = sightings([0, 0, 0, 1, 1, 1, 2, 2, *CROWD])
    result = linked(given)
    ids = affected(given.ids, result.labels, result.edges, result.probability, orders(1, 4))
    assert {1, 2, 3, 4, 5, 6} <= set(ids.tolist())
    few = given.take(np.isin(given.ids, ids))
    found = resolve(few, result.edges, result.probability, judged((1, 4, True)))
    assert len({int(found.labels[few.ids == each][0]) for each in range(1, 7)}) == 1


def test_doubtful_pairs_are_asked_and_answered_ones_are_not() -> None:
    people = [0, 0, 0, 0, 1, 1, 1, 1, *CROWD]
    given = sightings(people, noise=0.2)
    mixed = given.vectors[3] + given.vectors[7]
    given.vectors[3] = mixed / np.linalg.norm(mixed)
    result = linked(given)
    asked = review_pairs(
        given, result.labels, result.edges, result.probability, Constraints(), Topology(),
        Settings(), 10,
    )  # fmt: skip
    assert asked
    assert all(a.value >= b.value for a, b in pairwise(asked))
    first = asked[0]
    answer = judged((first.a, first.b, not first.together))
    settled = linked(given, answer)
    left = review_pairs(
        given,
        settled.labels,
        settled.edges,
        settled.probability,
        answer,
        Topology(),
        Settings(),
        limit=10,
    )
    assert (first.a, first.b) not in {(each.a, each.b) for each in left}


def test_excluded_tracklets_take_no_part() -> None:
    given = sightings([0, 0, *CROWD])
    result = linked(given, Constraints(excluded=orders(2)))
    assert people_of(result, 2) == [-1]
    assert not result.poor[1]


def test_what_does_not_fit_together_is_refused() -> None:
    given = sightings([0, 1])
    with pytest.raises(LinkingError, match="each once"):
        given.take(np.array([0, 0]))
    with pytest.raises(LinkingError, match="judged"):
        Constraints(judged=pair(1, 2))
    with pytest.raises(LinkingError, match="decide"):
        Settings(decide=1.0)
