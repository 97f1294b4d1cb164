"""Guess a recording's camera and start from its file name, shown to people as guesses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

_DATE = r"(?P<y>20\d\d)[-_.]?(?P<mo>0[1-9]|1[0-2])[-_.]?(?P<d>0[1-9]|[12]\d|3[01])"
_TIME = r"(?P<h>[01]\d|2[0-3])[-_.:hH]?(?P<mi>[0-5]\d)(?:[-_.:mM]?(?P<s>[0-5]\d))?"
_STAMP = re.compile(rf"(?<!\d){_DATE}[-_ T.]*{_TIME}(?!\d)(?P<utc>Z|_?UTC)?", re.IGNORECASE)
_CAMERA = re.compile(
    r"(?<![a-z])(?P<kind>camera|cam|channel|chan|ch)[ _.-]?(?P<number>\d{1,4})(?!\d)",
    re.IGNORECASE,
)
_NOISE = re.compile(r"(?i)\b(video|movie|clip|rec|recording|export|main|sub|output)\b")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file's name or metadata suggest.

    Args:
        camera: a camera's name, never empty.
        start: aware UTC time, or None.
        start_source: "name", "metadata" or "unknown".
    """

    camera: str
    start: datetime | None
    start_source: str


def guess(file_name: str, zone: ZoneInfo | None, created: datetime | None = None) -> Guess:
    """Guess camera and start of a recording.

    Args:
        file_name: as the recorder wrote it, with or without folders.
        zone: the zone of a naive time in the name; None: that of this machine.
        created: the container's creation time, aware, used when the name tells none.
    """
    stem = Path(file_name.replace("\\", "/")).stem
    stamp = _STAMP.search(stem)
    rest = stem if stamp is None else stem[: stamp.start()] + " " + stem[stamp.end() :]
    start = _time_of(stamp, zone) if stamp else None
    if start is not None:
        return Guess(_camera_of(rest, stem), start, "name")
    if created is not None and created.year >= 2000:
        return Guess(_camera_of(rest, stem), created.astimezone(UTC), "metadata")
    return Guess(_camera_of(rest, stem), None, "unknown")


def _camera_of(rest: str, stem: str) -> str:
    numbered = _CAMERA.search(rest)
    if numbered:
        kind = "ch" if numbered["kind"].lower().startswith("ch") else "cam"
        return f"{kind}{int(numbered['number'])}"
    words = _NOISE.sub(" ", re.sub(r"[_.]+", " ", rest))
    words = re.sub(r"\s+", " ", words).strip(" -")
    return (words or stem or "camera")[:60]


def _time_of(stamp: re.Match[str], zone: ZoneInfo | None) -> datetime | None:
    parts = [int(stamp[name] or 0) for name in ("y", "mo", "d", "h", "mi", "s")]
    try:
        naive = datetime(*parts)  # type: ignore[arg-type]
    except ValueError:
        return None
    if stamp["utc"]:
        return naive.replace(tzinfo=UTC)
    return localise(naive, zone)


def localise(naive: datetime, zone: ZoneInfo | None) -> datetime:
    """Read a naive time in `zone` (None: this machine's) and return it in UTC."""
    if naive.tzinfo is not None:
        return naive.astimezone(UTC)
    return (naive.replace(tzinfo=zone) if zone else naive.astimezone()).astimezone(UTC)
