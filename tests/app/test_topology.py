"""What is entered of cameras holds; what is learnt is shown; clocks are set after a yes."""

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.api.application import create_api
from app.errors import BadRequest
from app.services import matching, topology
from app.services.actor import OWNER
from storage import cameras, people_edits
from storage import topology as stored_topology
from storage.errors import Conflict, InvalidInput, NotFound
from tests.app.matched_site import Seen, add_sightings, open_site, people, run_match, walks


@pytest.fixture
def site(tmp_path, empty_site):
    opened = open_site(
        tmp_path / "home",
        "matching.topology=[{from: door, to: yard, relation: apart, least_seconds: 30},"
        " {from: door, to: cellar, relation: apart}]",
        like=empty_site,
    )
    yield opened
    opened.close()


def pair(workspace, one="door", other="yard"):
    return next(
        each
        for each in topology.list_pairs(OWNER, workspace)
        if (each.from_camera, each.to_camera) == (one, other)
    )


def test_what_is_entered_wins_over_the_configuration(site):
    add_sightings(site, walks(1, "door", "yard"))
    assert (pair(site).source, pair(site).least_seconds) == ("config", 30.0)
    entered = topology.set_pair(OWNER, site, "door", "yard", "overlapping", None, 12.0)
    assert entered == pair(site)
    assert (entered.source, entered.relation, entered.least_seconds) == (
        "entered",
        "overlapping",
        None,
    )
    assert pair(site, "yard", "door").relation == "overlapping"


@pytest.mark.parametrize(
    ("names", "times", "error", "says"),
    [
        (("door", "roof"), (None, None), NotFound, "roof"),
        (("door", "door"), (None, None), BadRequest, "two cameras"),
        (("door", "yard"), (20.0, 10.0), InvalidInput, "longer"),
        (("door", "yard"), (-1.0, None), InvalidInput, "least"),
    ],
)
def test_nonsense_is_refused(site, names, times, error, says):
    add_sightings(site, walks(1, "door", "yard"))
    with pytest.raises(error, match=says):
        topology.set_pair(OWNER, site, *names, "apart", *times)


def test_nobody_walks_faster_than_was_entered(site):
    quick = add_sightings(site, [Seen(0, "door", 0, 8), Seen(0, "yard", 20, 28)])
    slow = add_sightings(site, [Seen(1, "door", 100, 108), Seen(1, "yard", 150, 158)])
    run = run_match(site)
    placed = people(site)
    assert placed[quick[0]] != placed[quick[1]]
    assert placed[slow[0]] == placed[slow[1]]
    (shown,) = matching.list_conflicts(OWNER, site)
    assert set(shown.row.tracklets) == set(quick)
    assert "sooner after each other" in shown.text
    assert run.params["notes"] == [
        "The configured topology names a camera 'cellar' that is not in the store."
    ]
    topology.set_pair(OWNER, site, "door", "yard", "unknown")
    run_match(site, "full")
    assert people(site)[quick[0]] == people(site)[quick[1]]


def test_walking_times_are_learnt_from_a_run_and_forgotten_with_the_camera(site):
    add_sightings(site, walks(40, "door", "yard", every=30.0, pause=45.0))
    run_match(site)
    learnt = pair(site).learnt
    assert learnt is not None
    assert learnt.median == pytest.approx(37.0, abs=1.0)
    assert sum(count for _, count in learnt.histogram) == learnt.count >= 30
    with site.database.write() as session:
        cameras.remove_camera(session, cameras.find_camera(session, "yard").id)
    with site.database.read() as session:
        assert stored_topology.list_pairs(session, None) == []


def test_a_wrong_clock_is_found_from_confirmed_people_and_set_after_a_yes(site):
    gaps = np.random.default_rng(0).normal(0.0, 1.0, 12)
    there = [Seen(n, "door", 100.0 * n, 100.0 * n + 8) for n in range(12)]
    # They walk for 20 s each way, but the yard's clock is 600 s ahead: known but for the walk.
    between = [
        Seen(n, "yard", 100.0 * n + 628 + gap, 100.0 * n + 636 + gap)
        for n, gap in enumerate(gaps.tolist())
    ]
    back = [Seen(n, "door", 100.0 * n + 56, 100.0 * n + 64) for n in range(12)]
    ids = add_sightings(site, [*there, *between, *back])
    with site.database.write() as session:
        for n in range(12):
            people_edits.create_person(
                session, actor="ann", tracklets=[ids[n], ids[n + 12], ids[n + 24]]
            )
    (found,) = topology.clock_proposals(OWNER, site)
    assert found.camera == "yard"
    assert found.offset_seconds == pytest.approx(-600.0, abs=30.0)
    row = topology.accept_clock(OWNER, site, "yard", found.offset_seconds, found.version)
    assert row.clock_offset == found.offset_seconds
    assert topology.clock_proposals(OWNER, site) == []
    with pytest.raises(Conflict, match="changed by somebody else"):
        topology.accept_clock(OWNER, site, "yard", 0.0, found.version)


def test_the_routes_of_the_topology(site):
    add_sightings(site, walks(1, "door", "yard"))
    with TestClient(create_api(site), base_url="http://127.0.0.1:7860") as client:
        body = {"from": "door", "to": "yard", "relation": "apart", "least_seconds": 5}
        answer = client.put("/api/v1/topology", json=body)
        assert answer.json() == body | {
            "least_seconds": 5.0,
            "typical_seconds": None,
            "source": "entered",
            "learnt": None,
        }
        listed = client.get("/api/v1/topology").json()["pairs"]
        assert [(each["from"], each["to"]) for each in listed] == [
            ("door", "yard"),
            ("yard", "door"),
        ]
        assert client.get("/api/v1/topology/clocks").json() == {"proposals": []}
