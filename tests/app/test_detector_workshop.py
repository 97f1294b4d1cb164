"""A detector of one's own by the commands: pictures put together, odd wishes refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.entry import main
from app.errors import BadRequest
from app.services.actor import OWNER
from app.services.detector_training import assemble_pictures
from app.services.models import detector_state, missing_weights
from app.settings import load_settings
from app.workspace import Workspace
from tests.tracking.detector_lessons import write_set
from tests.tracking.test_detector_cards import ship
from tracking import detector_weights


def retrace(home: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home), *arguments])
    return int(ended.value.code or 0)


def test_pictures_are_put_together_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    persons = write_set(tmp_path / "persons", [f"people:{number}" for number in range(20)])
    out = tmp_path / "data"
    command = ["train", "detector", "data", "--persons", str(persons), "--out", str(out)]
    assert retrace(tmp_path / "home", *command, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(told["pictures"].values()) == sum(told["people"].values()) == 20
    assert len(list((out / "images" / "held_out").iterdir())) == told["pictures"]["held_out"] > 0
    assert retrace(tmp_path / "home", *command) == 1
    assert "is not empty. Name a new folder" in capsys.readouterr().err
    run = ["train", "detector", "run", "nano", "--data", str(tmp_path)]
    assert retrace(tmp_path / "home", *run) == 1
    assert "holds no pictures to train on" in capsys.readouterr().err


def test_a_teacher_that_hides_its_doubts_is_refused(tmp_path: Path) -> None:
    settings = load_settings(
        home=tmp_path / "home", overrides=["detector.confidence=0.3"], environment={}
    )
    workspace = Workspace(settings)
    clip = tmp_path / "clip.mp4"
    with pytest.raises(BadRequest, match=r"Set detector\.confidence to 0\.1 or less"):
        assemble_pictures(OWNER, workspace, [], [clip], [], tmp_path / "out")
    workspace.close()


def test_what_stands_in_for_an_official_detector_is_told(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = detector_state(OWNER, workspace)
    assert (before.name, before.state) == ("yolo11n", "fetchable")
    ours = ship(tmp_path / "shipped", "retrace-nano", 0.9)
    monkeypatch.setattr(detector_weights, "SHIPPED", tmp_path / "shipped")
    found = detector_state(OWNER, workspace)
    assert (found.name, found.state, found.path) == ("retrace-nano", "ready", ours)
    assert (found.licence, found.image_size) == ("AGPL-3.0-or-later", 320)
    assert found.message is not None
    assert found.message.startswith("yolo11n is not here. retrace-nano, which comes with Retrace")
    assert found.message.endswith("models fetch yolo11n.pt")
    assert "person detector" not in {each.kind for each in missing_weights(OWNER, workspace)}
    (workspace.scratch("models") / "yolo11n.pt").write_bytes(b"official")
    official = detector_state(OWNER, workspace)
    assert (official.name, official.message) == ("yolo11n", None)
