"""What the store accepts, checked once at its border."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from storage.errors import InvalidInput

_BAD_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\]")


def name(value: str, what: str, longest: int = 200) -> str:
    """A name that people see and that exports turn into a file name."""
    if not value or value != value.strip():
        raise InvalidInput(f"{what} {value!r} is empty or has spaces around it. Give it a name.")
    if _BAD_IN_NAMES.search(value):
        raise InvalidInput(f"{what} {value!r} holds a slash or a control character. Leave it out.")
    if len(value) > longest:
        raise InvalidInput(f"{what} {value[:40]!r}… is longer than {longest} characters.")
    return value


def one_of(value: str, allowed: Collection[str], what: str) -> str:
    """One of a few words."""
    if value not in allowed:
        raise InvalidInput(f"{what} {value!r} is not one of {', '.join(allowed)}.")
    return value


def finite(value: float, what: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within [low, high]."""
    if not math.isfinite(value) or not low <= value <= high:
        raise InvalidInput(f"{what} is {value}, expected a number from {low:g} to {high:g}.")
    return float(value)


def array(
    value: NDArray[np.generic], dtype: type[np.generic], shape: tuple[int | None, ...], what: str
) -> None:
    """An array of exactly this type and shape (None: any length), without NaN or infinity."""
    fits = value.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, value.shape, strict=True)
    )
    if not fits or value.dtype != dtype:
        raise InvalidInput(
            f"{what} is {value.dtype} {value.shape}, expected {np.dtype(dtype)} {shape}."
        )
    if np.issubdtype(dtype, np.floating) and not np.isfinite(value).all():
        raise InvalidInput(f"{what} holds NaN or infinity.")


def ascending(value: NDArray[np.generic], what: str) -> None:
    """Strictly growing values."""
    if len(value) > 1 and not (value[1:] > value[:-1]).all():  # type: ignore[operator]
        raise InvalidInput(f"{what} do not ascend. Give them in order, each once.")
