"""`people …`: the same services from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.workspace import Launch, Workspace
from tests.app.people_site import a_run, a_site


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command on a matched site; gives its exit code, stdout and stderr."""
    home = tmp_path / "home"
    opened = Workspace.open(Launch(home=home))
    a_site(opened)
    a_run(opened, {-1: [1, 3, 4], -2: [2, 5], -3: [6]})
    opened.close()

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(home), "people", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def test_people_are_listed_shown_and_exported(run: Any, tmp_path: Path) -> None:
    listed = json.loads(run("list", "--json")[1])
    assert [(each["id"], each["sightings"]) for each in listed] == [(1, 3), (2, 2), (3, 1)]
    shown = json.loads(run("show", "1", "--json")[1])
    assert [each["sighting"] for each in shown["sightings"]] == [1, 3, 4]
    code, out, err = run("list")
    assert (code, "Person 1" in out, "1 sightings with nobody" in err) == (0, True, True)
    assert "Matching run 1 placed 6 sightings" in run("show", "1")[1]
    file = tmp_path / "people.csv"
    assert run("export", "--format", "csv", "--to", str(file))[0] == 0
    assert len(file.read_text().splitlines()) == 7
    assert run("show", "9")[0] == 1


def test_people_are_named_merged_split_and_taken_back(run: Any) -> None:
    assert run("rename", "1", "Ann")[1] == "Named Person 1 Ann (decision 2).\n"
    told = run("merge", "1", "2", "--preview")[1]
    assert "one person cannot be in two places at once" in told
    merged = json.loads(run("merge", "2", "1", "--json")[1])
    assert merged["person"]["id"] == 1
    assert "To do it: people split 1 --sighting" in run("split", "1")[1]
    split = json.loads(run("split", "1", "--sighting", "2", "--sighting", "5", "--json")[1])
    assert split["new_person"]["sightings"] == 2
    code, _, err = run("undo", str(merged["decision"]["decision"]))
    assert code == 1
    assert "Split 2 sightings off Ann as Person 4" in err
    assert "people undo ID --with-later" in err
    undone = run("undo", str(merged["decision"]["decision"]), "--with-later")
    assert undone[1] == "Undone: Merged Person 2 into Ann (decision 6).\n"
    assert "Redone: Merged Person 2 into Ann" in run("redo")[1]
    assert "Undone: Merged Person 2 into Ann" in run("undo")[1]
    history = json.loads(run("history", "--person", "2", "--json")[1])
    assert [each["kind"] for each in history[:2]] == ["undo", "redo"]


def test_sightings_are_moved_and_people_set_aside(run: Any) -> None:
    made = json.loads(run("create", "--sighting", "7", "--name", "Dora", "--json")[1])
    assert made["person"]["label"] == "Dora"
    assert run("remove", "1", "--sighting", "4")[0] == 0
    assert run("add", "4", "--sighting", "4")[1] == "Added 1 sighting to Dora (decision 4).\n"
    assert run("set-aside", "3")[0] == 0
    assert [each["id"] for each in json.loads(run("list", "--set-aside", "--json")[1])] == [3]
    assert run("restore", "3")[0] == 0
