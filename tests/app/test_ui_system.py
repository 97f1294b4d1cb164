"""The System page in a real browser, over made-up answers that change as one acts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.app.ui_fake_api import HOSTILE, Refusal
from tests.app.ui_fake_system import AWAY, NEW, OLD, FakeSystem
from tests.app.ui_pages import assert_unharmed, opened

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeSystem, Page, list[str]]]:
    with opened(FakeSystem()) as everything:
        yield everything


@pytest.fixture
def fake(served: tuple[FakeSystem, Page, list[str]]) -> FakeSystem:
    served[0].__init__()  # type: ignore[misc]
    return served[0]


@pytest.fixture
def page(served: tuple[FakeSystem, Page, list[str]], fake: FakeSystem) -> Iterator[Page]:
    _, shown, problems = served
    yield shown
    assert_unharmed(shown, problems)


def job(page: Page, number: int):  # type: ignore[no-untyped-def]
    return page.locator(f"[data-testid=job][data-job='{number}']")


def model(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(f"[data-testid=model][data-model='{name}']")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("view", "shown"), [("jobs", "job"), ("models", "model"), ("health", "finding")]
)
def test_every_view_is_accessible(page: Page, view: str, shown: str, scheme: str) -> None:
    page.goto(f"/system?view={view}&__theme={scheme}")
    expect(page.get_by_test_id(shown).first).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [
        (v["id"], n["html"][:100])
        for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]
    ] == []  # fmt: skip


def test_jobs_say_how_far_they_are_and_what_went_wrong(page: Page) -> None:
    page.goto("/system")
    expect(page.get_by_test_id("job")).to_have_count(4)
    expect(job(page, 3).get_by_test_id("job-told")).to_contain_text(
        "40 % · 0:16 of 0:40 · about 2 min left"
    )
    expect(job(page, 2).get_by_test_id("job-error")).to_have_text(
        f"“{HOSTILE}” is not a video. Export it again, then retry."
    )
    expect(job(page, 1)).to_contain_text("took 2 min 5 s")
    expect(page.get_by_test_id("tab-jobs")).to_have_text("Jobs (2)")


def test_a_job_has_an_address_and_one_that_is_gone_is_said_to_be(page: Page) -> None:
    page.goto("/system?job=2")
    expect(job(page, 2)).to_be_focused()
    expect(job(page, 2)).to_have_attribute("aria-current", "true")
    page.goto("/system?job=99")
    expect(page.get_by_test_id("jobs-status")).to_contain_text("Job 99 is gone")
    expect(page.get_by_test_id("job")).to_have_count(4)


def test_a_running_job_moves_on_without_losing_the_focus(page: Page, fake: FakeSystem) -> None:
    page.goto("/system")
    job(page, 3).get_by_test_id("cancel-job").focus()
    fake.jobs[3] |= {"progress": 0.75, "message": "0:30 of 0:40"}
    expect(job(page, 3)).to_contain_text("75 % · 0:30 of 0:40")
    expect(job(page, 3).get_by_test_id("cancel-job")).to_be_focused()


def test_jobs_are_cancelled_and_retried_by_keyboard(page: Page) -> None:
    page.goto("/system")
    job(page, 4).get_by_test_id("cancel-job").focus()
    page.keyboard.press("Enter")
    expect(job(page, 4)).to_have_attribute("data-state", "cancelled")
    job(page, 2).get_by_test_id("retry-job").focus()
    page.keyboard.press("Enter")
    expect(job(page, 2)).to_have_attribute("data-state", "queued")
    expect(job(page, 2).get_by_test_id("job-error")).to_have_count(0)


def test_an_idle_system_and_one_that_does_not_answer_say_so(page: Page, fake: FakeSystem) -> None:
    fake.jobs = {}
    page.goto("/system")
    expect(page.get_by_test_id("jobs-status")).to_contain_text("Nothing was done")
    fake.refuse = Refusal(503, {"code": "busy", "message": "The database is busy. Try again."})
    page.goto("/system")
    expect(page.get_by_test_id("jobs-error")).to_contain_text("The database is busy")
    fake.refuse = None
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("jobs-status")).to_contain_text("Nothing was done")


def test_models_tell_terms_accuracy_and_what_to_do(page: Page) -> None:
    page.goto("/system?view=models")
    expect(model(page, OLD)).to_contain_text("In use")
    expect(model(page, OLD)).to_contain_text("cpu, openvino bf16")
    expect(model(page, NEW)).to_contain_text("Research only")
    expect(model(page, NEW)).to_contain_text("35 % right at once")
    expect(model(page, NEW)).to_contain_text("8 sightings not prepared yet")
    expect(model(page, AWAY).get_by_test_id("model-state")).to_contain_text("can be downloaded")
    expect(page.get_by_test_id("untrained")).to_contain_text("tkp")
    expect(page.get_by_test_id("detector")).to_contain_text("AGPL-3.0-or-later")
    model(page, OLD).get_by_test_id("verify-model").click()
    expect(model(page, OLD).get_by_test_id("model-note")).to_have_text(
        "Checked: 2 files as the card says."
    )
    model(page, AWAY).get_by_test_id("fetch-model").click()
    expect(model(page, AWAY)).to_have_attribute("data-state", "ready")


def test_a_model_card_tells_what_somebody_must_answer_for(page: Page, fake: FakeSystem) -> None:
    fake.model(NEW)["best"] = True
    page.goto("/system?view=models")
    expect(page.get_by_test_id("models-status")).to_contain_text(f"{NEW} is the best measured one")
    card = model(page, OLD).get_by_test_id("model-card")
    card.locator("summary").click()
    for told in (
        f"Changed clothes {HOSTILE}",
        f"made {HOSTILE}",
        "train run net (values: recipe.yaml)",
        f"net.bin, SHA-256 {64 * '0'}",
        "/models/net/LICENSE",
        "256 numbers from 128×256 pixels",
    ):
        expect(card).to_contain_text(told)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_a_model_for_research_only_is_told_of_until_that_was_read(
    page: Page, fake: FakeSystem
) -> None:
    remedy = "Setting models.allow_research_only to false rules it out."
    fake.notices = [
        {"name": NEW, "sha256": "0" * 64, "terms": f"study {HOSTILE}", "trained_on": "MSMT17",
         "remedy": remedy}
    ]  # fmt: skip
    page.goto("/system")
    notice = page.get_by_test_id("terms-notice")
    expect(notice).to_contain_text(f"the model in use, {NEW}. Trained on: MSMT17")
    expect(notice).to_contain_text(f"study {HOSTILE}")
    expect(notice).to_contain_text(remedy)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    notice.get_by_test_id("terms-seen").click()
    expect(notice).to_have_count(0)
    assert ("POST", f"models/{NEW}/terms/seen") in [call[:2] for call in fake.calls]


def test_why_no_model_is_in_use_is_told(page: Page, fake: FakeSystem) -> None:
    fake.model(OLD)["active"] = False
    page.goto("/system?view=models")
    expect(page.get_by_test_id("models-status")).to_contain_text("No model is ready")
    fake.missing = [{"kind": "re-ID model", "name": NEW, "fetchable": False,
                     "message": f"{NEW} is ruled out {HOSTILE}"}]  # fmt: skip
    page.reload()
    expect(page.get_by_test_id("models-status")).to_have_text(f"{NEW} is ruled out {HOSTILE}")


def test_a_switch_is_watched_and_happens_by_itself(page: Page, fake: FakeSystem) -> None:
    page.goto("/system?view=models")
    model(page, NEW).get_by_test_id("use-model").click()
    dialog = page.get_by_test_id("confirm-use")
    expect(dialog).to_contain_text(f"until all are done, search goes on with {OLD}")
    dialog.get_by_test_id("dialog-save").click()
    expect(model(page, NEW).get_by_test_id("model-progress")).to_contain_text(
        "4 of 8 sightings embedded"
    )
    expect(model(page, OLD)).to_have_attribute("data-active", "true")
    fake.finish_switch(NEW)
    expect(model(page, NEW)).to_have_attribute("data-active", "true")
    expect(page.get_by_test_id("notices")).to_contain_text(f"Search uses {NEW} now.")


def test_a_switch_can_be_cancelled(page: Page) -> None:
    page.goto("/system?view=models")
    model(page, NEW).get_by_test_id("use-model").click()
    page.get_by_test_id("dialog-save").click()
    model(page, NEW).get_by_test_id("cancel-model").click()
    expect(page.get_by_test_id("notices")).to_contain_text(f"search keeps {OLD}")
    expect(model(page, NEW).get_by_test_id("use-model")).to_be_visible()


def test_two_models_are_compared_when_both_have_seen_all(page: Page, fake: FakeSystem) -> None:
    page.goto("/system?view=models")
    model(page, NEW).get_by_test_id("use-model").click()
    page.get_by_test_id("compare-first").click()
    expect(page.get_by_test_id("compare-b")).to_have_value(NEW)
    expect(page.get_by_test_id("compare")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("compare-missing")).to_contain_text(
        f"{NEW} has not seen 8 sightings yet."
    )
    page.get_by_test_id("compare-prepare").click()
    expect(page.get_by_test_id("compare-status")).to_contain_text("4 of 8 sightings embedded")
    fake.model(NEW)["waiting"] = 0
    fake.jobs[max(fake.jobs)]["state"] = "done"
    summary = page.get_by_test_id("compare-summary")
    expect(summary).to_contain_text("A shows the right person sooner in 8 of 9 queries, B in 0")
    expect(summary.get_by_test_id("compare-better")).to_have_text(f"{OLD} is better here.")
    expect(model(page, NEW)).to_contain_text("all prepared")
    query = page.get_by_test_id("compared")
    expect(query).to_contain_text("the right person comes first with A, at place 3 with B")
    assert query.get_by_test_id("compared-hit").all_inner_texts() == [
        "✓ 3", "✕ =", "1", "3", "✕ =", "✓ 1",
    ]  # fmt: skip
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_health_shows_what_is_broken_first_and_mends_the_index(page: Page) -> None:
    page.goto("/system?view=health")
    expect(page.get_by_test_id("health-status")).to_have_text("1 thing of 2 to look at.")
    expect(page.get_by_test_id("finding").first).to_have_attribute("data-topic", "index")
    page.get_by_test_id("rebuild-index").click()
    expect(page.get_by_test_id("health-status")).to_have_text("All is well.")


def test_missing_weights_lead_to_the_models(page: Page, fake: FakeSystem) -> None:
    fake.findings = [{"topic": "detector", "state": "broken", "message": "Not found."}]
    page.goto("/system?view=health")
    page.get_by_role("link", name="Open the models").click()
    expect(page.get_by_test_id("model").first).to_be_visible()
    expect(page.get_by_test_id("tab-models")).to_have_attribute("aria-selected", "true")


def test_tabs_are_walked_by_arrow_keys(page: Page) -> None:
    page.goto("/system")
    page.get_by_test_id("tab-jobs").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("tab-health")).to_be_focused()
    expect(page).to_have_url("/system?view=health")
    page.go_back()
    expect(page.get_by_test_id("tab-jobs")).to_have_attribute("aria-selected", "true")
