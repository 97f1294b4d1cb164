"""Which model is used, which is ruled out, and how a store tells that one is for research only."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.api.application import create_api
from app.cli.entry import build
from app.errors import ModelNotAllowed
from app.model_choice import archive_model, check_allowed
from app.services import doctor, model_terms, models, switching
from app.services.actor import OWNER
from app.services.model_import import import_models
from app.settings import ModelSettings, load_settings, remember
from app.workspace import Launch, Workspace
from reid_models.cards import Measured, ModelCard, known_cards, read_card, write_card
from reid_models.errors import WeightsMissing
from reid_models.registry import DEFAULT_BENCHMARK, ModelEntry, best_ready
from storage.records import EmbedderRow
from tests.app.tiny_archive import add_people, embed_all
from tests.reid_models.conftest import make_card, mean_colour_model  # noqa: F401
from tracking import detector_weights
from tracking.detector_weights import OfficialWeights
from tracking.errors import DetectorWeightsBroken, DetectorWeightsMissing

STUDY = "mean-colour"
"""A real, tiny model that is for research only."""
FREE = "free-colour"
"""The same network under free terms; less good, says its card."""
RULED_OUT = "models.allow_research_only=false"


@pytest.fixture
def zoo(
    workspace: Workspace,
    mean_colour_model: ModelCard,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Workspace:
    """A store with both models and no others."""
    monkeypatch.delenv("RETRACE_DATA", raising=False)
    files = [tmp_path / STUDY / file.name for file in mean_colour_model.files]
    for name, merit, free in ((STUDY, 0.9, False), (FREE, 0.8, True)):
        folder = workspace.scratch("models") / name
        folder.mkdir()
        for path in files:
            (folder / path.name).write_bytes(path.read_bytes())
        terms = {"research_only": not free, "terms": "free" if free else "study only"}
        card = mean_colour_model.model_copy(update={"name": name, **terms, **measured(merit)})
        write_card(card, folder / "card.yaml")
    return workspace


def measured(merit: float) -> dict[str, object]:
    numbers = {"rank1": merit, "rank5": merit, "mean_ap": merit}
    words = dict.fromkeys(("protocol", "precision", "command"), "made up")
    return {"measured": (Measured(benchmark=DEFAULT_BENCHMARK, queries=9, **words, **numbers),)}


def ruled_out(workspace: Workspace) -> Workspace:
    """The same store, opened with models for research only ruled out."""
    home = workspace.home
    settings = load_settings(overrides=(RULED_OUT,), home=home, environment={})
    return Workspace(settings, Launch(home=home, overrides=(RULED_OUT,)))


def retrace(workspace: Workspace, *arguments: str) -> tuple[str, str]:
    """What a command prints to stdout and to stderr."""
    result = CliRunner().invoke(build(), ["--home", str(workspace.home), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def names(workspace: Workspace) -> set[str]:
    return {each["name"] for each in models.list_models(OWNER, workspace)}


# --- what is chosen ------------------------------------------------------------------------------

SETTINGS = st.builds(lambda allowed: ModelSettings(allow_research_only=allowed), st.booleans())


@st.composite
def zoos(draw: st.DrawFn) -> tuple[ModelEntry, ...]:
    """Models as `available` gives them: in any state, for research only or not, ties included."""
    make = make_card.__wrapped__()  # type: ignore[attr-defined]
    entries = []
    for number in range(draw(st.integers(1, 5))):
        content = str(number).encode()
        merit = draw(st.sampled_from([0.1, 0.2, None]))
        card = make(
            content,
            name=f"m{number}",
            research_only=draw(st.booleans()),
            **(measured(merit) if merit else {}),
        )
        state = draw(st.sampled_from(["ready", "ready", "fetchable", "importable", "untrained"]))
        entries.append((-(merit or -1.0), ModelEntry(card, state, None, card.sha256)))
    return tuple(entry for _, entry in sorted(entries, key=lambda pair: pair[0]))


@given(zoos(), SETTINGS)
def test_the_default_is_the_best_of_what_is_present_and_allowed(zoo, settings):
    chosen = best_ready(zoo, research_only=settings.allow_research_only)
    able = [
        entry
        for entry in zoo
        if entry.state == "ready" and (settings.allow_research_only or not entry.card.research_only)
    ]
    assert chosen == (able[0] if able else None)
    if chosen:
        check_allowed(chosen.name, zoo, settings)


@given(zoos(), SETTINGS, st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_an_archive_keeps_the_model_that_has_seen_most_of_it(zoo, settings, seen):
    rows = [
        EmbedderRow(i, entry.name, entry.card.space, 3, "", 1, vectors, datetime.now(UTC))
        for i, (entry, vectors) in enumerate(zip(zoo, seen, strict=False))
    ]
    found = archive_model(zoo, rows, settings)
    ready = [
        (row.vectors, entry)
        for row, entry in zip(rows, zoo, strict=True)
        if entry.state == "ready" and row.vectors
    ]
    if not ready:
        assert found is None
        return
    most = [entry for vectors, entry in ready if vectors == max(ready, key=lambda p: p[0])[0]]
    allowed = [e for e in most if settings.allow_research_only or not e.card.research_only]
    assert found == (allowed or most)[0].name


def test_weights_of_another_space_keep_no_archive(zoo: Workspace) -> None:
    (entry,) = [each for each in zoo.known_models() if each.name == STUDY]
    row = EmbedderRow(1, STUDY, "mean-colour@older", 3, "", 1, 99, datetime.now(UTC))
    settings = ModelSettings()
    assert archive_model([entry], [row], settings) is None
    now = dataclasses.replace(row, space=entry.card.space or "")
    assert archive_model([entry], [now], settings) == STUDY


# --- what is ruled out ---------------------------------------------------------------------------


def test_research_only_models_are_offered_and_marked_until_they_are_ruled_out(zoo: Workspace):
    assert zoo.active_model_name() == STUDY
    (study,) = [each for each in models.list_models(OWNER, zoo) if each["name"] == STUDY]
    assert (study["research_only"], study["active"], study["best"]) == (True, True, True)
    listed, _ = retrace(zoo, "models", "list")
    assert "RESEARCH ONLY" in next(line for line in listed.splitlines() if STUDY in line)
    assert "yolo11n, fetchable, AGPL-3.0-or-later" in listed
    told = [f.message for f in doctor._models(OWNER, zoo)]
    assert told[0].startswith(STUDY)
    assert told[0].endswith("for research only (study only)")

    strict = ruled_out(zoo)
    assert strict.active_model_name() == FREE
    hidden = names(zoo) - names(strict)
    assert {STUDY, "osnet_x0_25_msmt17"} <= hidden
    assert hidden.isdisjoint({FREE, "person-reidentification-retail-0277"})
    assert STUDY not in " ".join(f.message for f in doctor._models(OWNER, strict))
    listed, _ = retrace(zoo, "--set", RULED_OUT, "models", "list")
    assert STUDY not in listed
    with TestClient(create_api(strict), base_url="http://127.0.0.1:7860") as client:
        assert STUDY not in client.get("/api/v1/models").text
        refused = client.post(f"/api/v1/models/{STUDY}/use")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_allowed")
    assert f"models use {FREE}" in refused.json()["error"]["message"]


def test_ruled_out_models_are_neither_used_nor_got(zoo: Workspace, tmp_path: Path) -> None:
    strict = ruled_out(zoo)
    for attempt in (
        lambda: strict.model(STUDY),
        lambda: switching.use_model(OWNER, strict, STUDY),
        lambda: models.fetch_model(OWNER, strict, "osnet_x0_25_msmt17"),
        lambda: import_models(OWNER, strict, zoo.home / "models" / STUDY),
    ):
        with pytest.raises(ModelNotAllowed, match=r"models\.allow_research_only to true"):
            attempt()


def test_an_archive_whose_model_was_ruled_out_says_so_and_how_to_go_on(zoo: Workspace) -> None:
    """Not by finding nobody: the other model has not seen the archive."""
    add_people(zoo, people=2)
    assert embed_all(zoo, STUDY).state == "done"
    strict = ruled_out(zoo)
    with pytest.raises(ModelNotAllowed, match=f"models use {FREE}"):
        strict.model()
    (missing,) = [m for m in models.missing_weights(OWNER, strict) if m.kind == "re-ID model"]
    assert (missing.name, missing.fetchable) == (STUDY, False)
    with pytest.raises(ModelNotAllowed):
        doctor._models(OWNER, strict)
    assert "Use another one" in retrace(zoo, "--set", RULED_OUT, "models", "list")[0]
    switch = switching.use_model(OWNER, strict, FREE)
    assert switch.active is None
    assert embed_all(strict, FREE).state == "done"
    switching.use_model(OWNER, strict, FREE)
    assert strict.model().card.name == FREE


def test_with_nothing_else_here_another_model_is_named_to_get(zoo: Workspace) -> None:
    (zoo.home / "models" / FREE / "card.yaml").unlink()
    with pytest.raises(WeightsMissing, match=f"{STUDY}.*models fetch person-reid") as caught:
        ruled_out(zoo).active_model_name()
    assert "models.allow_research_only" in str(caught.value)


@pytest.mark.parametrize(
    ("active", "says", "fetchable"),
    [
        ("person-reidentification-retail-0288", "models fetch person-reid", True),
        ("osnet_x0_25_msmt17", "models import FILE", False),
        ("baseline", "no trained weights", False),
        ("nonsense", "no re-ID model called 'nonsense'", False),
    ],
)
def test_a_chosen_model_that_is_not_here_is_told_of_at_the_start(
    workspace: Workspace, active: str, says: str, fetchable: bool
) -> None:
    remember(workspace.home, "models.active", active)
    (missing,) = [m for m in models.missing_weights(OWNER, workspace) if m.kind == "re-ID model"]
    assert (missing.name, missing.fetchable) == (active, fetchable)
    assert says in missing.message


# --- what is said once ---------------------------------------------------------------------------


def test_a_store_says_once_that_its_model_is_for_research_only(zoo: Workspace) -> None:
    assert names(zoo)
    out, err = retrace(zoo, "--json", "models", "list")
    assert STUDY in json.dumps(json.loads(out))
    said = " ".join(err.split())
    assert f"{STUDY}, the model in use, is for research only. Terms: study only." in said
    assert "models.allow_research_only" in said
    assert retrace(zoo, "models", "list")[1] == ""
    retrace(zoo, "models", "use", FREE)
    assert "Note" not in retrace(zoo, "models", "use", STUDY)[1]


def test_other_weights_of_the_same_name_are_told_of_anew(zoo: Workspace) -> None:
    (first,) = model_terms.tell_once(OWNER, zoo)
    assert model_terms.tell_once(OWNER, zoo) == []
    path = zoo.home / "models" / STUDY / "m.xml"
    path.write_text(path.read_text().replace("\n", "\n ", 1))
    content = path.read_bytes()
    card = next(each.card for each in zoo.known_models() if each.name == STUDY)
    file = card.files[0].model_copy(
        update={"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    )
    write_card(
        card.model_copy(update={"files": (file, *card.files[1:])}), path.parent / "card.yaml"
    )
    (second,) = model_terms.tell_once(OWNER, zoo)
    assert (second.name, second.terms) == (first.name, first.terms)
    assert second.sha256 != first.sha256


def test_on_the_pages_it_stays_until_somebody_has_read_it(zoo: Workspace) -> None:
    model_terms.tell_once(OWNER, zoo)
    with TestClient(create_api(zoo), base_url="http://127.0.0.1:7860") as client:
        (notice,) = client.get("/api/v1/models/terms").json()["notices"]
        assert (notice["name"], notice["terms"]) == (STUDY, "study only")
        assert client.post(f"/api/v1/models/{FREE}/terms/seen").json() == {"notices": [notice]}
        assert client.post(f"/api/v1/models/{STUDY}/terms/seen").json() == {"notices": []}
        assert client.get("/api/v1/models/terms").json() == {"notices": []}


def test_what_was_read_on_the_pages_is_not_said_in_the_terminal(zoo: Workspace) -> None:
    model_terms.dismiss(OWNER, zoo, STUDY)
    assert retrace(zoo, "models", "list")[1] == ""


def test_a_free_model_has_nothing_to_say(zoo: Workspace) -> None:
    switching.use_model(OWNER, zoo, FREE)
    assert model_terms.notices(OWNER, zoo) == []


# --- detectors -----------------------------------------------------------------------------------


def test_a_detector_is_imported_and_checked_by_its_content(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(b"yolo").hexdigest()
    official = OfficialWeights(
        "yolo11n.pt", "https://example.org/yolo11n.pt", digest, 4, "AGPL-3.0"
    )
    monkeypatch.setattr(detector_weights, "OFFICIAL", {"yolo11n.pt": official})
    with pytest.raises(DetectorWeightsMissing):
        models.verify_model(OWNER, workspace, "yolo11n")
    (tmp_path / "download").write_bytes(b"yolo")
    out, _ = retrace(workspace, "models", "import", str(tmp_path / "download"))
    place = workspace.home / "models" / "yolo11n.pt"
    assert out == f"yolo11n.pt is now at {place}.\n"
    assert models.verify_model(OWNER, workspace, "yolo11n") == {"yolo11n.pt": place}
    place.write_bytes(b"yoko")
    with pytest.raises(DetectorWeightsBroken, match=r"models fetch yolo11n\.pt"):
        models.verify_model(OWNER, workspace, "yolo11n")


def test_a_better_model_that_can_be_had_is_named_until_it_is_here(zoo: Workspace):
    assert models.better_model(OWNER, zoo) is None
    for name in (STUDY, FREE):
        path = zoo.scratch("models") / name / "card.yaml"
        write_card(read_card(path).model_copy(update=measured(0.01)), path)
    better = models.better_model(OWNER, zoo)
    assert better is not None
    best = max(
        (card for card in known_cards([]) if card.measured), key=lambda c: c.measured[0].mean_ap
    )
    assert (better.name, better.mean_ap) == (best.name, best.measured[0].mean_ap)
    assert (better.active_mean_ap, better.terms) == (0.01, best.terms)
    told = [each.message for each in doctor.examine(OWNER, zoo).findings]
    assert any(f"models fetch {better.name}" in message for message in told)
