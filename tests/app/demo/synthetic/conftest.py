"""Drawing needs numba: without it these tests are skipped, and say so."""

from __future__ import annotations

import os

import pytest

from app.demo.synthetic.compiled import available


@pytest.fixture(scope="session")
def drawing() -> None:
    """Skips visibly where numba is missing (fails under RETRACE_REQUIRE_DATA=1)."""
    if available():
        return
    reason = "numba is not installed: make install-demo"
    if os.environ.get("RETRACE_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
