"""The one door to numba: `kernel` compiles a function, or says how to install what is missing.

No kernel uses fastmath or a reduction in threads, so the same machine and lock give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

from app.errors import AppError

try:
    import numba
except ImportError:
    numba = None

P = ParamSpec("P")
R = TypeVar("R")

prange: Any = numba.prange if numba is not None else range
"""A loop whose rounds are independent, for kernels compiled with `parallel=True`."""


class DrawingUnavailable(AppError):
    """Drawing was asked for where numba is not installed."""


def available() -> bool:
    """Whether figures and sets can be drawn here."""
    return numba is not None


def require_drawing() -> None:
    """Raise `DrawingUnavailable` where numba is missing."""
    if numba is None:
        raise DrawingUnavailable(
            "Drawing the demo scene needs numba, which is not installed. Install it with: "
            "make install-demo"
        )


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call; the machine code is kept beside the source."""
    return _compile(function, parallel=False)


def parallel_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Like `kernel`, its `prange` loops spread over threads."""
    return _compile(function, parallel=True)


def _compile(function: Callable[P, R], *, parallel: bool) -> Callable[P, R]:
    if numba is None:

        def refuse(*_: Any, **__: Any) -> NoReturn:
            require_drawing()
            raise AssertionError

        return refuse
    compiled: Callable[P, R] = numba.njit(cache=True, fastmath=False, parallel=parallel)(function)
    return compiled
