"""Signed, expiring links to pictures and clips, so that a guessed address opens nothing."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeTimedSerializer


class LinkSigner:
    """Signs media paths with a secret that stays in the home folder.

    Args:
        home: where `secret` is kept, readable by its owner only; made when missing.
        minutes: how long a link stays valid.
    """

    def __init__(self, home: Path, minutes: int) -> None:
        self._serializer = URLSafeTimedSerializer(_secret(home), salt="media")
        self._seconds = minutes * 60

    def url(self, path: str) -> str:
        """The address of media `path` under the REST API, with its token."""
        return f"/api/v1/media/{quote(path)}?token={self._serializer.dumps(path)}"

    def allows(self, path: str, token: str) -> bool:
        """Whether `token` was made for `path` and has not expired."""
        try:
            signed = self._serializer.loads(token, max_age=self._seconds)
        except BadSignature:
            return False
        return bool(signed == path)


def _secret(home: Path) -> str:
    path = home / "secret"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")
