"""How a running job reports, and how it learns that it should stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


class JobCancelled(Exception):
    """The person cancelled the job; what is done is kept."""


class JobInterrupted(Exception):
    """The process was asked to end; the job goes back to the queue."""


@dataclass(slots=True)
class Progress:
    """A job's line to the outside.

    Args:
        publish: called with (fraction 0–1, message, seconds left or None), a few times a second
            at most.
        stop_reason: returns "cancelled", "interrupted" or None; asked at every step.
    """

    publish: Callable[[float, str, float | None], None]
    stop_reason: Callable[[], str | None] = lambda: None
    _started: float = field(default_factory=time.monotonic)
    _first: float | None = None
    _last_published: float = 0.0

    def step(self, fraction: float, message: str) -> None:
        """Report, then raise if the job should stop.

        The time left is extrapolated from the part done since this attempt began, so that a
        resumed job does not count the earlier attempt's share as quick work.
        """
        now = time.monotonic()
        if self._first is None:
            self._first, self._started = fraction, now
        if now - self._last_published < 0.4 and fraction < 1.0:
            return
        self.check()
        done = fraction - self._first
        left = (now - self._started) * (1.0 - fraction) / done if done > 0.01 else None
        self._last_published = now
        self.publish(min(max(fraction, 0.0), 1.0), message, left)

    def check(self) -> None:
        """Raise JobCancelled or JobInterrupted if the job should stop."""
        reason = self.stop_reason()
        if reason == "cancelled":
            raise JobCancelled
        if reason == "interrupted":
            raise JobInterrupted
