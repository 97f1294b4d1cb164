"""Taking weights over from this machine: known models by their content, our own by their card."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reid_models.calibration import CALIBRATION
from reid_models.cards import LICENCE, ModelCard, known_cards, read_card
from reid_models.errors import WeightsBroken, WeightsUnknown
from reid_models.weight_files import checkpoint_files, find_files, sha256_of

__all__ = ["Recognised", "missing_files", "recognise", "take_over"]

CARD = "card.yaml"
_WITH_A_CHECKPOINT = (CALIBRATION, LICENCE)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Files that belong to one model.

    Args:
        card: the model.
        files: name in the model's folder → where the file lies now.
    """

    card: ModelCard
    files: Mapping[str, Path]


def recognise(path: Path, folder: Path) -> tuple[Recognised, ...]:
    """Tell which models a file, or the files below a folder, belong to. Nothing is copied.

    Files are known by their SHA-256, whatever they are called. A folder with a card.yaml is a
    checkpoint of its own.

    Args:
        path: a file or a folder.
        folder: the models' folder, whose cards are known besides the shipped ones.

    Raises:
        WeightsUnknown: nothing there belongs to a known model, or it cannot be read.
        WeightsBroken: a checkpoint's file is missing or not the one its card describes, or its
            name is taken by other weights.
        CardBroken: a checkpoint's card does not describe a model.
    """
    if (path / CARD).is_file():
        return (_checkpoint(path, folder),)
    try:
        found = _known(_below(path) if path.is_dir() else [path], known_cards([folder]))
        if not found and path.is_file():
            what = f"{path} (SHA-256 {sha256_of(path)}) is not a file"
        else:
            what = f"{path} holds no file"
    except OSError as error:
        raise WeightsUnknown(
            f"{path} cannot be read ({error.strerror}). Check the path and try again.",
            name=path.name,
        ) from error
    if not found:
        raise WeightsUnknown(
            f"{what} of any known re-ID model. See: models list. A checkpoint of your own is a "
            f"folder with {CARD} and weights.safetensors: import the whole folder.",
            name=path.name,
        )
    return found


def take_over(found: Recognised, folder: Path) -> Path:
    """Copy a model's files to `folder/<model>/`, each in one step; what is right there stays.

    Returns:
        The model's folder.
    """
    place = folder / found.card.name
    place.mkdir(parents=True, exist_ok=True)
    # The card comes last, so that a checkpoint's folder with a card is always complete.
    for name in sorted(found.files, key=CARD.__eq__):
        source, target = found.files[name], place / name
        if not target.is_file() or sha256_of(target) != sha256_of(source):
            part = target.with_name(target.name + ".part")
            shutil.copyfile(source, part)
            part.replace(target)
    return place


def missing_files(card: ModelCard, folders: Sequence[Path]) -> tuple[str, ...]:
    """Names of the model's files that are in none of the folders."""
    return tuple(
        file.name
        for file in card.files
        if find_files(card.model_copy(update={"files": (file,)}), folders) is None
    )


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _known(paths: Iterable[Path], cards: Sequence[ModelCard]) -> tuple[Recognised, ...]:
    sizes = {file.size for card in cards for file in card.files}
    digests: dict[str, Path] = {}
    for path in paths:
        if path.stat().st_size in sizes:  # a folder may hold gigabytes that need no hashing
            digests.setdefault(sha256_of(path), path)
    found = (
        Recognised(card, {f.name: digests[f.sha256] for f in card.files if f.sha256 in digests})
        for card in cards
    )
    return tuple(each for each in found if each.files)


def _checkpoint(path: Path, folder: Path) -> Recognised:
    card = read_card(path / CARD)
    taken = next((known for known in known_cards([folder]) if known.name == card.name), None)
    if taken is not None and taken.files and taken.sha256 != card.sha256:
        raise WeightsBroken(
            f"{path} holds a model called {card.name}, which is the name of another one here. "
            f"Give it another name in its {CARD}, then import it again.",
            name=card.name,
        )
    files = checkpoint_files(card, path)
    if not card.files:
        raise WeightsUnknown(
            f"{path / CARD} names no weights, so there is nothing to import. Train the model "
            f"first: train run {card.name}",
            name=card.name,
        )
    beside = [name for name in _WITH_A_CHECKPOINT if (path / name).is_file()]
    names = [CARD, *files, *beside]
    if card.recipe and card.recipe.file and (path / card.recipe.file).is_file():
        names.append(card.recipe.file)
    return Recognised(card, {name: path / name for name in names})
