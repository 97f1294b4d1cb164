"""Building Gradio objects without leaving event loops behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within_a_loop(make: Callable[[], T]) -> T:
    """Call `make` while an event loop runs.

    Without one, Gradio opens a new loop for each lock it makes and never closes it.
    """

    async def made() -> T:
        return make()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(made())
    return make()
