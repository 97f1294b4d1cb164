"""Drawing needs numba: without it these tests are skipped, and say so."""

from __future__ import annotations

import os

import pytest

from app.demo.synthetic.compiled import available
from app.demo.synthetic.figures import Figure, build
from app.demo.synthetic.people import HAND_MADE


@pytest.fixture(scope="session")
def drawing() -> None:
    """Skips visibly where numba is missing (fails under RETRACE_REQUIRE_DATA=1)."""
    if available():
        return
    reason = "numba is not installed: make install-demo"
    if os.environ.get("RETRACE_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def man() -> Figure:
    """In a T-shirt and jeans, with a backpack."""
    return build(HAND_MADE[0])


@pytest.fixture(scope="session")
def woman() -> Figure:
    """In a sweater and a wide skirt."""
    return build(HAND_MADE[15])
