"""People as a file: who was seen where and when, and who says so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from app.errors import BadRequest
from app.services.actor import Actor
from app.services.people_view import PersonView, get_person, list_people
from app.times import iso
from app.workspace import Workspace

FORMATS = ("json", "csv")
CSV_COLUMNS = (
    "person",
    "label",
    "sighting",
    "camera",
    "video",
    "start",
    "end",
    "offset_start",
    "offset_end",
    "probability",
    "placed_by",
    "by",
)


def export_people(
    actor: Actor, workspace: Workspace, identity_ids: Sequence[int] | None, kind: str
) -> str:
    """People (None: all who are not set aside) as text.

    Args:
        actor: who asks; sightings of hidden cameras are left out.
        workspace: the store.
        identity_ids: whom.
        kind: "json", or "csv": a line for each sighting.
    """
    if kind not in FORMATS:
        raise BadRequest(f"There is no export format {kind!r}. Use one of {', '.join(FORMATS)}.")
    if identity_ids is None:
        everybody = list_people(actor, workspace, sort="name").people
        identity_ids = sorted(card.summary.id for card in everybody)
    found = [as_plain(get_person(actor, workspace, each)) for each in identity_ids]
    if kind == "json":
        return json.dumps({"people": found}, ensure_ascii=False, indent=2)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(CSV_COLUMNS)
    for person in found:
        for sighting in person["sightings"]:
            own = [sighting[column] for column in CSV_COLUMNS[2:]]
            writer.writerow(
                [person["id"], _safe(person["label"]), *("" if v is None else v for v in own)]
            )
    return buffer.getvalue()


def as_plain(view: PersonView) -> dict[str, Any]:
    """A person as JSON values."""
    person = view.card.summary
    return {
        "id": person.id,
        "name": person.name,
        "label": view.card.label,
        "state": view.card.state,
        "notes": view.notes,
        "cameras": list(view.card.cameras),
        "first": iso(person.first),
        "last": iso(person.last),
        "confidence": _rounded(person.confidence),
        "confirmed": person.confirmed,
        "version": person.version,
        "merged_into": view.merged_into,
        "sightings": [
            {
                "sighting": each.row.id,
                "camera": each.row.camera,
                "video": each.row.video,
                "start": iso(each.row.start),
                "end": iso(each.row.end),
                "offset_start": round(each.row.offset_start, 3),
                "offset_end": round(each.row.offset_end, 3),
                "gap_seconds": _rounded(gap),
                "probability": _rounded(each.placed.probability),
                "placed_by": each.placed.placed_by,
                "by": each.placed.actor,
                "run": each.placed.run_id,
            }
            for each, gap in zip(view.sightings, view.gaps, strict=True)
        ],
        "history": [
            {
                "decision": each.row.id,
                "kind": each.row.kind,
                "text": each.text,
                "by": each.row.actor,
                "created": iso(each.row.created),
                "undone_by": each.row.undone_by,
            }
            for each in view.history
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _safe(text: str) -> str:
    """Spreadsheets run cells that begin like a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
