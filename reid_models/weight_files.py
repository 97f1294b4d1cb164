"""Where a model's files lie, whether they are the right ones, and how they get there.

Nothing here is done unasked: `fetch` is called only after the user said yes.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from reid_models.cards import LICENCE, SHIPPED_CARDS, ModelCard, ModelFile, card_named
from reid_models.errors import (
    FetchFailed,
    ModelUntrained,
    WeightsBroken,
    WeightsMissing,
)

__all__ = ["Progress", "checkpoint_files", "fetch", "find_files", "sha256_of", "verify"]

Progress = Callable[[str, int, int], None]
"""Called as (file name, bytes so far, bytes in all) while a file is fetched."""
_BLOCK = 1 << 20
_TIMEOUT_SECONDS = 30.0


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file; hashed again only when its size or time of change differs."""
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checkpoint_files(card: ModelCard, folder: Path) -> dict[str, Path]:
    """File name → path of a checkpoint whose card lies beside them, each checked by its hash.

    Raises:
        WeightsBroken: a file is missing, or is not the one the card describes.
    """
    files = {file.name: folder / file.name for file in card.files}
    for file in card.files:
        path = files[file.name]
        if not path.is_file() or sha256_of(path) != file.sha256:
            raise WeightsBroken(
                f"{path} is missing, damaged or another file than {folder / 'card.yaml'} "
                "describes. Copy the whole folder again.",
                name=card.name,
            )
    return files


def find_files(card: ModelCard, folders: Sequence[Path]) -> dict[str, Path] | None:
    """Find the card's files by name and size, each in the first folder that has it.

    In every folder three layouts are tried: `<folder>/<file>`, `<folder>/<model>/<file>` and the
    sub-folders the card itself names. Last comes the folder of what ships with the program. Hashes
    are not looked at; see `verify`.

    Returns:
        File name → path, in the card's order; None when one is missing or has another size.
    """
    found: dict[str, Path] = {}
    for file in card.files:
        path = next((p for p in _candidates(card, file, folders) if _fits(p, file)), None)
        if path is None:
            return None
        found[file.name] = path
    return found or None


def _candidates(card: ModelCard, file: ModelFile, folders: Sequence[Path]) -> list[Path]:
    places = (".", card.name, *card.folders)
    everywhere = (*folders, SHIPPED_CARDS)
    return [folder / place / file.name for folder in everywhere for place in places]


def _fits(path: Path, file: ModelFile) -> bool:
    try:
        return path.is_file() and path.stat().st_size == file.size
    except OSError:
        return False


def verify(name: str, folders: Sequence[Path]) -> dict[str, Path]:
    """Find the files of model `name` and check their hashes.

    Returns:
        File name → path, in the card's order.

    Raises:
        ModelUnknown: no such model.
        ModelUntrained: there are no weights for this method yet.
        WeightsMissing: a file is in none of the folders.
        WeightsBroken: a file is there, but is not the one the card describes.
    """
    card = card_named(name, folders)
    if not card.files:
        raise ModelUntrained(
            f"There are no trained weights for {name!r} yet. Choose another model "
            "(see: models list), or put a trained checkpoint folder among your models.",
            name=name,
        )
    found = find_files(card, folders)
    if found is None:
        raise _missing(card, folders)
    for file in card.files:
        # A checkpoint of the same network has files of the same name and size.
        places = [path for path in _candidates(card, file, folders) if _fits(path, file)]
        right = next((path for path in places if sha256_of(path) == file.sha256), None)
        if right is None:
            raise WeightsBroken(
                f"{places[0]} is damaged or another file: its SHA-256 is not {file.sha256}, which "
                f"{name} needs. Remove it and {_how_to_get(card, file)}.",
                name=name,
            )
        found[file.name] = right
    return found


def _missing(card: ModelCard, folders: Sequence[Path]) -> WeightsMissing | WeightsBroken:
    for file in card.files:
        candidates = _candidates(card, file, folders)
        if any(_fits(path, file) for path in candidates):
            continue
        wrong = next((path for path in candidates if path.is_file()), None)
        if wrong is not None:
            return WeightsBroken(
                f"{wrong} has {wrong.stat().st_size} bytes, {card.name} needs one of {file.size}: "
                f"it is cut short or another file. Remove it and {_how_to_get(card, file)}.",
                name=card.name,
            )
        where = folders[0] / card.name if folders else Path(card.name)
        return WeightsMissing(
            f"{card.name} needs {file.name} ({file.size} bytes), which is not in "
            f"{', '.join(map(str, folders)) or 'any folder'}. To get it, "
            f"{_how_to_get(card, file)}; it belongs in {where}.",
            name=card.name,
        )
    raise AssertionError(f"every file of {card.name} was found")


def _how_to_get(card: ModelCard, file: ModelFile) -> str:
    if file.url:
        return f"run: models fetch {card.name} (or download {file.url} yourself)"
    if (SHIPPED_CARDS / card.name / LICENCE).is_file():
        return "get the program's own files again, with which it comes"
    return f"run: models import FILE, with the file from {card.source}"


def fetch(name: str, folder: Path, progress: Progress | None = None) -> Path:
    """Download the files of model `name` into `folder/<name>/`; call only after the user's yes.

    A file that is there already and right is left alone. Each file arrives under a temporary name
    (`.part`), is continued from there after an interruption, checked, and then renamed.

    Returns:
        The folder the files lie in.

    Raises:
        ModelUnknown: no such model.
        ModelUntrained: there are no weights for this method yet.
        WeightsMissing: no address is known for one of its files.
        WeightsBroken: what arrived is not the file the card describes (it is removed).
        FetchFailed: the address did not answer or broke off; calling again continues.
    """
    card = card_named(name, [folder])
    if not card.files:
        verify(name, [folder])
    here = find_files(card, [folder]) or {}
    if here and all(sha256_of(here[file.name]) == file.sha256 for file in card.files):
        return next(iter(here.values())).parent
    unreachable = next((file for file in card.files if file.url is None), None)
    if unreachable is not None:
        raise WeightsMissing(
            f"No lasting address is known for {unreachable.name} of {name}. Get it from "
            f"{card.source}, then run: models import FILE.",
            name=name,
        )
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    for file in card.files:
        target = place / file.name
        if not (_fits(target, file) and sha256_of(target) == file.sha256):
            _fetch_one(card, file, target, progress)
    return place


def _fetch_one(card: ModelCard, file: ModelFile, target: Path, progress: Progress | None) -> None:
    part = target.with_name(target.name + ".part")
    if part.exists() and part.stat().st_size > file.size:
        part.unlink()
    if not _fits(part, file):
        try:
            _receive(file, part, progress)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise FetchFailed(
                f"{file.name} of {card.name} could not be fetched from {file.url} ({error}). "
                "Try again later to continue, or get it elsewhere and run: models import FILE.",
                name=card.name,
            ) from error
    if part.stat().st_size < file.size:
        raise FetchFailed(
            f"{file.name} of {card.name} broke off at {part.stat().st_size} of {file.size} bytes "
            f"({file.url}). Try again to continue.",
            name=card.name,
        )
    if not _fits(part, file) or sha256_of(part) != file.sha256:
        part.unlink()
        raise WeightsBroken(
            f"What {file.url} sent is not the {file.name} that {card.name} needs (another "
            "size or SHA-256), so it was removed. Try again, or choose another model.",
            name=card.name,
        )
    _settle(part, target)


def _receive(file: ModelFile, part: Path, progress: Progress | None) -> None:
    assert file.url is not None
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(file.url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        # 206: the server goes on where we were; 200: it starts again from the beginning.
        resumed = answer.status == 206
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as out:
            while have <= file.size and (block := answer.read(_BLOCK)):
                out.write(block)
                have += len(block)
                if progress is not None:
                    progress(file.name, min(have, file.size), file.size)


def _settle(part: Path, target: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)
