"""What a removal takes with it, and which files the store still needs."""

from __future__ import annotations

from sqlalchemy.orm import Session


def known_media_keys(session: Session) -> set[str]:
    """Every media key that a row refers to: what MediaStore.sweep must keep."""
    raise NotImplementedError
