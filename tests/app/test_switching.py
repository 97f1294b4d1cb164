"""Search goes on with the old model until the new one has seen all; then it changes by itself."""

from __future__ import annotations

import shutil

import pytest

from app.errors import BadRequest
from app.jobs.handlers import HANDLERS
from app.jobs.runner import JobRunner
from app.services import queue, switching
from app.services.actor import OWNER
from app.services.models import list_models
from app.services.search import SearchRequest, search
from app.settings import load_settings
from app.workspace import Launch, Workspace
from reid_models.errors import ModelUnknown, ModelUntrained
from tests.app.tiny_archive import add_people, embed_all, work

pytestmark = pytest.mark.data

OLD, NEW = (f"person-reidentification-retail-028{number}" for number in (8, 7))


@pytest.fixture(scope="module")
def prepared(retrace_data, tmp_path_factory):
    """A tiny archive, embedded by the old model, which is active; and both models, loaded."""
    workspace = opened(tmp_path_factory.mktemp("prepared") / "home", retrace_data)
    add_people(workspace)
    switching.use_model(OWNER, workspace, OLD)
    assert embed_all(workspace, OLD).state == "done"
    yield workspace.home, {name: workspace.model(name) for name in (OLD, NEW)}
    workspace.close()


def opened(home, data, *overrides):
    overrides = (f"data={data}", *overrides)
    settings = load_settings(overrides=overrides, home=home, environment={})
    return Workspace(settings, Launch(home=home, overrides=overrides))


@pytest.fixture(params=[()])
def archive(request, prepared, retrace_data, tmp_path):
    """A copy of it."""
    home = shutil.copytree(prepared[0], tmp_path / "home")
    workspace = opened(home, retrace_data, *request.param)
    workspace._models.update(prepared[1])
    yield workspace
    workspace.close()


def look(workspace):
    """The model that answered, and how many hits it found."""
    result = search(OWNER, workspace, SearchRequest(tracklets=(1,)))
    return result.model, len(result.hits)


def of(workspace, name):
    return next(each for each in list_models(OWNER, workspace) if each["name"] == name)


@pytest.fixture
def switch(archive):
    return switching.use_model(OWNER, archive, NEW)


def test_the_old_model_answers_until_the_new_one_has_seen_all(archive, switch):
    assert switch.active == OLD
    assert look(archive) == (OLD, 7)
    told = of(archive, NEW)
    assert (told["active"], told["waiting"], told["job"], told["switching"]) == (
        False, 8, switch.job.id, True,
    )  # fmt: skip
    assert work(archive, switch.job.id).state == "done"
    assert look(archive) == (NEW, 7)
    told = of(archive, NEW)
    assert (told["active"], told["waiting"], told["job"], told["switching"]) == (
        True, 0, None, False,
    )  # fmt: skip


def test_cancelled_the_old_model_stays_and_retried_it_changes(archive, switch):
    def cancelled(workspace, job, progress):
        queue.cancel_job(OWNER, workspace, job.id)
        HANDLERS["embed"](workspace, job, progress)

    runner = JobRunner(archive, {"embed": cancelled})
    assert runner.run_next(switch.job.id).state == "cancelled"
    assert look(archive) == (OLD, 7)
    queue.retry_job(OWNER, archive, switch.job.id)
    assert work(archive, switch.job.id).state == "done"
    assert look(archive)[0] == NEW


def test_embedding_alone_changes_nothing(archive):
    assert embed_all(archive, NEW).state == "done"
    assert look(archive) == (OLD, 7)
    assert of(archive, NEW)["waiting"] == 0


def test_a_model_that_has_seen_all_is_used_at_once(archive):
    embed_all(archive, NEW)
    assert switching.use_model(OWNER, archive, NEW) == switching.Switch(NEW, None)
    assert look(archive) == (NEW, 7)


def test_the_last_wish_counts(archive, switch):
    assert switching.use_model(OWNER, archive, OLD) == switching.Switch(OLD, None)
    assert queue.get_job(OWNER, archive, switch.job.id).state == "cancelled"
    assert look(archive)[0] == OLD


def test_asked_twice_it_is_one_job(archive, switch):
    assert switching.use_model(OWNER, archive, NEW).job.id == switch.job.id


def test_embedding_that_waits_already_does_not_swallow_the_change(archive):
    plain = switching.queue_embedding(OWNER, archive, NEW)
    asked = switching.use_model(OWNER, archive, NEW).job
    assert asked.id != plain.id
    assert work(archive, plain.id).state == "done"
    assert look(archive)[0] == OLD
    assert work(archive, asked.id).state == "done"
    assert look(archive)[0] == NEW


def test_left_to_itself_an_archive_keeps_its_model_where_a_better_one_is(archive):
    (archive.home / "config.yaml").unlink()
    best = next(each["name"] for each in list_models(OWNER, archive) if each["best"])
    assert best not in (OLD, NEW)
    assert look(archive) == (OLD, 7)
    embed_all(archive, NEW)
    assert look(archive) == (OLD, 7)
    assert switching.use_model(OWNER, archive, NEW).active == NEW


def test_a_recording_that_a_switch_overtook_is_embedded_after_all(archive):
    assert switching.catch_up(OWNER, archive, OLD) is None
    embed_all(archive, NEW)
    switching.use_model(OWNER, archive, NEW)
    job = switching.catch_up(OWNER, archive, OLD)
    assert job.params == {"model": NEW, "actor": "owner", "switch": False}


@pytest.mark.parametrize("archive", [(f"models.active={OLD}",)], indirect=True)
def test_a_setting_that_wins_is_named(archive):
    embed_all(archive, NEW)
    with pytest.raises(BadRequest, match=f"--config or RETRACE_MODELS__ACTIVE says {OLD}"):
        switching.use_model(OWNER, archive, NEW)


@pytest.mark.parametrize(("name", "error"), [("nonsense", ModelUnknown), ("tkp", ModelUntrained)])
def test_what_cannot_be_used_is_refused_before_anything_is_done(archive, name, error):
    with pytest.raises(error):
        switching.use_model(OWNER, archive, name)
    assert look(archive)[0] == OLD
