"""Explanations of pairs of crops, made on demand and kept a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from reid_models.roles import Explanation

KEPT = 200


class Explanations:
    """The latest explanations, in memory only: they go with the process, as do the pictures' rows.

    Safe to share between threads; one is made at a time, as making one takes every core.

    Args:
        kept: how many.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[tuple[str, ...], Explanation] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], Explanation]) -> Explanation:
        """The explanation known by `key`, or the one that `make` makes."""
        with self._lock:
            found = self._known.get(key) or make()
            self._known[key] = found
            self._known.move_to_end(key)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
            return found
