"""Vectors in the database, and the spaces they live in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from storage.records import EmbedderRow, StoredVectors


def register_embedder(
    session: Session, *, name: str, space: str, dimension: int, fingerprint: str
) -> EmbedderRow:
    """Known already: returned. Conflict if the space has another dimension."""
    raise NotImplementedError


def list_embedders(session: Session) -> list[EmbedderRow]:
    """By id."""
    raise NotImplementedError


def add_embeddings(
    session: Session,
    space: str,
    tracklet_ids: NDArray[np.int64],
    crop_ids: NDArray[np.int64],
    modality: str | Sequence[str],
    vectors: NDArray[np.float32],
) -> list[int]:
    """Row ids. `crop_ids` -1: none. NotFound (space), Conflict (already there), InvalidInput."""
    raise NotImplementedError


def load_embeddings(session: Session, space: str, tracklet_ids: Sequence[int]) -> StoredVectors:
    """By tracklet id, then row id."""
    raise NotImplementedError


def tracklets_without(session: Session, space: str, limit: int | None = None) -> list[int]:
    """Ids of tracklets with no vector in the space, lowest first."""
    raise NotImplementedError


def count_without(session: Session, space: str) -> int:
    """How many tracklets have no vector in the space."""
    raise NotImplementedError


def delete_space(session: Session, space: str) -> int:
    """Drop a space's vectors and embedders; returns how many vectors."""
    raise NotImplementedError
