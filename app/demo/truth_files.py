"""The files of a scene's ground truth, named after its cameras."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

TRUTH = "ground_truth.json"


def rename_cameras(folder: Path, names: Mapping[str, str]) -> None:
    """Call cameras by other names, in `<camera>.txt` and in `ground_truth.json`.

    Args:
        folder: of the files, which are changed in place.
        names: a camera's name there → its name from now on.
    """
    for old, new in names.items():
        if (folder / f"{old}.txt").is_file():
            (folder / f"{old}.txt").replace(folder / f"{new}.txt")
    path = folder / TRUTH
    truth = json.loads(path.read_text(encoding="utf-8"))
    for camera in truth.get("cameras", ()):
        camera["name"] = names.get(camera["name"], camera["name"])
    path.write_text(json.dumps(truth, separators=(",", ":")) + "\n", encoding="utf-8")
