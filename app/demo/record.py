"""What the demo put into a store, in `<home>/demo/demo.json`, so that it can be taken out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from app.demo.stored_scene import SceneBroken, ScenePerson, StoredScene

FOLDER = "demo"
FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """What belongs to the demo in one store.

    Args:
        name: of the scene.
        checksums: of its videos: by their content they are known, whatever they are called now.
        cameras: a camera's name in the scene → its id in the store, once it is there.
        first: whom to look for first.
        runs: the matching runs that link its sightings to people, newest last.
    """

    name: str
    checksums: frozenset[str]
    cameras: Mapping[str, int]
    first: ScenePerson
    runs: tuple[int, ...] = ()

    @classmethod
    def of_scene(cls, scene: StoredScene) -> DemoRecord:
        """The record of a scene of which nothing is in the store yet."""
        return cls(scene.name, scene.checksums, {}, scene.first)


def read_record(home: Path) -> DemoRecord | None:
    """The record of this store, or None when there is no demo in it."""
    path = home / FOLDER / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SceneBroken(f"{path} cannot be read: {error}. Delete it and run `demo`.") from error
    first = found["first"]
    return DemoRecord(
        name=found["name"],
        checksums=frozenset(found["checksums"]),
        cameras=found["cameras"],
        first=ScenePerson(first["camera"], first["time"], tuple(first["box"])),
        runs=tuple(found["runs"]),
    )


def write_record(home: Path, record: DemoRecord) -> None:
    """Write the record, replacing an earlier one in one step."""
    path = home / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "name": record.name,
        "checksums": sorted(record.checksums),
        "cameras": dict(record.cameras),
        "first": asdict(record.first),
        "runs": record.runs,
    }
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    temporary.replace(path)
