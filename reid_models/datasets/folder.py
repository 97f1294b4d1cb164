"""Plain folders: `<part>/<person>/<camera>/<any name>.jpg`, part being train, query or gallery."""

from __future__ import annotations

from pathlib import Path

from reid_models.datasets.samples import ReidDataset, Sample
from reid_models.errors import DatasetError

__all__ = ["read_folder"]

_ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_PARTS = ("train", "query", "gallery")


def read_folder(folder: Path) -> ReidDataset:
    """Read crops sorted into folders; people and cameras are numbered by their folders' names.

    The crops of one person and camera count as one tracklet, in the order of their names.

    Raises:
        DatasetError: there is no crop at all, or only one of query and gallery.
    """
    found = {
        part: [
            path
            for path in sorted((folder / part).glob("*/*/*"))
            if path.suffix.lower() in _ENDINGS
        ]
        for part in _PARTS
    }
    if not any(found.values()) or bool(found["query"]) != bool(found["gallery"]):
        missing = [part for part in _PARTS if not found[part]]
        raise DatasetError(
            f"{folder} has no crops in {', '.join(missing)}. They belong in "
            "train/PERSON/CAMERA/NAME.jpg for training, or in query/PERSON/CAMERA/NAME.jpg and "
            "gallery/PERSON/CAMERA/NAME.jpg for measuring."
        )
    everything = [path for paths in found.values() for path in paths]
    people = _numbered({path.parent.parent.name for path in everything})
    cameras = _numbered({path.parent.name for path in everything})
    parts = {
        part: tuple(
            Sample(path, people[path.parent.parent.name], cameras[path.parent.name], 0, frame)
            for frame, path in enumerate(paths)
        )
        for part, paths in found.items()
    }
    return ReidDataset(
        name=f"folder {folder.name}",
        train=parts["train"],
        query=parts["query"],
        gallery=parts["gallery"],
    )


def _numbered(names: set[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(names), 1)}
