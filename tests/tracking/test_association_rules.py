"""Whatever is given: no decision, no placement and no entered rule is broken unsaid."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracking.sightings import odds_of, partition, sightings
from tracking.association import Constraints, Linking, Sightings, link, reconcile, resolve
from tracking.linking.values import Conflict
from tracking.topology import Passage, Topology

TOPOLOGY = Topology(
    {(1, 2): Passage("apart"), (2, 3): Passage(least_seconds=20.0), (3, 2): Passage("overlapping")},
    tolerance=0.5,
)
pairs_of_ids = st.tuples(st.integers(1, 12), st.integers(1, 12))
placed = st.tuples(st.integers(1, 12), st.integers(70, 72))
few = {"max_examples": 25, "deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Sightings, Constraints]:
    count = draw(st.integers(2, 12))

    def several(each: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(each, min_size=count, max_size=count))

    start = [10.0 * moment for moment in several(st.integers(0, 8))]
    shown = sightings(
        several(st.integers(0, 3)),
        several(st.integers(1, 3)),
        start=start,
        noise=draw(st.sampled_from([0.2, 0.8])),
        seed=draw(st.integers(0, 3)),
    )
    judged = draw(st.lists(st.tuples(pairs_of_ids, st.booleans()), max_size=6))
    judged = [answer for answer in judged if answer[0][0] != answer[0][1]]
    pinned = dict(draw(st.lists(placed, max_size=4)))
    # Who is placed somewhere is not barred from there: the later of the two undid the other.
    barred = [bar for bar in draw(st.lists(placed, max_size=3)) if pinned.get(bar[0]) != bar[1]]
    together = [p for p in draw(st.lists(pairs_of_ids, max_size=5)) if p[0] != p[1]]
    order = draw(st.permutations(range(1, len(judged) + len(pinned) + len(barred) + 1)))
    j, p = len(judged), len(judged) + len(pinned)
    constraints = Constraints(
        judged=_pairs([answer[0] for answer in judged]),
        judged_same=np.array([answer[1] for answer in judged], np.bool_),
        judged_order=np.array(order[:j], np.int64),
        pinned=_pairs(list(pinned.items())),
        pinned_order=np.array(order[j:p], np.int64),
        barred=_pairs(barred),
        barred_order=np.array(order[p:], np.int64),
        kept=dict(draw(st.lists(placed, max_size=4))),
        together=_pairs(together),
    )
    return shown, constraints


def _pairs(pairs: list[tuple[int, int]]) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2)


def run(shown: Sightings, constraints: Constraints) -> Linking:
    return link(shown, odds_of(shown), constraints, TOPOLOGY)


def label_of(result: Linking) -> dict[int, int]:
    return dict(zip(result.ids.tolist(), result.labels.tolist(), strict=True))


def overruled(conflicts: tuple[Conflict, ...]) -> set[int]:
    return {order for each in conflicts if each.kind == "answers" for order in each.orders}


@settings(**few)
@given(cases())
def test_every_decision_holds_or_is_named_in_a_conflict(
    case: tuple[Sightings, Constraints],
) -> None:
    shown, constraints = case
    result = run(shown, constraints)
    label, named = label_of(result), overruled(result.conflicts)
    answers = zip(
        constraints.judged.tolist(),
        constraints.judged_same.tolist(),
        constraints.judged_order.tolist(),
        strict=True,
    )
    for (a, b), same, order in answers:
        if a in label and b in label and order not in named:
            assert (label[a] == label[b]) == same
    pins = zip(constraints.pinned.tolist(), constraints.pinned_order.tolist(), strict=True)
    standing = [pin for pin, order in pins if order not in named and pin[0] in label]
    for (a, x), (b, y) in combinations(standing, 2):
        assert (label[a] == label[b]) == (x == y)
    bars = zip(constraints.barred.tolist(), constraints.barred_order.tolist(), strict=True)
    for (a, x), order in bars:
        for b, y in standing:
            if a in label and x == y and order not in named:
                assert label[a] != label[b]


@settings(**few)
@given(cases())
def test_the_newest_decision_always_holds(case: tuple[Sightings, Constraints]) -> None:
    shown, constraints = case
    label = label_of(run(shown, constraints))
    newest = max(
        [0, *constraints.judged_order, *constraints.pinned_order, *constraints.barred_order]
    )
    for (a, b), same in zip(
        constraints.judged[constraints.judged_order == newest].tolist(),
        constraints.judged_same[constraints.judged_order == newest].tolist(),
        strict=True,
    ):
        if a in label and b in label:
            assert (label[a] == label[b]) == same


@settings(**few)
@given(cases())
def test_hard_rules_hold_but_where_a_person_said_otherwise(
    case: tuple[Sightings, Constraints],
) -> None:
    shown, constraints = case
    result = run(shown, constraints)
    label = label_of(result)
    said = {each.tracklets for each in result.conflicts if each.kind == "same_breaks_rule"}
    for a, b in constraints.together.tolist():
        if a in label and b in label and label[a] == label[b]:
            assert (min(a, b), max(a, b)) in said
    for i, j in combinations(range(len(shown)), 2):
        first, second = sorted((i, j), key=lambda row: float(shown.start[row]))
        where = int(shown.cameras[first]), int(shown.cameras[second])
        gap = shown.start[second] - shown.end[first]
        if where in {(1, 2), (2, 1)} and gap < -0.5 and result.labels[i] == result.labels[j]:
            assert (i + 1, j + 1) in said
        late = shown.start[first] < shown.start[second]
        if where == (2, 3) and late and gap < 19.5 and result.labels[i] == result.labels[j]:
            assert (i + 1, j + 1) in said


@settings(**few)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_means_nothing(
    case: tuple[Sightings, Constraints], random: object
) -> None:
    shown, constraints = case
    order = np.arange(len(shown))
    random.shuffle(order)  # type: ignore[attr-defined]
    one, two = run(shown, constraints), run(shown.take(order), constraints)
    assert partition(one.ids, one.labels) == partition(two.ids, two.labels)
    assert one.labels[order].tolist() == two.labels.tolist()
    assert one.confidence[order].tolist() == two.confidence.tolist()
    assert one.edges.tolist() == two.edges.tolist()


@settings(**few)
@given(cases())
def test_running_again_on_its_own_result_changes_nothing(
    case: tuple[Sightings, Constraints],
) -> None:
    shown, constraints = case
    pinned = dict(constraints.pinned.tolist())
    first = run(shown, constraints)
    barred = constraints.barred
    proposal = reconcile(first.ids, first.labels, {}, pinned, barred, first.held)
    current = {
        each: identity if identity > 0 else 1000 - identity
        for each, identity in zip(shown.ids.tolist(), proposal.identities.tolist(), strict=True)
        if identity
    }
    again = run(shown, constraints)
    then = reconcile(again.ids, again.labels, current, pinned, barred, again.held)
    assert not then.moved.any()


@settings(**few)
@given(cases())
def test_new_sightings_move_nobody_who_was_there(case: tuple[Sightings, Constraints]) -> None:
    shown, constraints = case
    old = shown.take(np.arange(len(shown)) % 3 > 0)
    before = run(old, replace(constraints, kept={}))
    pinned, barred = dict(constraints.pinned.tolist()), constraints.barred
    proposal = reconcile(before.ids, before.labels, {}, pinned, barred, before.held)
    current = {
        each: identity if identity > 0 else 1000 - identity
        for each, identity in zip(old.ids.tolist(), proposal.identities.tolist(), strict=True)
        if identity
    }
    after = run(shown, replace(constraints, kept=current, current=current))
    then = reconcile(after.ids, after.labels, current, pinned, barred, after.held)
    opposed = {t for each in after.conflicts for t in each.tracklets}
    for each, moved in zip(then.ids.tolist(), then.moved.tolist(), strict=True):
        if each in current and each not in opposed:
            assert not moved


@settings(**few)
@given(cases())
def test_people_end_up_as_the_decisions_say_that_are_not_named_as_overruled(
    case: tuple[Sightings, Constraints],
) -> None:
    shown, constraints = case
    pinned, barred = dict(constraints.pinned.tolist()), constraints.barred
    found = run(shown, constraints)
    then = reconcile(found.ids, found.labels, constraints.kept, pinned, barred, found.held)
    whom = dict(zip(then.ids.tolist(), then.identities.tolist(), strict=True))
    named = overruled(found.conflicts)
    pins = zip(constraints.pinned.tolist(), constraints.pinned_order.tolist(), strict=True)
    stay = {each for (each, _), order in pins if order in named}
    answers = zip(
        constraints.judged.tolist(),
        constraints.judged_same.tolist(),
        constraints.judged_order.tolist(),
        strict=True,
    )
    for pair, same, order in answers:
        if order not in named and whom.keys() >= set(pair) and not stay & set(pair):
            assert (whom[pair[0]] == whom[pair[1]]) == same
    for (each, person), order in zip(barred.tolist(), constraints.barred_order, strict=True):
        assert order in named or whom.get(each) != person


def test_an_answer_newer_than_a_bar_leads_past_it_and_leaves_the_others_where_they_were() -> None:
    shown = sightings([0, 0, 1])
    constraints = Constraints(
        barred=_pairs([(1, 70)]),
        barred_order=np.array([1], np.int64),
        pinned=_pairs([(3, 70)]),
        pinned_order=np.array([2], np.int64),
        judged=_pairs([(1, 3)]),
        judged_same=np.array([True]),
        judged_order=np.array([3], np.int64),
        kept={1: 71, 2: 71},
    )
    found = run(shown, constraints)
    then = reconcile(
        found.ids, found.labels, constraints.kept, {3: 70}, constraints.barred, found.held
    )
    assert then.identities.tolist() == [70, 71, 70]
    assert overruled(found.conflicts) == {1, 2, 3}


@settings(**few)
@given(cases())
def test_resolving_everybody_keeps_every_rule_too(case: tuple[Sightings, Constraints]) -> None:
    shown, constraints = case
    result = run(shown, constraints)
    again = resolve(shown, result.edges, result.probability, constraints, TOPOLOGY)
    assert again.labels.tolist() == result.labels.tolist()
    assert again.conflicts == result.conflicts
