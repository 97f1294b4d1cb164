"""Clusters get the identities that change least, and nothing is renumbered."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.association import Proposal, reconcile
from tracking.linking.reconciling import Changed, Merged, New, Split


def proposal(
    labels: list[int],
    current: dict[int, int],
    pinned: dict[int, int] | None = None,
    barred: list[tuple[int, int]] | None = None,
) -> Proposal:
    ids = np.arange(1, len(labels) + 1, dtype=np.int64)
    bars = np.array(barred or [], np.int64).reshape(-1, 2)
    return reconcile(ids, np.array(labels, np.int64), current, pinned, bars)


def test_a_first_run_makes_new_people_only() -> None:
    found = proposal([0, 1, 0, -1], {})
    assert found.identities.tolist() == [-1, -2, -1, 0]
    assert found.new == (New(-1, (1, 3)), New(-2, (2,)))
    assert found.moved.tolist() == [True, True, True, False]
    assert found.kept == 0


def test_the_same_clusters_under_other_numbers_change_nothing() -> None:
    found = proposal([5, 5, 2, -1], {1: 7, 2: 7, 3: 9})
    assert not found.moved.any()
    assert (found.new, found.merged, found.split, found.changed) == ((), (), (), ())
    assert found.kept == 2


def test_people_who_become_one_keep_the_larger_number_of_sightings() -> None:
    found = proposal([0, 0, 0], {1: 7, 2: 9, 3: 9})
    assert found.identities.tolist() == [9, 9, 9]
    assert found.merged == (Merged(9, (7,)),)
    assert found.changed == (Changed(7, (), (1,)), Changed(9, (1,), ()))


def test_a_person_who_becomes_two_keeps_the_larger_part() -> None:
    found = proposal([0, 1, 1], {1: 7, 2: 7, 3: 7})
    assert found.identities.tolist() == [-1, 7, 7]
    assert found.split == (Split(7, (7, -1)),)
    assert found.new == (New(-1, (1,)),)


def test_a_pinned_tracklet_decides_and_never_moves() -> None:
    found = proposal([0, 0, 0, 1], {1: 7, 2: 9, 3: 9, 4: 7}, pinned={1: 7})
    assert found.identities.tolist() == [7, 7, 7, -1]
    assert proposal([-1], {1: 7}, pinned={1: 7}).identities.tolist() == [7]


def test_nobody_gets_a_person_they_are_barred_from() -> None:
    found = proposal([0, 0], {2: 7}, barred=[(1, 7)])
    assert 7 not in found.identities.tolist()


def test_where_decisions_bind_a_cluster_there_it_goes() -> None:
    ids, labels = np.arange(1, 5, dtype=np.int64), np.array([0, 0, 0, 1], np.int64)
    held = np.array([9, 0, 0, 7], np.int64)
    bars = np.array([(1, 9)], np.int64)
    found = reconcile(ids, labels, {1: 7, 2: 7, 3: 7, 4: 9}, {}, bars, held)
    assert found.identities.tolist() == [9, 9, 9, 7]


def test_those_who_took_no_part_hold_their_person() -> None:
    found = proposal([0], {1: 7, 2: 7})
    assert found.identities.tolist() == [7]
    gone = proposal([-1], {1: 7, 2: 7})
    assert gone.changed == (Changed(7, (), (1,)),)
    assert gone.merged == ()


small = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.integers(6, 9), min_size=n, max_size=n),
    )
)


@settings(max_examples=60)
@given(small)
def test_no_other_naming_moves_fewer(case: tuple[list[int], list[int]]) -> None:
    labels, identities = case
    current = dict(enumerate(identities, start=1))
    found = proposal(labels, current)
    clusters = sorted(set(labels))
    names = [*sorted(set(identities)), *range(-1, -1 - len(clusters), -1)]
    fewest = min(
        sum(
            dict(zip(clusters, naming, strict=True))[label] != identity
            for label, identity in zip(labels, identities, strict=True)
        )
        for naming in permutations(names, len(clusters))
    )
    assert int(found.moved.sum()) == fewest


@settings(max_examples=60)
@given(small)
def test_what_is_said_to_change_is_what_changes(case: tuple[list[int], list[int]]) -> None:
    labels, identities = case
    current = dict(enumerate(identities, start=1))
    found = proposal(labels, current)
    then = dict(zip(found.ids.tolist(), found.identities.tolist(), strict=True))
    told = dict(current)
    for change in found.changed:
        for each in change.removed:
            assert told.pop(each) == change.person
    for change in found.changed:
        told.update(dict.fromkeys(change.added, change.person))
    for new in found.new:
        told.update(dict.fromkeys(new.tracklets, new.key))
    assert told == then
    assert found.kept == len(set(identities)) - len(found.changed)
