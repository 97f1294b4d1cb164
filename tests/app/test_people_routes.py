"""People over REST: the same services, versions as conflicts, needs_later with what is later."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.workspace import Workspace
from tests.app.people_site import a_run, a_site


@pytest.fixture
def matched(client: TestClient, workspace: Workspace) -> TestClient:
    a_site(workspace)
    a_run(workspace, {-1: [1, 3, 4], -2: [2, 5], -3: [6]})
    return client


def ok(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def test_a_grid_a_person_and_what_is_left_over(matched: TestClient) -> None:
    grid = ok(matched.get("/api/v1/people", params={"sort": "recent", "limit": 2}))
    assert [each["label"] for each in grid["people"]] == ["Person 3", "Person 2"]
    assert (grid["total"], grid["unassigned"], grid["unassigned_poor"]) == (3, 1, 1)
    person = ok(matched.get("/api/v1/people/1"))
    assert [each["id"] for each in person["sightings"]] == [1, 3, 4]
    assert person["sightings"][0]["placed_by"] == "run"
    assert person["sightings"][0]["crops"][0] == person["sightings"][0]["thumbnail"]
    assert [each["gap_seconds"] for each in person["path"]] == [None, 16.0, 16.0]
    assert person["path"][1]["start"] == "2026-03-29T12:00:20.000Z"
    assert person["history"][0]["text"] == "Matching run 1 placed 6 sightings"
    left = ok(matched.get("/api/v1/people/unassigned"))
    assert [(each["id"], each["poor"]) for each in left["sightings"]] == [(7, True)]
    assert matched.get("/api/v1/people/9").status_code == 404


def test_edits_carry_versions(matched: TestClient) -> None:
    named = ok(matched.patch("/api/v1/people/1", json={"version": 1, "name": "Ann"}))
    assert (named["person"]["name"], named["person"]["version"]) == ("Ann", 2)
    assert named["decision"]["text"] == "Named Person 1 Ann"
    lost = ok(matched.patch("/api/v1/people/1", json={"version": 1, "name": "Anna"}), 409)
    assert lost["error"]["code"] == "conflict"
    assert "Ann was changed meanwhile by owner" in lost["error"]["message"]
    moved = ok(matched.post("/api/v1/people/1/add", json={"version": 2, "tracklets": [7]}))
    gone = {"version": moved["person"]["version"], "tracklets": [7]}
    ok(matched.post("/api/v1/people/1/remove", json=gone))
    aside = ok(matched.post("/api/v1/people/3/set-aside", json={"version": 1}))
    assert aside["person"]["state"] == "set_aside"
    ok(matched.post("/api/v1/people/3/restore", json={"version": 2}))


def test_merge_split_undo_and_redo(matched: TestClient) -> None:
    preview = ok(matched.get("/api/v1/people/merge/preview", params={"ids": [1, 2]}))
    assert "one person cannot be in two places at once" in preview["consequences"][0]
    both = {"people": [{"id": 1, "version": 1}, {"id": 2, "version": 1}], "into": 2}
    merged = ok(matched.post("/api/v1/people/merge", json=both))
    assert (merged["person"]["id"], merged["consequences"]) == (2, preview["consequences"])
    proposal = ok(matched.get("/api/v1/people/2/split"))
    assert sorted(proposal["stay"] + proposal["go"]) == [1, 2, 3, 4, 5]
    parted = {"version": merged["person"]["version"], "tracklets": [2, 5], "name": "Ben"}
    split = ok(matched.post("/api/v1/people/2/split", json=parted))
    assert split["new_person"]["label"] == "Ben"
    refused = ok(matched.post(f"/api/v1/decisions/{merged['decision']['id']}/undo", json={}), 409)
    assert refused["error"]["code"] == "needs_later"
    assert [each["text"] for each in refused["error"]["later"]] == [
        "Split 2 sightings off Person 2 as Ben"
    ]
    undone = ok(
        matched.post(
            f"/api/v1/decisions/{merged['decision']['id']}/undo", json={"with_later": True}
        )
    )
    assert undone["undone"] == [split["decision"]["id"], merged["decision"]["id"]]
    assert ok(matched.get("/api/v1/people/1"))["cameras"] == ["Lobby", "Plaza"]
    again = ok(matched.post("/api/v1/decisions/redo"))
    assert again["decision"]["text"] == "Redone: Merged Person 1 into Person 2"
    back = ok(matched.post("/api/v1/decisions/undo", json={}))
    assert back["decision"]["text"] == "Undone: Merged Person 1 into Person 2"
    told = ok(matched.get("/api/v1/decisions", params={"person": 1, "limit": 2}))
    assert [each["kind"] for each in told["decisions"]] == ["undo", "redo"]


def test_saving_a_person_and_exporting_one(matched: TestClient) -> None:
    made = ok(matched.post("/api/v1/people", json={"name": "Ann", "tracklets": [1, 7]}), 201)
    number = made["person"]["id"]
    assert made["person"]["confirmed"] == 2
    assert matched.post("/api/v1/people", json={"tracklets": []}).status_code == 422
    assert matched.post("/api/v1/people", json={"tracklets": [99]}).status_code == 404
    table = matched.get(f"/api/v1/people/{number}/export", params={"format": "csv"})
    assert table.headers["content-disposition"] == f'attachment; filename="person-{number}.csv"'
    assert len(table.text.splitlines()) == 3
    assert ok(matched.get(f"/api/v1/people/{number}/export"))["people"][0]["name"] == "Ann"
