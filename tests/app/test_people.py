"""People: what lists show, what edits do, what is told before and after them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from app.errors import NeedsLater
from app.services import history, merging, people, people_export, people_view, splitting, topology
from app.services.actor import OWNER, Actor
from app.workspace import Workspace
from storage import audit, bars
from storage.errors import Conflict, InvalidInput, NotFound
from tests.app.people_site import a_run, a_site


@pytest.fixture
def cameras(workspace: Workspace) -> dict[str, int]:
    return a_site(workspace)


@pytest.fixture
def matched(workspace: Workspace, cameras: dict[str, int]) -> Workspace:
    """Ann is person 1, Ben person 2, Cleo person 3."""
    a_run(workspace, {-1: [1, 3, 4], -2: [2, 5], -3: [6]})
    return workspace


def ids(workspace: Workspace, identity: int) -> list[int]:
    return [each.row.id for each in people_view.get_person(OWNER, workspace, identity).sightings]


def version(workspace: Workspace, identity: int) -> int:
    return people.versions_of(OWNER, workspace, [identity])[identity]


def test_a_list_tells_of_everybody_what_the_sightings_say(matched: Workspace) -> None:
    page = people_view.list_people(OWNER, matched)
    assert [(card.summary.id, card.label, card.cameras) for card in page.people] == [
        (1, "Person 1", ("Lobby", "Plaza")),
        (2, "Person 2", ("Lobby", "Plaza")),
        (3, "Person 3", ("Plaza",)),
    ]
    ann = page.people[0]
    assert (ann.summary.sightings, ann.summary.confirmed) == (3, 0)
    assert ann.summary.confidence == pytest.approx(0.9)
    assert ann.summary.first is not None
    assert ann.summary.last is not None
    assert (ann.summary.last - ann.summary.first).total_seconds() == 44
    assert ann.cover is not None
    assert ann.cover.tracklet_id == 4  # the best picture of all
    assert (page.total, page.unassigned, page.poor) == (3, 1, 1)


def test_a_list_is_sorted_filtered_and_paged(matched: Workspace) -> None:
    people.rename(OWNER, matched, 3, 1, name="Cleo")

    def found(**how: object) -> list[int]:
        page = people_view.list_people(OWNER, matched, **how)  # type: ignore[arg-type]
        return [card.summary.id for card in page.people]

    assert found(sort="recent") == [3, 2, 1]
    assert found(sort="name") == [3, 1, 2]
    assert found(camera="Lobby") == [1, 2]
    assert found(text="cLE") == [3]
    assert found(text="person") == [1, 2]
    assert found(limit=1, offset=1) == [2]
    people.set_aside(OWNER, matched, 1, 1)
    assert found() == [2, 3]
    assert found(state="set_aside") == [1]


def test_hidden_cameras_hide_who_was_seen_only_there(
    matched: Workspace, cameras: dict[str, int]
) -> None:
    guard = Actor("guard", frozenset({cameras["Lobby"]}))
    page = people_view.list_people(guard, matched)
    assert [(card.summary.id, card.cameras) for card in page.people] == [
        (1, ("Lobby",)),
        (2, ("Lobby",)),
    ]
    view = people_view.get_person(guard, matched, 1)
    assert [each.row.id for each in view.sightings] == [1, 3]
    with pytest.raises(NotFound):
        people_view.get_person(guard, matched, 3)
    with pytest.raises(NotFound):
        people.create_person(guard, matched, [1, 6])
    assert people_view.unassigned(guard, matched).total == 0
    hidden = people.rename(OWNER, matched, 3, 1, name="Cleo").decision
    assert hidden.row.id not in [each.row.id for each in history.list_decisions(guard, matched)]
    with pytest.raises(NotFound):
        history.undo_decision(guard, matched, hidden.row.id)
    with pytest.raises(NotFound):
        history.list_decisions(guard, matched, person=3)


def test_a_person_shows_path_history_and_who_placed_what(matched: Workspace) -> None:
    done = people.add(OWNER, matched, 1, 1, [7])
    view = people_view.get_person(OWNER, matched, 1)
    assert [each.row.id for each in view.sightings] == [1, 3, 4, 7]
    assert view.gaps == (None, 16.0, 16.0, 26.0)
    assert [each.placed.placed_by for each in view.sightings] == ["run", "run", "run", "person"]
    assert [each.text for each in view.history] == [
        "Added 1 sighting to Person 1",
        "Matching run 1 placed 6 sightings",
    ]
    assert view.history[0] == done.decision
    with matched.database.read() as session:
        (event,) = audit.list_events(session, subject="person 1")
    assert (event.actor, event.action) == ("owner", "people.add")


def test_merging_tells_what_it_contradicts_and_can_be_undone(matched: Workspace) -> None:
    people.rename(OWNER, matched, 1, 1, name="Ann")
    people.rename(OWNER, matched, 2, 1, name="Ben")
    preview = merging.preview_merge(OWNER, matched, [1, 2])
    assert preview.consequences == (
        "Ann and Ben were both in Lobby at one moment: one person cannot be in two places at once.",
        "The name Ann stays; Ben is kept in the history.",
    )
    assert (preview.sightings, preview.cameras) == (5, ("Lobby", "Plaza"))
    merged = people.merge(OWNER, matched, {1: 2, 2: 2})
    assert merged.decision.text == "Merged Ben into Ann"
    assert merged.consequences == preview.consequences
    assert ids(matched, 1) == [1, 2, 3, 4, 5]
    (contradiction,) = people_view.get_person(OWNER, matched, 1).conflicts
    assert contradiction.text == (
        "A person said that Lobby at 12:00:00 UTC and Lobby at 12:00:03 UTC are the same, but "
        "they were seen at once by one camera. The person's word counts."
    )
    gone = people_view.get_person(OWNER, matched, 2)
    assert (gone.card.state, gone.merged_into) == ("gone", 1)
    with pytest.raises(Conflict, match="Ben was merged into Ann"):
        people.rename(OWNER, matched, 2, version(matched, 2), name="Benjamin")
    undone = history.undo_newest(OWNER, matched)
    assert undone.decision.text == "Undone: Merged Ben into Ann"
    assert (ids(matched, 1), ids(matched, 2)) == ([1, 3, 4], [2, 5])
    assert people_view.get_person(OWNER, matched, 2).merged_into is None
    history.redo_newest(OWNER, matched)
    assert ids(matched, 1) == [1, 2, 3, 4, 5]


def test_a_merge_against_the_topology_says_why(matched: Workspace, cameras: dict[str, int]) -> None:
    topology.set_pair(OWNER, matched, "Lobby", "Plaza", relation="unknown", least_seconds=100.0)
    told = merging.preview_merge(OWNER, matched, [1, 3]).consequences
    assert told == (
        "Person 1 was in Lobby and Person 3 in Plaza (2 times): seen in two cameras sooner after "
        "each other than anybody can walk.",
    )


def test_a_split_is_proposed_by_what_cannot_be_and_by_looks(matched: Workspace) -> None:
    people.merge(OWNER, matched, {1: 1, 2: 1})
    proposal = splitting.propose_split(OWNER, matched, 1)
    assert 2 in proposal.go
    assert proposal.reason == "One person cannot be seen twice at one moment, as here in Lobby."
    done = people.split(OWNER, matched, 1, version(matched, 1), [2, 5], "Ben")
    assert done.new is not None
    assert done.decision.text == "Split 2 sightings off Person 1 as Ben"
    assert (ids(matched, 1), ids(matched, done.new.summary.id)) == ([1, 3, 4], [2, 5])
    with pytest.raises(InvalidInput, match="Nothing would be left"):
        people.split(OWNER, matched, 1, version(matched, 1), [1, 3, 4])


def test_two_parts_follow_similarity_and_what_is_forbidden() -> None:
    import numpy as np

    alike = np.full((5, 5), 0.2)
    alike[:3, :3] = alike[3:, 3:] = 0.9
    assert splitting.two_parts(alike).tolist() == [False, False, False, True, True]
    alike[0, 1] = alike[1, 0] = -10.0
    assert splitting.two_parts(alike)[0] != splitting.two_parts(alike)[1]


def test_saving_a_person_takes_sightings_from_runs_but_not_from_people(
    matched: Workspace,
) -> None:
    made = people.create_person(OWNER, matched, [4, 7], "Ann")
    assert (made.person.label, made.person.summary.confirmed) == ("Ann", 2)
    assert made.decision.text == "Made Ann of 2 sightings"
    assert ids(matched, 1) == [1, 3]
    with pytest.raises(Conflict, match="owner placed sighting 4 with Ann"):
        people.create_person(OWNER, matched, [4, 6])
    with pytest.raises(Conflict, match="Person 1 was changed meanwhile by owner"):
        people.set_aside(OWNER, matched, 1, 1)


def test_a_removed_sighting_is_nobodys_and_barred(matched: Workspace) -> None:
    people.remove(OWNER, matched, 1, 1, [4])
    assert ids(matched, 1) == [1, 3]
    assert people_view.unassigned(OWNER, matched).total == 2
    with matched.database.read() as session:
        assert bars.list_barred(session).tolist() == [[4, 1]]


def test_what_later_decisions_build_on_is_named_and_undone_together(matched: Workspace) -> None:
    first = people.rename(OWNER, matched, 1, 1, name="Ann").decision.row.id
    second = people.rename(OWNER, matched, 1, 2, notes="tall").decision.row.id
    with pytest.raises(NeedsLater) as caught:
        history.undo_decision(OWNER, matched, first)
    assert [row.id for row in caught.value.later] == [second]
    done = history.undo_decision(OWNER, matched, first, with_later=True)
    assert done.undone == (second, first)
    assert people_view.get_person(OWNER, matched, 1).card.label == "Person 1"
    texts = [each.text for each in history.list_decisions(OWNER, matched, person=1)]
    assert texts[:2] == [
        "Undone: Named Person 1 Ann",
        "Undone: Changed the notes on Person 1",
    ]


def test_there_is_an_end_to_undoing(matched: Workspace) -> None:
    guest = Actor("guest")
    with pytest.raises(NotFound, match="nothing of yours to undo"):
        history.undo_newest(guest, matched)
    with pytest.raises(NotFound, match="nothing of yours to redo"):
        history.redo_newest(guest, matched)


def test_people_are_exported_with_times_and_who_placed_them(matched: Workspace) -> None:
    people.rename(OWNER, matched, 2, 1, name="=Ben")
    table = list(
        csv.DictReader(io.StringIO(people_export.export_people(OWNER, matched, None, "csv")))
    )
    assert len(table) == 6
    assert table[3]["label"] == "'=Ben"
    assert table[0] == {
        "person": "1",
        "label": "Person 1",
        "sighting": "1",
        "camera": "Lobby",
        "video": "Lobby.mp4",
        "start": "2026-03-29T12:00:00.000Z",
        "end": "2026-03-29T12:00:04.000Z",
        "offset_start": "0.0",
        "offset_end": "4.0",
        "probability": "0.9",
        "placed_by": "run",
        "by": "owner",
    }
    whole = json.loads(people_export.export_people(OWNER, matched, [2], "json"))
    assert [each["sighting"] for each in whole["people"][0]["sightings"]] == [2, 5]
