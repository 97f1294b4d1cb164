"""The review: asked what matters, answered once, in force at once, taken back exactly."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from app.api.application import create_api
from app.services import judgements, matching, review, review_view
from app.services.actor import OWNER
from app.services.conflict_view import conflict_text
from storage import conflicts, people_edits, undo
from storage import judgements as stored
from storage.errors import Conflict, InvalidInput, NotFound
from storage.identities import get_identity
from storage.schema_people import ConflictFound
from tests.app.matched_site import (
    Seen,
    add_sightings,
    groups,
    open_site,
    people,
    run_match,
    see_all_but,
)

PEOPLE = 8
ROUTE = ("door", "yard", "roof")


@pytest.fixture(scope="module")
def matched(tmp_path_factory):
    """Eight people seen three times each, so blurred that matching is often in doubt."""
    home = tmp_path_factory.mktemp("matched") / "home"
    opened = open_site(home)
    seen = [
        Seen(n, camera, 20 * n + 60 * stop, 20 * n + 60 * stop + 8, blur=1.2)
        for stop, camera in enumerate(ROUTE)
        for n in range(PEOPLE)
    ]
    add_sightings(opened, seen)
    run = run_match(opened)
    opened.close()
    assert run.state == "applied", run.error
    assert run.counts["review"] >= 5
    return home


@pytest.fixture
def site(matched, tmp_path):
    """A copy of that store, so that every test finds it as matching left it."""
    opened = open_site(tmp_path / "home", like=matched)
    yield opened
    opened.close()


def truth(pair):
    same = (pair.tracklet_a - pair.tracklet_b) % PEOPLE == 0
    return "same" if same else "different"


def pairs(workspace):
    return review.waiting(OWNER, workspace).pairs


def state(workspace):
    """Who is who and what is asked, as far as a person can tell."""
    queue = review.waiting(OWNER, workspace)
    return people(workspace), [(pair.id, pair.state) for pair in queue.pairs], queue.would_settle


def take_back(workspace, decision):
    with workspace.database.write() as session:
        undo.undo(session, decision, OWNER.name)


def take_out(workspace, person, sightings):
    with workspace.database.write() as session:
        version = get_identity(session, person).version
        people_edits.remove_sightings(
            session, actor="ann", identity=person, version=version, tracklets=sightings
        )


def find_pair(workspace, said, together):
    return next(
        pair
        for pair in pairs(workspace)
        if truth(pair) == said and pair.details["together"] is together
    )


def test_right_answers_lead_to_the_right_people_and_later_runs_remember_them(site):
    asked = set()
    while waiting := pairs(site):
        pair = waiting[0]
        assert (pair.tracklet_a, pair.tracklet_b) not in asked
        asked.add((pair.tracklet_a, pair.tracklet_b))
        review.answer_pair(OWNER, site, pair.id, truth(pair))
        assert len(asked) <= 3 * PEOPLE
    right = {frozenset(n + 1 + PEOPLE * stop for stop in range(3)) for n in range(PEOPLE)}
    assert groups(people(site)) == right
    again = run_match(site, "full")
    assert (again.decision_id, groups(people(site))) == (None, right)
    assert pairs(site) == ()


def test_the_most_useful_question_comes_first(site):
    values = [pair.value for pair in pairs(site)]
    assert values == sorted(values, reverse=True)


def test_same_takes_effect_at_once_and_undo_restores_everything(site):
    before = state(site)
    pair = find_pair(site, "same", together=False)
    done = review.answer_pair(OWNER, site, pair.id, "same")
    placed = people(site)
    assert placed[pair.tracklet_a] == placed[pair.tracklet_b]
    assert placed[pair.tracklet_a] in done.people
    assert "now has" in done.text
    assert pair.id not in [each.id for each in pairs(site)]
    take_back(site, done.decision)
    assert state(site) == before


def test_different_parts_what_was_together_and_undo_restores_everything(site):
    before = state(site)
    pair = next(pair for pair in pairs(site) if pair.details["together"])
    done = review.answer_pair(OWNER, site, pair.id, "different")
    placed = people(site)
    assert placed.get(pair.tracklet_a) != placed.get(pair.tracklet_b)
    assert "Different" in done.text
    take_back(site, done.decision)
    assert state(site) == before


def test_a_skipped_pair_comes_last_and_decides_nothing(site):
    first = pairs(site)[0]
    before = people(site)
    done = review.answer_pair(OWNER, site, first.id, "skip")
    assert (done.decision, done.left) == (None, len(pairs(site)))
    assert pairs(site)[-1].id == first.id
    assert people(site) == before
    assert review.answer_pair(OWNER, site, first.id, truth(first)).decision


def test_a_pair_is_answered_once(site):
    pair = pairs(site)[0]
    review.answer_pair(OWNER, site, pair.id, truth(pair))
    with pytest.raises(Conflict, match="answered meanwhile"):
        review.answer_pair(OWNER, site, pair.id, "same")
    with pytest.raises(InvalidInput, match="perhaps"):
        review.answer_pair(OWNER, site, pair.id, "perhaps")


def test_same_in_find_is_the_same_decision(site):
    before = state(site)
    pair = find_pair(site, "same", together=False)
    word = judgements.judge(OWNER, site, pair.tracklet_b, pair.tracklet_a, "same")
    placed = people(site)
    assert placed[pair.tracklet_a] == placed[pair.tracklet_b]
    assert pair.id not in [each.id for each in pairs(site)]
    assert judgements.judge(OWNER, site, pair.tracklet_a, pair.tracklet_b, "same") == word
    judgements.withdraw(OWNER, site, word.id)
    assert state(site) == before


def words(workspace):
    with workspace.database.read() as session:
        said = stored.list_judgements(session)
    return [(row.verdict, row.decision_id) for row in said]


def test_undoing_the_newer_of_two_opposite_answers_brings_the_older_back(site):
    pair = find_pair(site, "same", together=False)
    first = judgements.judge(OWNER, site, pair.tracklet_a, pair.tracklet_b, "same")
    after_first = people(site), words(site)
    second = judgements.judge(OWNER, site, pair.tracklet_a, pair.tracklet_b, "different")
    assert words(site) == [("different", second.decision_id)]
    take_back(site, second.decision_id)
    assert (people(site), words(site)) == after_first
    assert words(site) == [("same", first.decision_id)]  # as old as when it was said


@pytest.mark.parametrize("undo_first", [False, True])
def test_taking_an_answer_back_in_find_leaves_nothing_said_about_the_pair(site, undo_first):
    before = state(site)
    pair = find_pair(site, "same", together=False)
    judgements.judge(OWNER, site, pair.tracklet_a, pair.tracklet_b, "same")
    newer = judgements.judge(OWNER, site, pair.tracklet_b, pair.tracklet_a, "different")
    if undo_first:
        take_back(site, newer.decision_id)
        with site.database.read() as session:
            (newer,) = stored.list_judgements(session)
    judgements.withdraw(OWNER, site, newer.id)
    assert (state(site), words(site)) == (before, [])


def clashes(workspace):
    found = matching.list_conflicts(OWNER, workspace)
    return [view for view in found if view.row.kind != "decided_by_time"]


def test_what_an_answer_contradicts_is_listed_as_long_as_it_holds(site):
    pair = find_pair(site, "same", together=False)
    one, other = pair.tracklet_a, pair.tracklet_b
    third = next(each for each in people(site) if each not in (one, other))
    for first, second, verdict in ((one, other, "same"), (other, third, "same")):
        judgements.judge(OWNER, site, first, second, verdict)
    assert clashes(site) == []
    last = judgements.judge(OWNER, site, one, third, "different")
    (found,) = clashes(site)
    assert found.row.kind == "answers"
    assert {one, third} < {each.id for each in found.sightings} == {one, other, third}
    assert "answered differently" in found.text
    take_back(site, last.decision_id)
    assert clashes(site) == []


def test_an_answer_newer_than_a_removal_leads_back_by_way_of_a_third_sighting(site):
    placed = people(site)
    person = placed[1]
    own = sorted(each for each, who in placed.items() if who == person)
    between = next(each for each, who in placed.items() if who != person)
    take_out(site, person, own[:1])
    with site.database.write() as session:
        version = get_identity(session, person).version
        people_edits.add_sightings(
            session, actor="ann", identity=person, version=version, tracklets=own[1:]
        )
    run_match(site)
    judgements.judge(OWNER, site, own[0], between, "same")
    last = judgements.judge(OWNER, site, between, own[1], "same")
    assert {people(site)[each] for each in (own[0], between, own[1])} == {person}
    again = run_match(site, "full")
    assert (again.decision_id, people(site)[own[0]]) == (None, person)
    take_back(site, last.decision_id)
    assert people(site)[own[0]] != person


def test_a_pair_is_told_what_time_decided_about_it_or_about_its_people(site):
    placed = people(site)
    pair = next(
        pair
        for pair in pairs(site)
        if not pair.details["together"] and list(placed.values()).count(placed[pair.tracklet_a]) > 1
    )
    one, other = pair.tracklet_a, pair.tracklet_b
    another = next(e for e, who in placed.items() if who == placed[one] and e != one)
    stranger = next(e for e, who in placed.items() if who not in (placed[one], placed[other]))

    def told(*about):
        with site.database.write() as session:
            session.execute(delete(ConflictFound))
            conflicts.add_conflict(
                session,
                kind="decided_by_time",
                tracklets=about,
                details={"rule": "at_once", "probability": 0.9},
                run_id=pair.run_id,
            )
        views = review_view.next_pairs(OWNER, site, 50).pairs
        return next(view for view in views if view.row.id == pair.id)

    assert told(one, stranger).kept_apart is None
    of_others = told(another, other)
    assert {*of_others.kept_apart.row.tracklets} == {another, other}
    assert of_others.together.startswith("Other sightings of these two people speak against it")
    of_itself = told(one, other)
    assert of_itself.together == of_itself.kept_apart.text


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (["Lobby at 10:00", "Yard at 10:01"], "Lobby at 10:00 and Yard at 10:01 look alike"),
        (["Lobby at 10:00"] * 2, "Two sightings in Lobby at 10:00 look alike"),
    ],
)
def test_sightings_at_one_place_and_time_are_counted_in_words(seen, says):
    assert conflict_text("decided_by_time", "together", seen).startswith(says)


def test_same_brings_back_a_sighting_that_was_removed(site):
    placed = people(site)
    person = placed[1]
    own = sorted(each for each, other in placed.items() if other == person)
    take_out(site, person, own[:1])
    run_match(site)
    assert people(site)[own[0]] != person
    judgements.judge(OWNER, site, own[0], own[1], "same")
    assert people(site)[own[0]] == person


def test_pairs_of_hidden_cameras_are_not_shown(site):
    guard = see_all_but(site, "yard")
    shown = review_view.next_pairs(guard, site, 50).pairs
    assert shown
    assert {side.row.camera for pair in shown for side in (pair.a, pair.b)} == {"door", "roof"}
    assert all(pair.rival is None or pair.rival.row.camera != "yard" for pair in shown)
    hidden = {pair.id for pair in pairs(site)} - {pair.row.id for pair in shown}
    with pytest.raises(NotFound):
        review.answer_pair(guard, site, hidden.pop(), "same")


def test_the_routes_of_the_review(site):
    with TestClient(create_api(site), base_url="http://127.0.0.1:7860") as client:
        queue = client.get("/api/v1/review/next", params={"limit": 2}).json()
        assert len(queue["pairs"]) == 2 < queue["left"]
        pair = queue["pairs"][0]
        assert pair["words"] in ("likely", "possible", "unlikely")
        assert pair["a"]["start"] <= pair["b"]["start"]
        assert pair["gap_seconds"] == pytest.approx(
            pair["b"]["offset_start"] - pair["a"]["offset_end"], abs=0.01
        )
        assert pair["a"]["person"]["label"] == f"Person {pair['a']['person']['id']}"
        answer = client.post(f"/api/v1/review/{pair['id']}", json={"answer": "same"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["decision"]
        twice = client.post(f"/api/v1/review/{pair['id']}", json={"answer": "same"})
        assert (twice.status_code, twice.json()["error"]["code"]) == (409, "conflict")
        assert client.post("/api/v1/review/9999", json={"answer": "same"}).status_code == 404


def test_a_run_over_some_cameras_leaves_the_questions_of_the_others(site):
    guard = see_all_but(site, "yard")
    before = people(site)
    others = [
        pair.id
        for pair in pairs(site)
        if {PEOPLE + 1 <= each <= 2 * PEOPLE for each in (pair.tracklet_a, pair.tracklet_b)}
        & {True}
    ]
    run_match(site, actor=guard)
    assert set(others) <= {pair.id for pair in pairs(site)}
    assert people(site) == before
    whole = next(who for who in before.values() if list(before.values()).count(who) == 3)
    one, other, third = sorted(each for each, who in before.items() if who == whole)
    judgements.judge(OWNER, site, one, third, "same")
    assert people(site)[other] == whole
