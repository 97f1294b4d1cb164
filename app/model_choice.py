"""Which model is used when the settings name none, and which may not be used at all."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import ModelNotAllowed
from app.settings import ModelSettings
from reid_models.registry import ModelEntry, best_ready
from storage.records import EmbedderRow


def archive_model(
    entries: Sequence[ModelEntry], embedders: Sequence[EmbedderRow], settings: ModelSettings
) -> str | None:
    """The model that an archive is embedded by, so that a better one never changes it unasked.

    Args:
        entries: the known models; only those that are ready count.
        embedders: whose vectors there are, in the order they first came.
        settings: of two models that have seen equally much, one that they allow is preferred, and
            then the one that came first.

    Returns:
        The name of the one with the most vectors, allowed or not; None: there are no vectors that
        a model which is here could be asked by.
    """
    ready = {entry.card.space: entry for entry in entries if entry.state == "ready"}
    seen = [row for row in embedders if row.vectors and row.space in ready]
    if not seen:
        return None
    best = max(seen, key=lambda row: (row.vectors, is_allowed(ready[row.space], settings)))
    return ready[best.space].name


def is_allowed(entry: ModelEntry, settings: ModelSettings) -> bool:
    """Whether the settings let this model be used."""
    return settings.allow_research_only or not entry.card.research_only


def check_allowed(name: str, entries: Sequence[ModelEntry], settings: ModelSettings) -> None:
    """Raise `ModelNotAllowed` if the settings rule model `name` out; an unknown name passes."""
    entry = next((each for each in entries if each.name == name), None)
    if entry is None or is_allowed(entry, settings):
        return
    other = best_ready(entries, research_only=False)
    instead = (
        f"Use another one, with: models use {other.name} (it embeds the archive first)"
        if other
        else "Get another one: models list shows which there are"
    )
    raise ModelNotAllowed(
        f"{name} is for research only, and the settings rule such models out "
        f"(models.allow_research_only is false). {instead}; or, if your use is research, set "
        "models.allow_research_only to true.",
        name=name,
    )
