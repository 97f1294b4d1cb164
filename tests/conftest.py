"""What every test shares: no network but loopback, the development data, a fresh home."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import pytest


@pytest.fixture(scope="session")
def retrace_data() -> Path:
    """The unpacked development data, or a visible skip (a failure under RETRACE_REQUIRE_DATA=1)."""
    folder = os.environ.get("RETRACE_DATA", "")
    if folder and Path(folder, "videos").is_dir():
        return Path(folder)
    reason = "RETRACE_DATA names no folder with the development data"
    if os.environ.get("RETRACE_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker does all that needs a server and an ingested store, first; others file by file."""
    for item in items:
        folder = item.path.parent.name
        group = "end to end" if folder == "end_to_end" else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.parent.name != "end_to_end")
