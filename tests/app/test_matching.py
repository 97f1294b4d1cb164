"""A matching run as a service: durable, repeatable, undoable, harmless until its end."""

import csv
import io
import json

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.api.application import create_api
from app.cli.entry import build
from app.errors import BadRequest
from app.jobs.handlers import HANDLERS
from app.jobs.progress import JobCancelled, Progress
from app.jobs.runner import JobRunner
from app.services import match_export, matching
from app.services.actor import OWNER
from app.services.match_job import match_people
from app.services.match_odds import SightingVectors, appearance_odds
from app.services.queue import cancel_job
from storage import decisions, jobs, people_edits, videos
from storage.errors import Conflict
from storage.identities import get_identity
from tests.app.matched_site import (
    Seen,
    add_sightings,
    groups,
    open_site,
    people,
    run_match,
    see_all_but,
    walks,
)


@pytest.fixture
def site(tmp_path, empty_site):
    opened = open_site(tmp_path / "home", like=empty_site)
    yield opened
    opened.close()


def last_decision(workspace):
    with workspace.database.read() as session:
        return decisions.last_decision(session)


def test_sightings_of_one_person_become_one_person(site):
    ids = add_sightings(site, walks(5, "door", "yard"))
    run = run_match(site)
    assert run.state == "applied", run.error
    assert groups(people(site)) == {frozenset((ids[n], ids[n + 5])) for n in range(5)}
    assert {name: run.counts[name] for name in ("people", "assigned", "unassigned", "cameras")} == {
        "people": 5,
        "assigned": 10,
        "unassigned": 0,
        "cameras": 2,
    }
    assert run.model == "made"
    assert run.code_version
    assert run.params["seed"] == 0
    changes = matching.shown_changes(OWNER, site, run)
    assert [each["cameras"] for each in changes["new"]] == [["door", "yard"]] * 5
    assert sorted(each["person"] for each in changes["new"]) == sorted(set(people(site).values()))


@pytest.mark.parametrize("mode", ["new", "full"])
def test_running_again_with_nothing_new_changes_nothing(site, mode):
    add_sightings(site, walks(4, "door", "yard"))
    run_match(site)
    before, decided = people(site), last_decision(site)
    again = run_match(site, mode)
    assert again.state == "applied"
    assert again.decision_id is None
    assert matching.shown_changes(OWNER, site, again)["kept"] == 4
    assert (people(site), last_decision(site)) == (before, decided)


def test_new_sightings_join_the_people_there_are(site):
    first = add_sightings(site, walks(4, "door", "yard"))
    run_match(site)
    before = people(site)
    more = add_sightings(site, [Seen(n, "roof", 20.0 * n + 200, 20.0 * n + 208) for n in range(5)])
    run_match(site)
    after = people(site)
    assert {each: after[each] for each in before} == before
    assert [after[more[n]] for n in range(4)] == [before[first[n]] for n in range(4)]
    assert after[more[4]] not in before.values()


def test_a_preview_changes_nothing_until_it_is_applied(site):
    add_sightings(site, walks(3, "door", "yard"))
    run = run_match(site, preview=True)
    assert (run.state, people(site), last_decision(site)) == ("preview", {}, 0)
    assert all(each["person"] is None for each in matching.shown_changes(OWNER, site, run)["new"])
    applied = matching.apply_run(OWNER, site, run.id)
    assert applied.state == "applied"
    assert len(groups(people(site))) == 3
    with pytest.raises(Conflict, match="only a preview"):
        matching.apply_run(OWNER, site, run.id)


def test_a_preview_that_people_overtook_is_refused(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    run = run_match(site, preview=True)
    with site.database.write() as session:
        people_edits.create_person(session, actor="ann", tracklets=[ids[0]])
    with pytest.raises(Conflict, match="ann"):
        matching.apply_run(OWNER, site, run.id)
    assert people(site).keys() == {ids[0]}
    assert matching.discard_run(OWNER, site, run.id).state == "discarded"


def test_undo_restores_what_was_there(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    with site.database.write() as session:
        people_edits.create_person(session, actor="ann", tracklets=[ids[0]])
    before = people(site)
    run = run_match(site)
    assert len(people(site)) == 6
    assert matching.undo_run(OWNER, site, run.id).state == "undone"
    assert people(site) == before
    with pytest.raises(Conflict, match="undone already"):
        matching.undo_run(OWNER, site, run.id)


def test_what_builds_on_a_run_is_named_before_it_is_undone(site):
    add_sightings(site, walks(3, "door", "yard"))
    run = run_match(site)
    person = min(people(site).values())
    with site.database.write() as session:
        ids = [each for each, other in people(site).items() if other == person]
        people_edits.remove_sightings(
            session,
            actor="ann",
            identity=person,
            version=get_identity(session, person).version,
            tracklets=ids[:1],
        )
    with pytest.raises(matching.NeedsLater) as refused:
        matching.undo_run(OWNER, site, run.id)
    assert [row.kind for row in refused.value.later] == ["remove"]
    assert len(people(site)) == 5
    matching.undo_run(OWNER, site, run.id, with_later=True)
    assert people(site) == {}


def test_no_run_moves_what_a_person_placed(site):
    ids = add_sightings(site, walks(4, "door", "yard"))
    with site.database.write() as session:
        made = people_edits.create_person(session, actor="ann", tracklets=[ids[0], ids[5]]).identity
    run_match(site, "full")
    assert people(site)[ids[0]] == people(site)[ids[5]] == made


def test_set_aside_people_take_no_part(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    with site.database.write() as session:
        poster = people_edits.create_person(session, actor="ann", tracklets=[ids[0]]).identity
        version = get_identity(session, poster).version
        people_edits.set_aside(session, actor="ann", identity=poster, version=version)
    run = run_match(site, "full")
    assert run.counts["set_aside"] == 1
    assert people(site)[ids[3]] != poster
    assert people(site)[ids[0]] == poster


def test_two_in_one_picture_are_two_people_and_that_is_shown(site):
    twin = Seen(0, "door", 2.0, 8.0, left=400.0)
    ids = add_sightings(site, [*walks(4, "door", "yard"), twin])
    run_match(site)
    placed = people(site)
    assert placed[ids[0]] != placed.get(ids[-1])
    (shown,) = (
        view
        for view in matching.list_conflicts(OWNER, site)
        if set(view.row.tracklets) == {ids[0], ids[-1]}
    )
    assert "two places at once" in shown.text
    assert "door at 12:00:00 UTC" in shown.text


def test_a_cancelled_run_has_changed_nothing_and_can_go_on(site):
    add_sightings(site, walks(3, "door", "yard"))
    run, job = matching.start_run(OWNER, site)
    seen = []

    def stop_late() -> str | None:
        seen.append(1)
        return "cancelled" if len(seen) > 1 else None

    progress = Progress(lambda *_: None, stop_late)
    with pytest.raises(JobCancelled):
        match_people(site, job, progress)
    assert people(site) == {}
    assert matching.get_run(OWNER, site, run.id).state == "failed"
    JobRunner(site, HANDLERS).run_next(job.id)
    assert matching.get_run(OWNER, site, run.id).state == "applied"
    match_people(site, job, Progress(lambda *_: None))  # taken over after its end: harmless
    assert len(groups(people(site))) == 3


def test_a_run_cancelled_in_the_queue_says_so(site):
    run, job = matching.start_run(OWNER, site)
    with pytest.raises(Conflict, match="under way"):
        matching.start_run(OWNER, site)
    cancel_job(OWNER, site, job.id)
    assert matching.get_run(OWNER, site, run.id).state == "failed"


def test_an_edit_during_a_run_wins(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    run, job = matching.start_run(OWNER, site)
    edits = []

    class Meddling(Progress):
        def step(self, fraction: float, message: str) -> None:
            if "writing" in message and not edits:
                with site.database.write() as session:
                    edits.append(
                        people_edits.create_person(session, actor="ann", tracklets=[ids[0], ids[4]])
                    )

    match_people(site, job, Meddling(lambda *_: None))
    assert matching.get_run(OWNER, site, run.id).state == "applied"
    placed = people(site)
    assert placed[ids[0]] == placed[ids[4]] == edits[0].identity
    assert len(placed) == 6


def test_nobody_to_match_is_told_with_what_to_do(site):
    run = run_match(site)
    assert run.state == "failed"
    assert "Add videos" in run.error


def test_hidden_cameras_take_no_part(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    guard = see_all_but(site, "yard")
    run_match(site, actor=guard)
    assert people(site).keys() == set(ids[:3])


def test_a_run_is_exported_with_every_change(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    run = run_match(site)
    record = json.loads(match_export.export_run(OWNER, site, run.id, "json"))
    assert record["changes"]["totals"]["new"] == 3
    assert record["code_version"] == run.code_version
    rows = list(csv.DictReader(io.StringIO(match_export.export_run(OWNER, site, run.id, "csv"))))
    assert {int(row["sighting"]): int(row["person"]) for row in rows} == people(site)
    assert rows[0]["start"] == "2026-03-01T12:00:00.000Z"
    assert len(rows) == len(ids)
    with pytest.raises(BadRequest, match="pdf"):
        match_export.export_run(OWNER, site, run.id, "pdf")


def test_removing_a_video_leaves_nothing_of_it_in_a_run(site):
    ids = add_sightings(site, walks(3, "door", "yard"))
    run = run_match(site, preview=True)
    with site.database.write() as session:
        yard = next(row for row in videos.list_videos(session, None) if row.camera == "yard")
        videos.remove_video(session, yard.id)
    text = match_export.export_run(OWNER, site, run.id, "csv")
    assert {int(row["sighting"]) for row in csv.DictReader(io.StringIO(text))} == set(ids[:3])
    matching.apply_run(OWNER, site, run.id)
    assert people(site).keys() == set(ids[:3])


def test_without_a_calibration_strangers_set_the_scale():
    rng = np.random.default_rng(0)
    looks = rng.normal(size=(200, 32)).astype(np.float32)
    looks[100:] = looks[:100] + 0.2 * rng.normal(size=(100, 32))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    nobody = np.zeros((0, 32), np.float16), np.zeros(0, np.int64)
    odds = appearance_odds(SightingVectors(looks, *nobody), None, np.zeros((0, 2), np.int64), 0)
    rows = np.arange(100)
    assert odds(rows, rows + 100).min() > 0
    assert np.mean(odds(rows, np.roll(rows, 1)) < -2) > 0.95


def test_jobs_of_matching_name_their_run(site):
    run, job = matching.start_run(OWNER, site, "full", preview=True)
    with site.database.read() as session:
        assert jobs.get_job(session, job.id).params["run"] == run.id
    assert (run.mode, run.preview, run.job_id) == ("full", True, job.id)


def test_the_routes_of_matching(site):
    add_sightings(site, walks(3, "door", "yard"))
    with TestClient(create_api(site), base_url="http://127.0.0.1:7860") as client:
        answer = client.post("/api/v1/matching/runs", json={"mode": "full", "preview": True})
        assert answer.status_code == 202
        run, job = answer.json()["run"], answer.json()["job"]
        assert (run["state"], job["kind"]) == ("queued", "match")
        again = client.post("/api/v1/matching/runs", json={})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
        JobRunner(site, HANDLERS).run_next(job["id"])
        path = f"/api/v1/matching/runs/{run['id']}"
        ended = client.get(path).json()
        assert (ended["state"], ended["counts"]["people"]) == ("preview", 3)
        assert ended["seconds"] >= 0
        assert client.post(f"{path}/apply").json()["decision"] == 1
        listed = client.get("/api/v1/matching/runs").json()["runs"]
        assert [(each["id"], each["state"]) for each in listed] == [(run["id"], "applied")]
        export = client.get(f"{path}/export", params={"format": "csv"})
        assert export.headers["content-disposition"].endswith('matching-run-1.csv"')
        assert len(export.text.splitlines()) == 7
        assert client.get("/api/v1/matching/conflicts").json() == {"conflicts": []}
        undone = client.post(f"{path}/undo", json={})
        assert (undone.status_code, undone.json()["state"]) == (200, "undone")
        assert client.post(f"{path}/discard").status_code == 409


def test_the_commands_of_matching(site):
    add_sightings(site, walks(3, "door", "yard"))
    run_match(site, preview=True)

    def command(*words: str) -> str:
        ended = CliRunner().invoke(build(), ["--home", str(site.home), *words])
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    assert "preview" in command("match", "list")
    applied = command("match", "apply", "1")
    assert "3 people in 6 of 6 sightings" in applied
    assert json.loads(command("--json", "match", "undo", "1"))["state"] == "undone"
    assert json.loads(command("--json", "review", "next")) == {
        "pairs": [],
        "left": 0,
        "would_settle": 0,
    }
