"""What may be in the repository: small as a whole, and no weights without a card and terms."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
MIB = 1 << 20
ALL_WEIGHTS, ALL_FILES = 30 * MIB, 50 * MIB
WEIGHT_FOLDERS = ("reid_models/weights", "tracking/weights")
WEIGHTS = {".safetensors", ".onnx", ".bin", ".xml", ".engine"}
PICKLED = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}
"""Formats that run code when they are opened."""
TERMS = "LICENSE"


def problems(sizes: dict[str, int]) -> list[str]:
    """What is wrong with tracked files, given as path → bytes; empty when nothing is."""
    weights = {path: size for path, size in sizes.items() if path.startswith(WEIGHT_FOLDERS)}
    found = _too_much("weights", weights, ALL_WEIGHTS) + _too_much("files", sizes, ALL_FILES)
    for path in map(PurePosixPath, sorted(sizes)):
        if path.suffix in PICKLED:
            found.append(f"{path} is pickled, which runs code when opened: save it as safetensors.")
        elif path.suffix in WEIGHTS - {".xml"} and str(path) not in weights:
            found.append(f"{path} looks like weights; these belong in {WEIGHT_FOLDERS[0]}/NAME/.")
        elif path.suffix in WEIGHTS:
            lacking = [
                name for name in ("card.yaml", TERMS) if str(_beside(path, name)) not in sizes
            ]
            if lacking:
                found.append(f"{path} has no {' and no '.join(lacking)} beside it.")
    return found


def _beside(path: PurePosixPath, name: str) -> PurePosixPath:
    """`name` in the model's folder, two below the weights' own: the model may have sub-folders."""
    return PurePosixPath(*path.parts[:3], name)


def _too_much(what: str, sizes: dict[str, int], most: int) -> list[str]:
    total = sum(sizes.values())
    if total <= most:
        return []
    biggest = sorted(sizes, key=lambda path: sizes[path], reverse=True)[:5]
    named = ", ".join(f"{path} ({sizes[path] / MIB:.1f} MiB)" for path in biggest)
    return [
        f"The tracked {what} have {total / MIB:.1f} MiB, more than {most // MIB}. "
        f"The biggest: {named}."
    ]


def test_the_repository_is_small_and_its_weights_have_cards_and_terms() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone, so there is no telling which files are tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [path for path in listed.stdout.decode().split("\0") if path]
    sizes = {path: (ROOT / path).lstat().st_size for path in paths if (ROOT / path).exists()}
    assert len(sizes) > 100
    assert problems(sizes) == []


SHIPPED = {f"reid_models/weights/a/{name}": 100 for name in ("card.yaml", TERMS, "w.safetensors")}
DETECTOR = {f"tracking/weights/d/{name}": 9 for name in ("card.yaml", TERMS, "d/n.xml", "d/n.bin")}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reid_models/weights/a/w.safetensors": 30 * MIB}, ["weights", "30", "w.safetensors"]),
        ({"docs/film.mp4": 51 * MIB}, ["files", "50", "docs/film.mp4 (51.0 MiB)"]),
        ({"reid_models/weights/b/w.onnx": 1}, ["b/w.onnx", "no card.yaml and no LICENSE"]),
        ({"reid_models/weights/b/w.onnx": 1, "reid_models/weights/b/card.yaml": 1}, ["LICENSE"]),
        ({"reid_models/weights/a/w.pth": 1}, ["a/w.pth", "safetensors"]),
        ({"runs/light.safetensors": 1}, ["runs/light.safetensors", "reid_models/weights/NAME/"]),
        ({"best.pt": 1}, ["best.pt", "pickled"]),
    ],
)
def test_what_must_not_be_tracked_is_named(change: dict[str, int], says: list[str]) -> None:
    assert problems(SHIPPED | DETECTOR) == []
    (told,) = problems(SHIPPED | DETECTOR | change)
    for part in says:
        assert part in told


def test_a_limit_may_be_reached_but_not_passed() -> None:
    rest = sum(SHIPPED.values()) - 100
    full = SHIPPED | {"reid_models/weights/a/w.safetensors": ALL_WEIGHTS - rest}
    assert problems(full) == []
    assert problems(full | {"docs/all.txt": ALL_FILES - ALL_WEIGHTS}) == []
    assert len(problems(full | {"docs/all.txt": ALL_FILES - ALL_WEIGHTS + 1})) == 1
