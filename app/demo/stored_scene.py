"""A rendered scene as it lies on the disk: `site.json`, a video a camera, `ground_truth/`.

The one that the project carries is in `app/demo/site`; `python -m app.demo.synthetic` writes others
of the same form.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.errors import AppError

SITE = Path(__file__).parent / "site"
"""The scene that the project carries."""

DESCRIPTION = "site.json"
GROUND_TRUTH = "ground_truth"

Box = tuple[float, float, float, float]


class SceneBroken(AppError):
    """A scene that is not there, or not what its description says."""


@dataclass(frozen=True, slots=True)
class SceneCamera:
    """One camera of a scene and its video.

    Args:
        name: as people see it.
        file: the video, a whole path.
        start: of the first frame, UTC.
        fps: frames a second.
        seconds: length of the video.
        sha256: of the video's content, 64 lower-case hexadecimal digits.
    """

    name: str
    file: Path
    start: datetime
    fps: float
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class ScenePerson:
    """Somebody well visible: the camera, seconds of its video, box xyxy in pixels."""

    camera: str
    time: float
    box: Box


@dataclass(frozen=True, slots=True)
class StoredScene:
    """A scene.

    Args:
        name: what it is called.
        folder: where it lies.
        cameras: at least one, their names and contents all different.
        first: whom to look for first; seen later by other cameras too.
    """

    name: str
    folder: Path
    cameras: tuple[SceneCamera, ...]
    first: ScenePerson

    @property
    def ground_truth(self) -> Path:
        """Folder of `<camera>.txt` (MOT) and `ground_truth.json`."""
        return self.folder / GROUND_TRUTH

    @property
    def checksums(self) -> frozenset[str]:
        """By which its videos are known in a store."""
        return frozenset(camera.sha256 for camera in self.cameras)


def read_scene(folder: Path | None = None) -> StoredScene:
    """Read a scene's description; None: that of the scene the project carries.

    Raises:
        SceneBroken: no description there, or one that cannot be read.
    """
    folder = SITE if folder is None else folder
    path = folder / DESCRIPTION
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SceneBroken(
            f"There is no demo scene at {folder}: {DESCRIPTION} is missing. Name a folder that "
            "`python -m app.demo.synthetic` wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise SceneBroken(f"{path} cannot be read: {error}.") from error
    try:
        cameras = tuple(_camera(folder, each) for each in described["cameras"])
        scene = StoredScene(str(described["name"]), folder, cameras, _person(described["first"]))
    except (KeyError, TypeError, ValueError) as error:
        raise SceneBroken(
            f"{path} does not describe a scene ({type(error).__name__}: {error}). Make it "
            "anew with `python -m app.demo.synthetic`."
        ) from error
    names = {camera.name for camera in cameras}
    if not cameras or len(names) < len(cameras) or len(scene.checksums) < len(cameras):
        raise SceneBroken(f"{path} must name cameras, each with a name and a video of its own.")
    if scene.first.camera not in names:
        raise SceneBroken(
            f"{path} starts with a person at {scene.first.camera}, not a camera of it."
        )
    return scene


def check_files(scene: StoredScene) -> None:
    """Compare every video with its checksum.

    Raises:
        SceneBroken: a video is missing or its content is another.
    """
    for camera in scene.cameras:
        try:
            with camera.file.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise SceneBroken(
                f"The demo's video of {camera.name} is not there: {camera.file} "
                f"({error.strerror}). Get the project's files again."
            ) from error
        if found != camera.sha256:
            raise SceneBroken(
                f"{camera.file} is not the demo's video of {camera.name}: its checksum is another. "
                "Get the project's files again."
            )


def _camera(folder: Path, described: dict[str, Any]) -> SceneCamera:
    file = str(described["file"])
    if Path(file).name != file:
        raise ValueError(f"{file!r} is not the name of a file")
    start = datetime.fromisoformat(described["start"])
    if start.tzinfo is None:
        raise ValueError(f"the start {described['start']!r} names no time zone")
    return SceneCamera(
        name=str(described["name"]),
        file=folder / file,
        start=start.astimezone(UTC),
        fps=float(described["fps"]),
        seconds=float(described["seconds"]),
        sha256=str(described["sha256"]),
    )


def _person(described: dict[str, Any]) -> ScenePerson:
    x1, y1, x2, y2 = (float(value) for value in described["box"])
    return ScenePerson(str(described["camera"]), float(described["time"]), (x1, y1, x2, y2))
