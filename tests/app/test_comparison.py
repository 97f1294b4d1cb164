"""Two models side by side, on vectors whose order is known beforehand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.api.application import create_api
from app.cli.entry import main
from app.errors import BadRequest, NotEmbedded
from app.services import people
from app.services.actor import OWNER, Actor
from app.services.compared import Compared, verdict_of
from app.services.comparison import compare_models
from app.services.embedding import register_space
from app.services.judgements import judge
from app.services.known_people import confirmed, shown_by
from app.settings import load_settings
from app.workspace import Launch, Workspace
from reid_models.errors import ModelUnknown
from storage import cameras, embeddings
from storage.errors import NotFound
from storage.records import TrackletRow
from tests.app.matched_site import MADE
from tests.app.tiny_archive import add_people
from tests.storage.site import a_camera, a_tracklet, a_video
from tracking.evaluation import Truth
from tracking.values import Tracklet

ANGLES = {"one": (0, 80, 10, 20, 30), "two": (0, 80, 30, 20, 10), "three": (0, 80, 10, 20, 30)}
"""Degrees, of each model: two sightings at the door (1, 2), three in the yard (3, 4, 5)."""
ROW = TrackletRow(1, 1, "v", 1, "a", 1, 9, 0.0, 1.0, None, None, 0.5)


class TwoDimensions:
    dimension = 2


class Models(Workspace):
    """A store of made-up models whose vectors are there already."""

    def model(self, name=None):
        if name not in ANGLES:
            raise ModelUnknown(f"There is no re-ID model called {name!r}.", name=str(name))
        card = MADE.card.model_copy(update={"name": name})
        return replace(MADE, card=card, space=f"{name}@1", image=TwoDimensions())


@pytest.fixture
def site(empty_site, tmp_path):
    home = shutil.copytree(empty_site, tmp_path / "home")
    workspace = Models(load_settings(home=home, environment={}), Launch(home=home))
    with workspace.database.write() as session:
        for camera, sightings in (("door", 2), ("yard", 3)):
            video = a_video(session, a_camera(session, camera), f"{camera}.mp4").id
            for number in range(sightings):
                a_tracklet(session, video, begin=10.0 * number, end=10.0 * number + 4)
        for name in ("one", "two"):
            register_space(session, workspace.model(name))
            turned = np.radians(ANGLES[name])
            embeddings.add_embeddings(
                session,
                f"{name}@1",
                np.arange(1, 6),
                np.full(5, -1),
                "tracklet",
                np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32),
            )
    yield workspace
    workspace.close()


def hits(found):
    return [hit.row.id for hit in found]


def test_both_rankings_stand_side_by_side(site):
    found = compare_models(OWNER, site, "one", "two", chosen=[1])
    (query,) = found.queries
    assert (hits(query.a), hits(query.b)) == ([3, 4, 5], [5, 4, 3])
    assert [hit.other_rank for hit in query.a] == [3, 2, 1]
    assert query.a[0].score == pytest.approx(np.cos(np.radians(10)), abs=1e-3)
    assert (query.overlap, query.correlation) == (1.0, pytest.approx(-1.0))
    assert (found.overlap, found.sightings, found.sampled) == (1.0, 5, False)
    assert found.verdict is None


def test_only_other_cameras_are_searched_where_there_are_any(site):
    assert hits(compare_models(OWNER, site, "one", "two", chosen=[4]).queries[0].a) == [1, 2]
    with site.database.read() as session:
        yard = cameras.find_camera(session, "yard").id
    guard = Actor("guard", frozenset({yard}))
    assert hits(compare_models(guard, site, "one", "two", chosen=[3]).queries[0].a) == [4, 5]
    with pytest.raises(NotFound):
        compare_models(guard, site, "one", "two", chosen=[1])


def test_confirmed_people_tell_which_model_finds_them_first(site):
    people.create_person(OWNER, site, [1, 3])
    found = compare_models(OWNER, site, "one", "two", sample=2)
    assert {each.row.id for each in found.queries} == {1, 3}, "whose person is known ask first"
    asked = {each.row.id: each for each in found.queries}
    assert (asked[1].first_a, asked[1].first_b, asked[1].right) == (1, 3, 1)
    assert [hit.right for hit in asked[1].a] == [True, None, None]
    assert (asked[3].first_a, asked[3].first_b) == (1, 1)
    verdict = found.verdict
    assert (verdict.source, verdict.queries) == ("hand", 2)
    assert (verdict.a_sooner, verdict.b_sooner, verdict.equal) == (1, 0, 1)
    assert (verdict.rank1_a, verdict.rank1_b, verdict.better) == (1.0, 0.5, None)


def test_what_is_not_embedded_is_named_with_what_to_do(site):
    with pytest.raises(NotEmbedded, match="embed --model three") as caught:
        compare_models(OWNER, site, "one", "three")
    assert caught.value.missing == {"three": 5}


def test_nonsense_is_refused(site):
    with pytest.raises(BadRequest, match="itself"):
        compare_models(OWNER, site, "one", "one")
    with pytest.raises(NotFound, match="no sighting 99"):
        compare_models(OWNER, site, "one", "two", chosen=[99])


def test_the_same_seed_draws_the_same_sample(site):
    drawn = [
        [
            each.row.id
            for each in compare_models(OWNER, site, "one", "two", sample=3, seed=s).queries
        ]
        for s in (0, 0, 1, 2)
    ]
    assert drawn[0] == drawn[1]
    assert len({tuple(each) for each in drawn}) > 1


def test_the_route_answers_and_says_what_is_missing(site):
    with TestClient(create_api(site), base_url="http://127.0.0.1:7860") as client:
        body = {"a": "one", "b": "two", "tracklets": [1]}
        found = client.post("/api/v1/models/compare", json=body).json()
        assert [hit["id"] for hit in found["queries"][0]["b"]] == [5, 4, 3]
        assert found["queries"][0]["query"]["camera"] == "door"
        refused = client.post("/api/v1/models/compare", json={"a": "one", "b": "three"})
        assert refused.status_code == 409
        assert refused.json()["error"]["code"] == "not_embedded"
        assert refused.json()["error"]["missing"] == {"three": 5}


@pytest.mark.parametrize(
    ("sooner", "later", "equal", "better"),
    [(9, 0, 3, "a"), (0, 9, 3, "b"), (4, 3, 0, None), (0, 0, 5, None), (3, 0, 0, None)],
)
def test_a_verdict_needs_more_than_chance(sooner, later, equal, better):
    places = [(1, 2)] * sooner + [(2, 1)] * later + [(1, 1)] * equal
    compared = [Compared(ROW, None, (), (), 1.0, None, 1, a, b) for a, b in places]
    assert verdict_of(compared, "hand").better == better


def test_known_are_those_whom_people_placed_or_called_the_same(site):
    with site.database.read() as session:
        assert confirmed(session) == {}
    people.create_person(OWNER, site, [1, 3])
    judge(OWNER, site, 4, 5, "same")
    judge(OWNER, site, 2, 4, "different")
    with site.database.read() as session:
        known = confirmed(session)
    assert set(known) == {1, 3, 4, 5}
    assert known[1] == known[3]
    assert known[4] == known[5] != known[1]


def test_a_sighting_shows_whom_most_of_its_boxes_cover():
    frames = np.arange(4, dtype=np.int32)
    left, right = np.array([[0, 0, 10, 20]] * 4), np.array([[50, 0, 60, 20]] * 4)
    truth = Truth(
        name="door",
        labelled=frames,
        frames=np.tile(frames, 2),
        ids=np.repeat(np.array([7, 8], np.int32), 4),
        boxes=np.concatenate([left, right]).astype(np.float32),
        counts=np.ones(8, np.bool_),
    )
    mixed = np.concatenate([left[:1], right[:3]])
    away = left + 200
    seen = [
        Tracklet(n, frames, frames / 8.0, boxes.astype(np.float32), np.ones(4, np.float32))
        for n, boxes in ((1, left), (2, mixed), (3, away))
    ]
    assert shown_by(truth, seen, 1.0) == {1: 7, 2: 8}


@pytest.mark.data
def test_the_command_embeds_what_is_missing_and_compares(retrace_data, tmp_path, capsys):
    home = tmp_path / "home"
    workspace = Workspace(load_settings(home=home, environment={}), Launch(home=home))
    add_people(workspace)
    workspace.close()
    names = [f"person-reidentification-retail-028{number}" for number in (8, 7)]
    data = f"data={retrace_data}"
    main_or_exit(["models", "compare", *names, "--home", str(home), "--set", data, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["a"], found["b"], found["sightings"]) == (*names, 8)
    assert len(found["queries"]) == 8
    for query in found["queries"]:
        assert len(query["a"]) == len(query["b"]) == 4
        assert query["a"][0]["tracklet"] % 4 == query["tracklet"] % 4, "the same clothes"


def main_or_exit(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
