"""A fresh store a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.media import MediaStore


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file to copy: quicker than migrating one a test."""
    path = tmp_path_factory.mktemp("template") / "retrace.db"
    Database.open(str(path)).dispose()
    return path


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Iterator[Database]:
    opened = Database.open(shutil.copy(migrated, tmp_path / "retrace.db").as_posix())
    yield opened
    opened.dispose()


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")
