"""What search promises, on vectors with known answers in a space of a real (untrained) model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch

from app.errors import NobodyFound
from app.services import identity_query, people
from app.services.actor import OWNER, Actor
from app.services.embedding import register_space
from app.services.ingest import IncomingFile, register
from app.services.judgements import judge, withdraw
from app.services.search import SearchRequest, search
from app.settings import load_settings, remember
from app.workspace import Launch, Workspace
from reid_models.cards import ModelCard, card_named
from reid_models.checkpoints import save_checkpoint
from reid_models.methods.baseline import Baseline
from storage import embeddings, tracklets
from storage.errors import NotFound
from storage.records import TrackletRow
from tests.app.conftest import write_video

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIMENSION = 64


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """One store for all these tests; each takes back what it changes."""
    home = tmp_path_factory.mktemp("search") / "home"
    opened = Workspace(load_settings(home=home, environment={}), Launch(home=home))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def small_model(workspace):
    """A ResNet-18 baseline with random weights, active in the store."""
    shipped = card_named("baseline")
    size = {"height": 64, "width": 32}
    card = ModelCard.model_validate(
        shipped.model_dump()
        | {"name": "small", "architecture": {"depth": 18}, "dimension": DIMENSION}
        | {"preprocessing": shipped.preprocessing.model_dump() | size}
    )
    torch.manual_seed(0)
    save_checkpoint(Baseline(18, DIMENSION).eval(), card, workspace.home / "models" / "small")
    remember(workspace.home, "models.active", "small")
    return workspace.model()


@pytest.fixture(scope="module")
def sightings(workspace, small_model, tmp_path_factory):
    """Tracklets by name: camera letter and angle in degrees from the query's vector."""
    layout = {"a": [0, 10, 80], "b": [5, 40], "c": [20, 60], "d": []}
    found = {}
    for number, (camera, angles) in enumerate(layout.items()):
        path = tmp_path_factory.mktemp("videos") / f"{camera}.mp4"
        write_video(path, shade=20 + 30 * number)
        start = START + timedelta(hours=number)
        row = register(OWNER, workspace, IncomingFile(path, camera=camera, start=start)).video
        for index, angle in enumerate(angles):
            found[f"{camera}{angle}"] = add(workspace, small_model, row.id, index + 1, angle)
    return found


def add(workspace, model, video, number, angle):
    radians = np.radians(angle)
    vector = np.zeros((1, DIMENSION), np.float32)
    vector[0, :2] = np.cos(radians), np.sin(radians)
    with workspace.database.write() as session:
        identifier = tracklets.add_tracklet(
            session,
            video_id=video,
            number=number,
            frames=np.array([0, 1], np.int32),
            times=np.array([0.0, 0.1]),
            boxes=np.array([[0, 0, 9, 9]] * 2, np.float32),
            confidences=np.ones(2, np.float32),
            quality=0.5,
        )
        register_space(session, model)
        embeddings.add_embeddings(
            session,
            model.space,
            np.array([identifier]),
            np.array([-1]),
            "tracklet",
            vector,
        )
    return identifier


def names(result, sightings):
    by_id = {identifier: name for name, identifier in sightings.items()}
    return [by_id[hit.tracklet.id] for hit in result.hits]


def ask(workspace, sightings, *queries, actor=OWNER, **options):
    chosen = tuple(sightings[query] for query in queries)
    return search(actor, workspace, SearchRequest(tracklets=chosen, **options))


def test_other_cameras_come_first_best_first_and_never_the_query(workspace, sightings):
    result = ask(workspace, sightings, "a0")
    assert names(result, sightings) == ["b5", "c20", "b40", "c60", "a10", "a80"]
    assert [hit.own_camera for hit in result.hits] == [False] * 4 + [True] * 2


def test_same_camera_makes_it_one_order(workspace, sightings):
    result = ask(workspace, sightings, "a0", same_camera=True)
    assert names(result, sightings) == ["b5", "a10", "c20", "b40", "c60", "a80"]


def test_the_limit_holds_over_both_groups(workspace, sightings):
    assert names(ask(workspace, sightings, "a0", limit=5), sightings)[-1] == "a10"
    assert len(ask(workspace, sightings, "a0", limit=1).hits) == 1


def test_filters_by_camera_and_time_are_exact(workspace, sightings):
    only = ask(workspace, sightings, "a0", cameras=("c",), limit=50)
    assert names(only, sightings) == ["c20", "c60"]
    window = {"start": START + timedelta(minutes=50), "end": START + timedelta(minutes=70)}
    assert names(ask(workspace, sightings, "a0", **window), sightings) == ["b5", "b40"]
    with pytest.raises(NotFound, match="Known cameras: a, b, c, d"):
        ask(workspace, sightings, "a0", cameras=("nowhere",))


def test_several_queries_are_one_person(workspace, sightings):
    both = ask(workspace, sightings, "a80", "b40")
    assert names(both, sightings)[0] == "c60"
    assert set(names(both, sightings)) == {"c60", "c20", "b5", "a10", "a0"}


def test_without_a_calibration_there_are_words_and_no_per_cent(workspace, sightings):
    result = ask(workspace, sightings, "a0")
    assert result.calibrated is False
    assert all(hit.probability is None for hit in result.hits)
    assert {hit.strength for hit in result.hits} <= {"strong", "possible", "weak"}


def test_what_was_not_searched_is_said_with_its_reason(workspace, sightings):
    result = ask(workspace, sightings, "a0")
    assert result.searched == 6
    assert result.searched_cameras == ("a", "b", "c")
    (missing,) = result.not_searched
    assert (missing.camera, missing.reason) == ("d", "no footage analysed yet")


def test_an_actor_gets_hits_of_their_cameras_only(workspace, sightings):
    allowed = {hit.tracklet.camera_id for hit in ask(workspace, sightings, "a0").hits[:2]}
    guard = Actor("guard", frozenset(allowed))
    with pytest.raises(NotFound):
        ask(workspace, sightings, "a0", actor=guard)
    seen = names(ask(workspace, sightings, "b5", actor=guard), sightings)
    assert set(seen) == {"c20", "c60", "b40"}


def test_not_the_same_moves_a_hit_to_the_end_until_withdrawn(workspace, sightings):
    row = judge(OWNER, workspace, sightings["a0"], sightings["b5"], "different")
    result = ask(workspace, sightings, "a0")
    assert names(result, sightings)[-1] == "b5"
    assert result.hits[-1].verdict == "different"
    withdraw(OWNER, workspace, row.id)
    assert names(ask(workspace, sightings, "a0"), sightings)[0] == "b5"


def test_a_new_word_on_a_pair_replaces_the_old_one(workspace, sightings):
    judge(OWNER, workspace, sightings["a0"], sightings["b5"], "different")
    row = judge(OWNER, workspace, sightings["b5"], sightings["a0"], "same")
    assert ask(workspace, sightings, "a0").hits[0].verdict == "same"
    withdraw(OWNER, workspace, row.id)
    assert {hit.verdict for hit in ask(workspace, sightings, "a0").hits} == {None}


def test_a_query_that_names_nobody_says_what_to_do(workspace, small_model):
    with pytest.raises(NobodyFound, match="Choose a person"):
        search(OWNER, workspace, SearchRequest())


def test_a_person_is_sought_by_all_sightings_and_hits_say_whose_they_are(workspace, sightings):
    mine = [sightings[name] for name in ("a0", "a10")]
    made = people.create_person(OWNER, workspace, mine, "Ann").person.summary
    other = people.create_person(OWNER, workspace, [sightings["c60"]]).person.summary
    result = search(OWNER, workspace, SearchRequest(identities=(made.id,)))
    assert names(result, sightings) == ["b5", "c20", "b40", "c60", "a80"]
    assert {row.id for row in result.query_tracklets} == set(mine)
    assert [hit.person and hit.person.label for hit in result.hits] == [
        None,
        None,
        None,
        f"Person {other.id}",
        None,
    ]
    people.remove(OWNER, workspace, made.id, made.version, mine)
    with pytest.raises(NobodyFound, match="No sighting of this person"):
        search(OWNER, workspace, SearchRequest(identities=(made.id,)))
    with pytest.raises(NotFound):
        search(OWNER, workspace, SearchRequest(identities=(99,)))


def test_a_person_seen_often_is_sought_by_the_best_of_every_camera():
    row = TrackletRow(1, 1, "v", 1, "a", 1, 9, 0.0, 1.0, None, None, 0.5)
    rows = [
        replace(row, id=number, camera_id=number % 2, quality=number / 10) for number in range(6)
    ]
    assert [each.id for each in identity_query._spread(rows)] == [5, 4, 3, 2, 1, 0]
