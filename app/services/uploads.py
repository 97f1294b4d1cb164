"""Resumable uploads: pieces appended to a file on the store's own file system."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from app.services.actor import Actor
from app.services.ingest import IncomingFile, Registered, register, require_space
from app.workspace import Workspace
from storage.errors import Conflict, DiskFull, InvalidInput, NotFound
from storage.media import delete_older

KEEP_SECONDS = 7 * 24 * 3600
NAME_BYTES = 200
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload under way: `offset` of `size` bytes have arrived."""

    id: str
    name: str
    size: int
    offset: int


class WrongOffset(Conflict):
    """A piece that does not continue where the file ends; `offset` says where it does."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def begin(actor: Actor, workspace: Workspace, name: str, size: int) -> Upload:
    """Open an upload of `size` bytes for a file called `name`.

    Raises:
        InvalidInput: a name or size that cannot be.
        DiskFull: the store's disk has no room for it.
    """
    clean = clean_name(name)
    if size <= 0:
        raise InvalidInput(f"{clean} is empty. Choose a video file.")
    require_space(workspace, size, f"Uploading {clean}")
    sweep(workspace)
    upload = Upload(secrets.token_hex(16), clean, size, 0)
    folder = workspace.scratch("uploads")
    (folder / f"{upload.id}.json").write_text(
        json.dumps({**asdict(upload), "actor": actor.name}), encoding="utf-8"
    )
    _part(workspace, upload.id).touch()
    return upload


def status(actor: Actor, workspace: Workspace, upload_id: str) -> Upload:
    """How far an upload is; NotFound when it was never begun, finished or given up."""
    if not _ID.fullmatch(upload_id):
        raise NotFound("There is no such upload. Start it again.")
    note = workspace.scratch("uploads") / f"{upload_id}.json"
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
        offset = _part(workspace, upload_id).stat().st_size
    except FileNotFoundError:
        raise NotFound("There is no such upload. Start it again.") from None
    if content["actor"] != actor.name:
        raise NotFound("There is no such upload. Start it again.")
    return Upload(upload_id, content["name"], content["size"], offset)


def append(actor: Actor, workspace: Workspace, upload_id: str, offset: int, piece: bytes) -> Upload:
    """Append `piece` at `offset`.

    Raises:
        WrongOffset: the file does not end at `offset`.
        InvalidInput: more bytes than announced.
        DiskFull: no room; what has arrived is kept.
    """
    upload = status(actor, workspace, upload_id)
    if offset != upload.offset:
        raise WrongOffset(
            f"{upload.name}: continue at byte {upload.offset}, not {offset}.", upload.offset
        )
    if offset + len(piece) > upload.size:
        raise InvalidInput(f"{upload.name} is longer than announced. Start the upload again.")
    try:
        _write_at(_part(workspace, upload_id), offset, piece)
    except OSError as error:
        os.truncate(_part(workspace, upload_id), offset)
        raise DiskFull(
            f"Writing {upload.name} failed at byte {offset}: {error.strerror}. "
            "Free some space and continue; what has arrived is kept."
        ) from error
    return Upload(upload.id, upload.name, upload.size, offset + len(piece))


def finish(
    actor: Actor, workspace: Workspace, upload_id: str, incoming: IncomingFile | None = None
) -> Registered:
    """Turn a complete upload into a registered video.

    A file that proves to be no video is deleted: nothing is stored of it.
    """
    upload = status(actor, workspace, upload_id)
    if upload.offset != upload.size:
        raise WrongOffset(
            f"{upload.name}: {upload.size - upload.offset} bytes are missing.", upload.offset
        )
    asked = incoming or IncomingFile(_part(workspace, upload_id))
    folder = workspace.scratch("uploads") / upload_id
    folder.mkdir(exist_ok=True)
    path = folder / upload.name
    os.replace(_part(workspace, upload_id), path)
    try:
        return register(
            actor,
            workspace,
            IncomingFile(
                path, upload.name, asked.camera, asked.start, asked.start_confirmed, managed=True
            ),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        (workspace.scratch("uploads") / f"{upload_id}.json").unlink(missing_ok=True)


def abandon(actor: Actor, workspace: Workspace, upload_id: str) -> None:
    """Give an upload up and delete what has arrived."""
    status(actor, workspace, upload_id)
    _part(workspace, upload_id).unlink(missing_ok=True)
    (workspace.scratch("uploads") / f"{upload_id}.json").unlink(missing_ok=True)


def sweep(workspace: Workspace) -> None:
    """Delete uploads that nobody has continued for a week.

    Others may finish theirs at the same moment: a file that is gone by now is none of ours.
    """
    folder, limit = workspace.scratch("uploads"), time.time() - KEEP_SECONDS
    for part in folder.glob("*.part"):
        delete_older(part, limit)
    for note in folder.glob("*.json"):
        if not note.with_suffix(".part").exists():
            delete_older(note, limit)


def clean_name(name: str) -> str:
    """The last part of a file name, without control characters, at most 200 bytes of UTF-8.

    Raises:
        InvalidInput: nothing is left of it.
    """
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    if not shown:
        raise InvalidInput(f"The file name {name!r} cannot be used. Rename the file.")
    if len(shown.encode()) <= NAME_BYTES:
        return shown
    stem, suffix = Path(shown).stem, Path(shown).suffix[:5]
    kept = stem.encode()[: NAME_BYTES - len(suffix.encode())].decode(errors="ignore")
    return kept + suffix


def _write_at(path: Path, offset: int, piece: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(piece)


def _part(workspace: Workspace, upload_id: str) -> Path:
    return workspace.scratch("uploads") / f"{upload_id}.part"
