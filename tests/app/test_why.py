"""Why a sighting is a hit: on a tiny archive with a real model, and the facts on their own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.api.application import create_api
from app.services import judgements, photos, topology, why
from app.services.actor import OWNER, Actor
from app.services.explanations import Explanations
from app.services.hits import Hit
from app.services.search import PhotoQuery, SearchRequest, search
from app.services.switching import use_model
from app.services.topology import LearntTimes
from app.services.why_facts import camera_fact, place_fact, time_fact
from app.settings import load_settings
from app.workspace import Launch, Workspace
from reid_models.roles import Explanation
from storage import tracklets
from storage.errors import NotFound
from storage.records import TrackletRow
from tests.app.tiny_archive import add_people, embed_all, picture
from tracking.topology import Passage, Topology

MODEL = "person-reidentification-retail-0288"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(retrace_data, tmp_path_factory):
    home = tmp_path_factory.mktemp("why") / "home"
    overrides = (f"data={retrace_data}",)
    settings = load_settings(overrides=overrides, home=home, environment={})
    workspace = Workspace(settings, Launch(home=home, overrides=overrides))
    add_people(workspace)
    use_model(OWNER, workspace, MODEL)
    embed_all(workspace, MODEL)
    yield workspace
    workspace.close()


def ask(archive, hit, kept=None, **request):
    return why.explain_hit(OWNER, archive, kept or Explanations(), SearchRequest(**request), hit)


@pytest.mark.data
def test_the_score_is_told_in_its_two_halves(archive):
    told = ask(archive, 5, tracklets=(1,))
    assert (told.rank, told.hits, told.model, told.queries) == (1, 7, MODEL, 1)
    assert (told.whole + told.best) / 2 == pytest.approx(told.hit.score, abs=1e-5)
    assert told.pair.similarity == pytest.approx(told.best, abs=1e-5)
    assert 0 < told.pair.probability < 1
    assert told.pair.strength in ("strong", "possible", "weak")


@pytest.mark.data
def test_asked_by_several_the_halves_are_means_and_the_pair_is_the_best(archive):
    both = ask(archive, 5, tracklets=(1, 2))
    alone = [ask(archive, 5, tracklets=(query,)) for query in (1, 2)]
    assert both.queries == 2
    assert (both.whole + both.best) / 2 == pytest.approx(both.hit.score, abs=1e-5)
    assert both.best == pytest.approx(np.mean([each.best for each in alone]), abs=1e-5)
    assert both.pair.similarity == max(each.pair.similarity for each in alone)
    assert both.pair.query.crop.tracklet_id == 1


@pytest.mark.data
def test_heat_maps_are_made_once(archive, monkeypatch):
    kept = Explanations()
    first = ask(archive, 5, kept, tracklets=(1,)).pair.explanation
    for heat in (first.left, first.right):
        assert heat.min() >= 0
        assert heat.max() == 1
    monkeypatch.setattr(why, "explainer_for", None)
    assert ask(archive, 5, kept, tracklets=(1,)).pair.explanation is first


@pytest.mark.data
def test_a_photo_is_explained_like_a_sighting(archive, monkeypatch):
    monkeypatch.setattr(archive, "detector", lambda: Everybody())
    photo = photos.add_photo(OWNER, archive, picture(2, 0, 0))
    told = ask(archive, 7, photos=(PhotoQuery(photo.id),))
    assert told.pair.query.photo == PhotoQuery(photo.id, 0)
    assert (told.whole + told.best) / 2 == pytest.approx(told.hit.score, abs=1e-5)
    assert [fact.about for fact in told.facts] == ["place"], "a photo has neither time nor camera"


class Everybody:
    """A detector to whom the whole picture is a person."""

    def detect(self, images):
        return [
            (np.array([[0, 0, i.shape[1], i.shape[0]]], np.float32), np.ones(1, np.float32))
            for i in images
        ]


@pytest.mark.data
def test_a_sighting_that_is_no_hit_is_refused(archive):
    with pytest.raises(NotFound, match="no hit of this search"):
        ask(archive, 1, tracklets=(1,))
    with pytest.raises(NotFound, match="no hit of this search"):
        ask(archive, 2, tracklets=(1,), cameras=("Yard",))


@pytest.mark.data
def test_what_was_said_and_entered_speaks_too(archive, tmp_path):
    home = shutil.copytree(archive.home, tmp_path / "home")
    copy = Workspace(load_settings(home=home, environment={}), archive.launch)
    copy._models.update(archive._models)
    copy.active_model_name = lambda: MODEL
    judgements.judge(OWNER, copy, 1, 5, "same")
    topology.set_pair(OWNER, copy, "Door", "Yard", "apart", least_seconds=80.0)
    facts = {fact.about: fact for fact in ask(copy, 5, tracklets=(1,)).facts}
    assert (facts["answer"].speaks, facts["place"].speaks) == ("for", "for")
    assert facts["time"].speaks == "against"
    assert "Nobody walks" in facts["time"].text
    copy.close()


@pytest.mark.data
def test_the_route_draws_both_pictures_and_only_for_those_who_may_see(archive, monkeypatch):
    monkeypatch.setattr(archive, "detector", lambda: Everybody())
    api = create_api(archive)
    client = TestClient(api, base_url="http://127.0.0.1:7860")  # left open: the archive is shared
    told = client.post("/api/v1/search/why", json={"tracklets": [1], "hit": 5}).json()
    assert told["pair"]["kind"] == "occlusion"
    for side, sighting in (("query", 1), ("found", 5)):
        assert told["pair"][side]["tracklet"] == sighting
        assert np.array(told["pair"][side]["heat"]).shape == (12, 6)
        assert client.get(told["pair"][side]["image"]).headers["content-type"] == "image/jpeg"
    photo = client.post("/api/v1/photos", content=picture(0, 0, 0)).json()
    body = {"photos": [{"id": photo["id"]}], "hit": 5}
    image = client.post("/api/v1/search/why", json=body).json()["pair"]["query"]["image"]
    assert client.get(image).headers["content-type"] == "image/jpeg"
    assert client.get(image.split("?")[0]).status_code == 422
    with archive.database.read() as session:
        door = tracklets.get_tracklet(session, 1).camera_id
    request = SearchRequest(tracklets=(1,))
    with pytest.raises(NotFound):
        why.explain_hit(Actor("guard", frozenset({door})), archive, Explanations(), request, 5)
    assert len(search(OWNER, archive, request).hits) == 7


def test_the_latest_explanations_are_kept():
    made = []

    def make(name):
        def inner():
            made.append(name)
            return Explanation("occlusion", np.zeros((1, 1)), np.zeros((1, 1)))

        return inner

    kept = Explanations(kept=2)
    for name in "abacab":
        kept.get((name,), make(name))
    assert made == ["a", "b", "c", "b"]


ROW = TrackletRow(1, 1, "a.mp4", 1, "Door", 1, 9, 0.0, 4.0, NOON, NOON + timedelta(seconds=4), 0.5)


def seen(number, after, camera=2):
    """A sighting that begins `after` seconds behind the end of ROW, or at an unknown time."""
    start = None if after is None else NOON + timedelta(seconds=4 + after)
    return replace(
        ROW,
        id=number,
        video_id=camera,
        camera_id=camera,
        camera=("Door", "Yard")[camera - 1],
        start=start,
        end=start and start + timedelta(seconds=4),
    )


def hit(row, chance, strength):
    return Hit(row, 0.5, chance, strength, (), row.camera_id == 1)


@pytest.mark.parametrize(
    ("after", "speaks", "says"),
    [
        (31, "for", "31 s between Door and Yard, as usual (nearly all take 20 s to 58 s)."),
        (5, "against", "Only 5 s between Door and Yard; nearly all take 20 s to 58 s."),
        (300, "neither", "5 min between Door and Yard, longer than usual"),
        (-2, "against", "at the same time: possible only where their views overlap"),
        (None, "neither", "a recording's start is not confirmed"),
    ],
)
def test_walking_times_speak(after, speaks, says):
    usual = {(1, 2): LearntTimes(14, 20.0, 31.0, 58.0, ())}
    fact = time_fact([ROW], seen(2, after), [], usual, Topology())
    assert (fact.speaks, says in fact.text) == (speaks, True), fact.text


def test_of_several_sightings_the_one_nearest_in_time_counts():
    later = replace(seen(3, 60), camera_id=1, camera="Door")
    fact = time_fact([ROW, later], seen(2, 70), [], {}, Topology())
    assert fact.text == "6 s between Door and Yard; how long people take is not known."


def test_cameras_that_share_a_view_may_both_see_somebody_at_once():
    known = Topology({(2, 1): Passage(relation="overlapping")})
    assert time_fact([ROW], seen(2, -2), [], {}, known).speaks == "for"


def test_where_it_stands_says_how_sure_the_others_are():
    hits = [
        hit(seen(2, 30), 0.999, "strong"),
        hit(seen(3, 40, camera=1), 0.4, "possible"),
        hit(seen(4, 50), None, "weak"),
    ]
    told = [place_fact(hits, at) for at in range(3)]
    assert told[0].text == "First of 3 hits; the next is a possible match (40 %)."
    assert told[1].text == "Place 2 of 3 hits; the first is a strong match (99 %)."
    assert [each.speaks for each in told] == ["for", "neither", "against"]
    alone = place_fact(hits[2:], 0)
    assert (alone.speaks, alone.text) == ("neither", "First of 1 hit.")
    assert [camera_fact(each).speaks for each in hits] == ["neither", "against", "neither"]
