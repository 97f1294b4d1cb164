"""A scene of the demo's form, small enough for unit tests: grey videos of two seconds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.app.conftest import write_video

START = "2026-05-04T09:00:00Z"
WALK = (10.0, 10.0, 30.0, 60.0)


def write_scene(folder: Path, names: tuple[str, ...] = ("Lobby", "Plaza east")) -> Path:
    """A camera a name; somebody to begin with stands at `WALK` in the first, at 0.5 s."""
    (folder / "ground_truth").mkdir(parents=True)
    cameras = []
    for place, name in enumerate(names):
        file = folder / f"{name.lower().replace(' ', '-')}.mp4"
        write_video(file, shade=40 + 20 * place)
        (folder / "ground_truth" / f"{name}.txt").write_text("1,1,10,10,20,50,1,1,1\n")
        cameras.append(
            {
                "name": name,
                "file": file.name,
                "start": START,
                "fps": 10,
                "width": 128,
                "height": 96,
                "seconds": 2.0,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            }
        )
    truth = {"cameras": [{"name": name} for name in names]}
    (folder / "ground_truth" / "ground_truth.json").write_text(json.dumps(truth))
    describe(folder, name="Small scene", cameras=cameras, first=_first(names[0]))
    return folder


def describe(folder: Path, **changes: Any) -> None:
    """Write `site.json`, or change parts of it; None takes a part out."""
    path = folder / "site.json"
    described = json.loads(path.read_text()) if path.exists() else {}
    described |= changes
    kept = {key: value for key, value in described.items() if value is not None}
    path.write_text(json.dumps(kept))


def _first(camera: str) -> dict[str, Any]:
    return {"camera": camera, "time": 0.5, "box": WALK}
