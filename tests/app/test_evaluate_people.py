"""Scores across cameras of what is stored: the same by service, command line and REST."""

import json

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.api.application import create_api
from app.cli.entry import build
from app.services.actor import OWNER
from app.services.evaluation import evaluate_people
from storage.errors import NotFound
from tests.app.matched_site import add_sightings, open_site, run_match, walks

PEOPLE = 3


@pytest.fixture
def site(tmp_path, empty_site):
    opened = open_site(tmp_path / "home", like=empty_site)
    add_sightings(opened, walks(PEOPLE, "door", "yard"))
    yield opened
    opened.close()


@pytest.fixture
def truth(tmp_path):
    """A folder of MOT truth for that site, ids shared by both cameras."""
    folder = tmp_path / "truth"
    folder.mkdir()
    for camera in ("door", "yard"):
        lines = []
        for each in walks(PEOPLE, "door", "yard"):
            if each.camera == camera:
                frames = range(round(each.begin * 8), round(each.end * 8))
                left = 60 * each.person
                lines += [f"{n + 1},{each.person + 7},{left},10,40,100,1,1,1" for n in frames]
        (folder / f"{camera}.txt").write_text("\n".join(lines))
    return folder


def test_everybody_linked_rightly_scores_one_and_nobody_linked_is_alone(site, truth):
    alone = evaluate_people(OWNER, site, truth)
    assert (alone.identities_found, alone.identities_true) == (2 * PEOPLE, PEOPLE)
    assert (alone.pairwise.precision, alone.pairwise.recall) == (1.0, 0.0)
    assert alone.idf1 == pytest.approx(0.5)
    run_match(site)
    linked = evaluate_people(OWNER, site, truth)
    assert (linked.idf1, linked.hota, linked.pairwise.f1) == pytest.approx((1.0, 1.0, 1.0))
    assert linked.identities_found == PEOPLE
    assert list(linked.camera_pairs) == [("door", "yard")]


def test_another_answer_can_be_scored(site, truth):
    everybody_one = evaluate_people(OWNER, site, truth, dict.fromkeys(range(1, 7), 1))
    assert everybody_one.pairwise.recall == 1.0
    assert everybody_one.pairwise.precision == pytest.approx(3 / 15)


def test_rest_and_command_line_say_the_same(site, truth):
    run_match(site)
    with TestClient(create_api(site), base_url="http://127.0.0.1:7860") as client:
        told = client.post("/api/v1/evaluate/people", json={"path": str(truth)}).json()
    printed = CliRunner().invoke(
        build(), ["--home", str(site.home), "--json", "evaluate", "people", "--gt", str(truth)]
    )
    assert json.loads(printed.stdout) == told
    assert told["idf1"] == pytest.approx(1.0)
    assert {"hota", "assa", "pairwise", "bcubed", "camera_pairs", "identities_true"} <= told.keys()


def test_truth_of_other_cameras_is_told(site, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "roof.txt").write_text("1,1,0,0,10,10,1,1,1\n")
    with pytest.raises(NotFound, match="roof"):
        evaluate_people(OWNER, site, folder)
