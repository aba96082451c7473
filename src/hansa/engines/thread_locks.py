"""Locks of a place that only one process can change, so that only its threads can meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from hansa.engines.errors import TargetBusy

_lock = threading.Lock()
_held: dict[tuple[str, str], threading.Lock] = {}


class ThreadLocks:
    """Locks by key of one open target; `place` is the same for all who open it."""

    def __init__(self, place: str, url: str) -> None:
        self._place = place
        self._url = url

    @contextmanager
    def hold(self, key: str, patience: float, says: str) -> Iterator[None]:
        """Hold a lock in the block; `says` ends the sentence of who is waited for.

        Raises TargetBusy when that takes longer than `patience` seconds.
        """
        with _lock:
            lock = _held.setdefault((self._place, key), threading.Lock())
        if not lock.acquire(timeout=patience):
            raise TargetBusy(self._url, f"another thread that {says}", patience)
        try:
            yield
        finally:
            lock.release()

    def check(self) -> None:
        """Nothing: nobody takes over the lock of a thread."""


@contextmanager
def if_free(held: AbstractContextManager[None]) -> Iterator[bool]:
    """Whether a lock could be taken; it is held in the block then."""
    with ExitStack() as stack:
        free = True
        try:
            stack.enter_context(held)
        except TargetBusy:
            free = False
        yield free
