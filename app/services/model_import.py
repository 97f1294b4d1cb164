"""Taking models over from files and folders of this machine, without a network."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from app.model_choice import check_allowed
from app.services.actor import Actor
from app.workspace import Workspace
from reid_models.registry import ModelEntry
from reid_models.weight_import import missing_files, recognise, take_over
from storage import audit
from tracking import detector_weights


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A model of which files were taken over.

    Args:
        name: of the re-ID model or detector.
        path: where its files are now.
        missing: names of its files that are not here yet; empty: it can be used.
    """

    name: str
    path: Path
    missing: tuple[str, ...] = ()


def import_models(actor: Actor, workspace: Workspace, path: Path) -> tuple[ImportedModel, ...]:
    """Take over a file, or the models below a folder; they are known by their content.

    Raises:
        reid_models.errors.ReidError: nothing there is known, or a file is not what it should be.
        ModelNotAllowed: one is for research only, and the settings rule such models out; nothing
            was taken over.
    """
    folder = workspace.scratch("models")
    detector = _official_detector(path)
    if detector is not None:
        target = folder / detector
        if path.resolve() != target.resolve():
            part = target.with_name(target.name + ".part")
            shutil.copyfile(path, part)
            part.replace(target)
        imported = [ImportedModel(detector, target)]
    else:
        found = recognise(path, folder)
        for each in found:
            entry = ModelEntry(each.card, "importable", None, each.card.sha256)
            check_allowed(each.card.name, [entry], workspace.model_settings())
        folders = workspace.settings.model_folders
        imported = [
            ImportedModel(each.card.name, place, missing_files(each.card, folders))
            for each in found
            for place in [take_over(each, folder)]
        ]
    with workspace.database.write() as session:
        for model in imported:
            audit.record(session, actor.name, "model.import", f"model {model.name}", {})
    return tuple(imported)


def _official_detector(path: Path) -> str | None:
    """The catalogue's name of the detector that a file is, whatever it is called."""
    if not path.is_file():
        return None
    size = path.stat().st_size
    alike = [each for each in detector_weights.OFFICIAL.values() if each.size == size]
    digest = detector_weights.weights_sha256(path) if alike else None
    return next((each.name for each in alike if each.sha256 == digest), None)
