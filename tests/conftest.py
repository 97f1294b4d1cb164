"""What every test shares: no network but loopback, the development data, a fresh home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Threads that wait for each other in a busy loop are slower than none where cores are shared.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from xdist.scheduler import LoadScopeScheduling

ON_THE_DEMO = {"test_demo.py", "test_people_browser.py", "test_system_browser.py"}
"""Files of tests/end_to_end that share the demo's store."""


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny networks are slowest with several threads that wait for each other."""
    import torch  # slow to import, and most tests do without

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, where workers share the tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.parent.name != "end_to_end")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Tests that share an ingested store stay with one worker; all others go file by file."""

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            if "/end_to_end/" not in file:
                return file
            return "the demo" if Path(file).name in ON_THE_DEMO else "recordings"

    return ByFile(config, log)
