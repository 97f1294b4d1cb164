"""Where a detector's weights come from: a path, given folders, the official release, or ours.

Nothing here is fetched by itself: `fetch` is for the caller to call after the user said yes.
"""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tracking.detector_cards import SHIPPED, shipped_detectors
from tracking.errors import DetectorWeightsMissing, DownloadFailed

_RELEASE = "https://github.com/ultralytics/assets/releases/download/v8.3.0"
_BLOCK = 1 << 20
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class OfficialWeights:
    """One file of the official release.

    Args:
        name: its file name.
        url: where it is fetched from.
        sha256: what its content must hash to, 64 hex digits.
        size: bytes.
        licence: SPDX identifier.
    """

    name: str
    url: str
    sha256: str
    size: int
    licence: str


def _official(name: str, sha256: str, size: int) -> OfficialWeights:
    return OfficialWeights(name, f"{_RELEASE}/{name}", sha256, size, "AGPL-3.0-or-later")


OFFICIAL: Mapping[str, OfficialWeights] = {
    entry.name: entry
    for entry in (
        _official(
            "yolo11n.pt",
            "0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1",
            5_613_764,
        ),
        _official(
            "yolo11s.pt",
            "85a76fe86dd8afe384648546b56a7a78580c7cb7b404fc595f97969322d502d5",
            19_313_732,
        ),
        _official(
            "yolov8n.pt",
            "f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36",
            6_549_796,
        ),
    )
}

# What a bare name such as "yolo11n" may stand for, fastest first on that device.
_FORMS = {
    "cpu": ("_int8_openvino_model", "_openvino_model", ".onnx", ".pt"),
    "cuda": (".engine", ".pt", ".onnx", "_openvino_model", "_int8_openvino_model"),
}


def find_weights(
    name_or_path: str | Path,
    folders: Sequence[Path],
    device: Literal["cpu", "cuda"] = "cpu",
    shipped: Path | None = None,
) -> Path:
    """Find a detector's weights without touching the network.

    Where an official detector is asked for and not there, a detector of ours stands in for it, if
    one ships. What was asked for by any other name is never replaced.

    Args:
        name_or_path: a path (file, or OpenVINO folder), a name in one of the folders
            ("yolo11n.pt", "yolo11n_int8_openvino_model"), or a model's bare name ("yolo11n"),
            which stands for the form that runs fastest on `device`.
        folders: searched in order.
        device: where it will run; decides only between the forms of a bare name.
        shipped: holds the detectors of ours, each of which may be asked for by its name, too; None:
            those that come with the program.

    Raises:
        DetectorWeightsMissing: naming the file, where to get it and where to put it.
    """
    named = Path(name_or_path).expanduser()
    if named.exists() and (named.parent != Path(".") or named.suffix):
        return named
    if named.parent == Path("."):
        bare = named.name
        forms = ("",) if _is_whole_name(bare) else _FORMS[device]
        for folder in folders:
            for form in forms:
                if (folder / f"{bare}{form}").exists():
                    return folder / f"{bare}{form}"
        official = bare in OFFICIAL or f"{bare}.pt" in OFFICIAL
        for own in shipped_detectors(shipped or SHIPPED):
            if official or own.card.name == bare:
                return own.weights
    raise _missing(named, folders)


def fetch(
    name: str,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    catalogue: Mapping[str, OfficialWeights] = OFFICIAL,
) -> Path:
    """Download official weights: checked against their hash, put in place at once, resumable.

    An interrupted download stays beside its goal as `<name>.part` and is gone on with.

    Args:
        name: a name in the catalogue; its ending may be left out.
        folder: where to put the file; made if missing.
        progress: called with (bytes so far, bytes in all).
        catalogue: what there is to fetch.

    Returns:
        The file, complete and checked; at once if it was there already.

    Raises:
        DetectorWeightsMissing: no such name in the catalogue.
        DownloadFailed: no connection, no room, or not what the catalogue says.
    """
    entry = catalogue.get(name) or catalogue.get(f"{name}.pt")
    if entry is None:
        raise DetectorWeightsMissing(
            f"No official detector is called '{name}'. There are: {', '.join(sorted(catalogue))}."
        )
    goal = folder / entry.name
    part = folder / f"{entry.name}.part"
    try:
        if goal.is_file() and _sha256_of(goal) == entry.sha256:
            return goal
        folder.mkdir(parents=True, exist_ok=True)
        _download(entry, part, progress)
        if _sha256_of(part) != entry.sha256:
            part.unlink()
            raise DownloadFailed(
                f"What {entry.url} sent is not {entry.name}: its SHA-256 differs from "
                f"{entry.sha256}. Nothing was kept. Try again; if it stays so, the address or a "
                "proxy serves something else."
            )
        os.replace(part, goal)
    except (urllib.error.URLError, OSError, TimeoutError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadFailed(
            f"{entry.name} could not be fetched from {entry.url}: {reason}. Try again (it goes on "
            f"where it stopped), or download it elsewhere and put it into {folder}."
        ) from error
    return goal


def _download(
    entry: OfficialWeights, part: Path, progress: Callable[[int, int], None] | None
) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have >= entry.size:
        if have == entry.size:
            return
        part.unlink()
        have = 0
    request = urllib.request.Request(entry.url, headers={"User-Agent": "retrace"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        if have and answer.status != 206:  # the server starts over, so do we
            have = 0
        with part.open("ab" if have else "wb") as file:
            while block := answer.read(_BLOCK):
                file.write(block)
                have += len(block)
                if have > entry.size:
                    break  # not what was promised; the hash will say so
                if progress is not None:
                    progress(have, entry.size)
            file.flush()
            os.fsync(file.fileno())
    if have < entry.size:
        raise TimeoutError(f"the connection broke after {have} of {entry.size} bytes")


def weights_sha256(weights: Path) -> str:
    """Hash of a weights file, or of an OpenVINO folder's files in the order of their names."""
    if weights.is_file():
        return _sha256_of(weights)
    digest = hashlib.sha256()
    for file in sorted(p for p in weights.rglob("*") if p.is_file()):
        digest.update(file.relative_to(weights).as_posix().encode() + b"\0")
        digest.update(bytes.fromhex(_sha256_of(file)))
    return digest.hexdigest()


def _sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_whole_name(name: str) -> bool:
    return name.endswith("_openvino_model") or Path(name).suffix in (".pt", ".onnx", ".engine")


def _missing(named: Path, folders: Sequence[Path]) -> DetectorWeightsMissing:
    if named.parent != Path("."):
        return DetectorWeightsMissing(
            f"There are no detector weights at '{named}'. Correct the path in the settings."
        )
    file = named.name if _is_whole_name(named.name) else f"{named.name}.pt"
    entry = OFFICIAL.get(file)
    places = " or ".join(f"'{folder}'" for folder in folders) or "a folder for models"
    source = (
        f"Get it from {entry.url} ({entry.size / 1e6:.1f} MB) and put it into {places}, or let "
        "Retrace fetch it: models fetch " + entry.name
        if entry
        else f"Put it into {places}. Official ones are: {', '.join(sorted(OFFICIAL))}."
    )
    return DetectorWeightsMissing(f"The detector's weights '{file}' were not found. {source}")
