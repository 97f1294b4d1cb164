"""One open store with what works on it: settings, database, media, models, index."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import ModelNotAllowed
from app.model_choice import archive_model, check_allowed
from app.settings import ModelSettings, Settings, load_settings
from reid_models.errors import ModelUntrained, WeightsMissing
from reid_models.registry import LoadedModel, ModelEntry, available, default_model, load
from storage import embeddings
from storage.database import Database
from storage.media import MediaStore
from storage.vectors import VectorIndex
from tracking.detector import PersonDetector, cuda_available
from tracking.detector_weights import find_weights


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process was configured, so that a child process can be configured alike."""

    home: Path | None = None
    config: Path | None = None
    overrides: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """The command-line options that repeat this."""
        options: list[str] = []
        if self.home is not None:
            options += ["--home", str(self.home)]
        if self.config is not None:
            options += ["--config", str(self.config)]
        for pair in self.overrides:
            options += ["--set", pair]
        return options


class Workspace:
    """The store of one home folder, open. Models are loaded when first used and then kept.

    Safe to share between threads.
    """

    def __init__(self, settings: Settings, launch: Launch | None = None) -> None:
        self.settings = settings
        self.launch = launch or Launch(home=settings.home)
        self.home = settings.home
        self.home.mkdir(parents=True, exist_ok=True)
        self.database = Database.open(settings.database_url)
        self.media = MediaStore(self.home / "media")
        self._lock = threading.RLock()
        self._models: dict[str, LoadedModel] = {}
        self._indexes: dict[str, VectorIndex] = {}
        self._detector: PersonDetector | None = None

    @classmethod
    def open(cls, launch: Launch) -> Workspace:
        """Read the settings that `launch` names and open their store."""
        settings = load_settings(launch.config, launch.overrides, launch.home)
        return cls(settings, launch)

    def close(self) -> None:
        """Let go of the database's connections."""
        self.database.dispose()

    def scratch(self, name: str) -> Path:
        """A folder below the home, on the same file system, made when missing."""
        folder = self.home / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def detector(self) -> PersonDetector:
        """The configured person detector.

        Raises:
            tracking.errors.DetectorWeightsMissing: no weights here; names what to put where.
        """
        with self._lock:
            if self._detector is None:
                chosen = self.settings.detector
                cuda = chosen.device.startswith("cuda") or (
                    chosen.device == "auto" and cuda_available()
                )
                weights = find_weights(
                    chosen.weights, self.settings.model_folders, "cuda" if cuda else "cpu"
                )
                self._detector = PersonDetector(
                    weights,
                    device=chosen.device,
                    image_size=chosen.image_size,
                    confidence=chosen.confidence,
                    config_dir=self.scratch("ultralytics"),
                )
            return self._detector

    def known_models(self) -> Sequence[ModelEntry]:
        """Every model of the zoo, with or without weights."""
        return available(self.settings.model_folders)

    def model_settings(self) -> ModelSettings:
        """The settings about models as they stand now: read anew, as other processes write them."""
        return load_settings(
            self.launch.config, self.launch.overrides, self.launch.home or self.home
        ).models

    def active_model_name(self) -> str:
        """The model that search uses now.

        The one that the settings name; else the one that the archive is embedded by; else the best
        measured of those that are here and allowed.

        Raises:
            reid_models.errors.WeightsMissing: none is ready; says which to get.
            app.errors.ModelNotAllowed: the settings rule it out; says what to do.
        """
        settings, entries = self.model_settings(), self.known_models()
        if settings.active != "auto":
            check_allowed(settings.active, entries, settings)
            return settings.active
        with self.database.read() as session:
            used = archive_model(entries, embeddings.list_embedders(session), settings)
        if used is None:
            folders = self.settings.model_folders
            return default_model(folders, research_only=settings.allow_research_only).name
        check_allowed(used, entries, settings)
        return used

    def model(self, name: str | None = None) -> LoadedModel:
        """Load model `name` (None: the active one).

        Raises:
            reid_models.errors.ReidError: see `reid_models.registry.load`.
            app.errors.ModelNotAllowed: the settings rule it out; says what to do.
        """
        with self._lock:
            chosen = name or self.active_model_name()
            if name is not None:
                check_allowed(name, self.known_models(), self.model_settings())
            if chosen not in self._models:
                self._models[chosen] = load(
                    chosen, self.settings.model_folders, device=self.settings.models.device
                )
            return self._models[chosen]

    def model_name_or_none(self) -> str | None:
        """The active model's name, or None when none is ready, or the active one not allowed."""
        try:
            return self.active_model_name()
        except (WeightsMissing, ModelNotAllowed):
            return None

    def model_or_none(self) -> LoadedModel | None:
        """The active model, or None when none is ready, or the active one not allowed."""
        try:
            return self.model()
        except (WeightsMissing, ModelUntrained, ModelNotAllowed):
            return None

    def device_of(self, name: str) -> str | None:
        """What model `name` runs on, if it has been loaded here."""
        loaded = self._models.get(name)
        return None if loaded is None else loaded.device

    def detector_device(self) -> str | None:
        """What the detector runs on, if it has been loaded here."""
        loaded = self._detector
        return None if loaded is None else f"{loaded.device}, {loaded.runtime} {loaded.precision}"

    def index(self, space: str, dimension: int) -> VectorIndex:
        """The vector index of `space`, brought up to date."""
        with self._lock:
            if space not in self._indexes:
                self._indexes[space] = VectorIndex(
                    self.database, space, dimension, self.scratch("index")
                )
            index = self._indexes[space]
        index.refresh()
        return index
