from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from app.cli.entry import build, hoist

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (["search", "--json", "--tracklet", "3"], ["--json", "search", "--tracklet", "3"]),
        (["ingest", "a.mp4", "--home", "/x"], ["--home", "/x", "ingest", "a.mp4"]),
        (["ingest", "--home=/x", "a.mp4"], ["--home=/x", "ingest", "a.mp4"]),
        (
            ["--set", "a.b=1", "serve", "--set", "c.d=2"],
            ["--set", "a.b=1", "--set", "c.d=2", "serve"],
        ),
        (["ingest", "--", "--json"], ["ingest", "--", "--json"]),
    ],
)
def test_the_common_options_may_stand_anywhere(given_, expected):
    assert hoist(given_) == expected


@given(st.lists(st.sampled_from(["serve", "--json", "--limit", "3", "--camera", "a"])))
def test_hoisting_loses_nothing_and_keeps_the_order_of_the_rest(arguments):
    moved = hoist(arguments)
    assert sorted(moved) == sorted(arguments)
    assert [a for a in moved if a != "--json"] == [a for a in arguments if a != "--json"]


def test_every_command_is_documented():
    text = DOCUMENT.read_text()
    for name, command in typer.main.get_command(build()).commands.items():
        for inner in getattr(command, "commands", {"": None}):
            assert f"`{name} {inner}".rstrip() in text, f"{name} {inner}"
