"""`--split` of the commands that read labelled sets: it chooses among a set's numbered splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from tests.reid_models.datasets.trees import touch


@pytest.mark.parametrize("command", [["train", "run", "light"], ["evaluate", "reid"]])
@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        (["--format", "prid2011", "--split", "10"], "PRID-2011 has no split 10"),
        (["--format", "folder", "--split", "1"], "has no numbered splits"),
    ],
)
def test_a_split_that_is_not_there_is_refused_before_anything_is_computed(
    command: list[str],
    chosen: list[str],
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    touch(tmp_path / "set", "train/ann/door/1.jpg")
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(tmp_path / "home"), *command, "--data", str(tmp_path / "set"), *chosen])
    assert ended.value.code == 1
    assert why in " ".join(capsys.readouterr().err.split())
