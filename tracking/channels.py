"""Threads joined by bounded queues: an error in one ends all, and none is left behind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_PATIENCE_S = 0.1


class Stopped(Exception):
    """The channel was stopped while something was being put in or taken out."""


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Channel(Generic[T]):
    """A bounded queue from one thread to the next, read by iterating.

    Args:
        size: items it holds before the writer has to wait.
    """

    def __init__(self, size: int) -> None:
        self._queue: queue.Queue[T | _End] = queue.Queue(size)
        self._stopped = threading.Event()

    def put(self, item: T) -> None:
        """Add an item, waiting for room.

        Raises:
            Stopped: nobody reads any more.
        """
        self._put(item)

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing follows, or what went wrong: it is raised where the channel is read."""
        self._put(_End(error))

    def stop(self) -> None:
        """Wake writer and reader, and let both give up."""
        self._stopped.set()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _put(self, item: T | _End) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return
        raise Stopped

    def _get(self) -> T | _End:
        while not self._stopped.is_set():
            try:
                return self._queue.get(timeout=_PATIENCE_S)
            except queue.Empty:
                continue
        raise Stopped


class Stage(threading.Thread, Generic[T]):
    """Runs an iterator in a thread of its own and puts what it yields into a channel.

    Args:
        name: the thread's name.
        into: where the items go; it is ended when the iterator ends or fails.
        items: what to run.
    """

    def __init__(self, name: str, into: Channel[T], items: Iterator[T]) -> None:
        super().__init__(name=f"retrace-{name}", daemon=True)
        self._into = into
        self._items = items

    def run(self) -> None:
        """Run to the end, to an error, or until stopped."""
        try:
            try:
                for item in self._items:
                    self._into.put(item)
            except Stopped:
                return
            except BaseException as error:
                self._into.end(error)
            else:
                self._into.end()
        except Stopped:
            return
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
