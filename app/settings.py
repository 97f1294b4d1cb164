"""Every setting of Retrace as one typed model, read from YAML.

Layers, later ones win: `configs/default.yaml`, `<home>/config.yaml` (written by `models use`),
`--config FILE`, `RETRACE_*` variables (`RETRACE_SERVER__PORT=8000`), `--set server.port=8000`.
An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from pydantic_settings.sources import EnvSettingsSource

DEFAULTS = Path(__file__).resolve().parent.parent / "configs" / "default.yaml"


class SettingsError(Exception):
    """A configuration that cannot be read; the message names the key, the layer and the remedy."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Section):
    """Where the pages and the REST API are served."""

    host: str = Field(
        "127.0.0.1", description="address to bind; only loopback without allow_remote"
    )
    port: int = Field(7860, ge=0, le=65535, description="port; 0 takes a free one")
    allow_remote: bool = Field(
        False, description="allow an address other than loopback; there are no accounts yet"
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="further Host names to answer to, such as that of a reverse proxy"
    )
    link_minutes: int = Field(
        720, ge=1, description="how long a signed link to a picture or clip stays valid"
    )


class DatabaseSettings(_Section):
    """Where what is remembered is kept."""

    url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the home folder")


class VideoSettings(_Section):
    """How videos are read."""

    analysis_fps: float = Field(8.0, gt=0, le=60, description="frames analysed a second of video")
    chunk_seconds: float = Field(
        60.0,
        ge=5,
        le=600,
        description="video written in one transaction; a crash loses at most this",
    )
    time_zone: str = Field(
        "", description="zone in which naive times are read; empty: that of the machine"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return check_time_zone(value)


class DetectorSettings(_Section):
    """The person detector: Ultralytics YOLO, any weights it loads."""

    weights: str = Field(
        "yolo11n",
        description="a path, a file's name, or a bare name: its form that runs fastest here",
    )
    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    image_size: int = Field(640, ge=160, le=2048, description="longer side of the input, pixels")
    confidence: float = Field(0.1, ge=0.01, le=0.9, description="least confidence of a kept box")
    batch: int = Field(
        0, ge=0, le=64, description="frames detected at once; 0: 16 on a GPU, 4 on a CPU"
    )


class ModelSettings(_Section):
    """The re-identification models."""

    active: str = Field("auto", description="model name, or auto: the best measured one present")
    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    allow_research_only: bool = Field(
        True, description="offer weights that were trained on research-only data"
    )


class SearchSettings(_Section):
    """How hits are found and rated."""

    limit: int = Field(50, ge=1, le=1000, description="hits shown")
    prior: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="chance, before looking, that a sighting elsewhere is the person asked for",
    )


class CameraPair(_Section):
    """What is known of walking from one camera to another."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_camera: str = Field(alias="from", description="name of the camera people leave")
    to_camera: str = Field(alias="to", description="name of the camera they come to")
    relation: Literal["unknown", "overlapping", "apart"] = Field(
        "unknown",
        description="apart: nobody is in both at once; overlapping: they show a common place",
    )
    least_seconds: float | None = Field(None, ge=0, description="nobody is faster")
    typical_seconds: float | None = Field(None, gt=0, description="how long it usually takes")


class MatchingSettings(_Section):
    """How sightings are linked into people."""

    seed: int = Field(0, ge=0, description="of all that is drawn at random: same seed, same people")
    review_limit: int = Field(
        200, ge=0, le=10000, description="doubtful pairs kept for review after a run"
    )
    topology: tuple[CameraPair, ...] = Field(
        (), description="camera pairs: from, to, relation, least_seconds, typical_seconds"
    )


class JobSettings(_Section):
    """Background work."""

    poll_seconds: float = Field(0.5, gt=0, description="how often an idle worker looks for work")
    heartbeat_seconds: float = Field(2.0, gt=0, description="how often a busy worker reports")
    stale_seconds: float = Field(
        20.0, gt=0, description="a job without a report for this long is taken over"
    )


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = {
        "env_prefix": "RETRACE_",
        "env_nested_delimiter": "__",
        "extra": "forbid",
        "frozen": True,
    }

    home: Path = Field(
        default_factory=lambda: user_data_path("retrace", appauthor=False),
        description="folder of the store: database, pictures, models, uploaded videos",
    )
    data: Path | None = Field(
        None, description="development data (RETRACE_DATA); its weights/ folder is searched"
    )
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    video: VideoSettings = VideoSettings()
    detector: DetectorSettings = DetectorSettings()
    models: ModelSettings = ModelSettings()
    search: SearchSettings = SearchSettings()
    matching: MatchingSettings = MatchingSettings()
    jobs: JobSettings = JobSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `load_settings` has merged: it reads the layers itself, in their order."""
        return (init_settings,)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database.url or f"sqlite:///{self.home / 'retrace.db'}"

    @property
    def model_folders(self) -> list[Path]:
        """Folders in which weights are looked for, first found wins."""
        folders = [self.home / "models"]
        return [*folders, self.data / "weights"] if self.data else folders


def check_time_zone(name: str) -> str:
    """Return `name` when it is empty or an IANA zone; ValueError with the nearest one otherwise."""
    if name and name not in available_timezones():
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Use a name such as Europe/Berlin."
        raise ValueError(f"There is no time zone {name!r}. {hint}")
    if name:
        ZoneInfo(name)
    return name


def load_settings(
    config: Path | None = None,
    overrides: Sequence[str] = (),
    home: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Merge the layers into one checked model.

    Args:
        config: a YAML file given by `--config`.
        overrides: `key=value` pairs given by `--set`; values are read as YAML.
        home: the folder given by `--home`; wins over everything.
        environment: variables to read; those of the process by default.

    Raises:
        SettingsError: a file, key or value that cannot be used, with what to do.
    """
    merged = _read_yaml(DEFAULTS)
    outer = _environment_layer(environment)
    chosen = home or outer.get("home") or (_read_yaml(config).get("home") if config else None)
    own_layer = Path(chosen or Settings().home).expanduser() / "config.yaml"
    if own_layer.is_file():
        merged = _merge(merged, _read_yaml(own_layer))
    if config is not None:
        merged = _merge(merged, _read_yaml(config))
    merged = _merge(merged, outer)
    for pair in overrides:
        merged = _merge(merged, _parse_override(pair))
    if home is not None:
        merged["home"] = home
    merged = {key: value for key, value in merged.items() if value is not None}
    for key in ("home", "data"):
        if key in merged:
            merged[key] = Path(merged[key]).expanduser().absolute()
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def remember(home: Path, key: str, value: str) -> None:
    """Write one `section.key` into `<home>/config.yaml`, keeping what else stands there."""
    path = home / "config.yaml"
    layer = _read_yaml(path) if path.is_file() else {}
    layer = _merge(layer, _parse_override(f"{key}={value}"))
    home.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(yaml.safe_dump(layer, sort_keys=True), encoding="utf-8")
    temporary.replace(path)


def _environment_layer(environment: Mapping[str, str] | None) -> dict[str, Any]:
    source = EnvSettingsSource(Settings, env_prefix="RETRACE_", env_nested_delimiter="__")
    if environment is not None:
        source.env_vars = {key.lower(): value for key, value in environment.items()}
    found = dict(source())
    return {key: value for key, value in found.items() if value not in ("", None)}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}. Check --config.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(f"{path} must hold settings as `section: {{key: value}}`.")
    return content


def _parse_override(pair: str) -> dict[str, Any]:
    key, separator, value = pair.partition("=")
    if not separator or not key:
        raise SettingsError(f"--set {pair!r}: write it as section.key=value.")
    nested: Any = yaml.safe_load(value) if value else ""
    for part in reversed(key.split(".")):
        nested = {part: nested}
    return dict(nested)


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def known_keys() -> list[str]:
    """Every setting as `key` or `section.key`."""
    keys: list[str] = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys += [f"{name}.{inner}" for inner in section.model_fields]
        else:
            keys.append(name)
    return keys


def _explain(error: ValidationError) -> str:
    lines = []
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, [*known_keys(), *Settings.model_fields], n=1)
            hint = f" Did you mean {near[0]}?" if near else " See configs/default.yaml."
            lines.append(f"Unknown setting {key}.{hint}")
        else:
            lines.append(f"Setting {key}: {detail['msg']} (got {detail.get('input')!r}).")
    return " ".join(lines)
