"""Who may change a product of a Spark target now."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from hansa.engines.errors import StatementFailed, TargetBusy, TargetFailed
from hansa.engines.spark_notes import Catalog, Conflict, Note, Notes

# a holder gives a sign of life this often, in seconds
BEAT = 10.0
# and counts as dead after this long without one, by the server's clock
LEASE = 60.0

_RETRY_AFTER = 0.2


class Locks(Protocol):
    """Locks by key of one open target; `says` ends the sentence of who is waited for."""

    def hold(self, key: str, patience: float, says: str) -> Any: ...

    def check(self) -> None:
        """Raises TargetFailed when a lock that is held was taken over."""
        ...


@dataclass(slots=True)
class _Lease:
    """One lock that is held, and what keeps it alive."""

    key: str
    note: Note
    token: str
    stop: threading.Event
    lost: bool = False


class LeaseLocks:
    """Locks of a target that many machines share.

    A holder renews its lease while it lives. Who finds a lease that ran out by the server's clock
    takes it over; of two that try, the catalog refuses one. A holder that was only asleep notices
    before it publishes or records anything.
    """

    def __init__(self, engine: Catalog, url: str, holder: str) -> None:
        self._engine = engine
        self._notes = Notes(engine, "lock")
        self._url = url
        self._holder = holder
        self._leases: dict[str, _Lease] = {}

    @contextmanager
    def hold(self, key: str, patience: float, says: str) -> Iterator[None]:
        lease = self._take(key, patience, says)
        self._leases[lease.token] = lease
        beating = threading.Thread(target=self._beat, args=(lease,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            lease.stop.set()
            beating.join()
            del self._leases[lease.token]
            # a target that is gone cannot be told; the lease runs out by itself
            with suppress(StatementFailed, TargetFailed, Conflict):
                if not lease.lost:
                    self._renew(lease, released=True)

    def check(self) -> None:
        for lease in self._leases.values():
            if not lease.lost:
                note = self._notes.list().get(lease.key)
                lease.lost = note is None or note.begun != lease.note.generation
            if lease.lost:
                raise TargetFailed(self._url, "another command has taken over the lock of this one")

    def _take(self, key: str, patience: float, says: str) -> _Lease:
        end = time.monotonic() + patience
        while True:
            note, who = self._look(key)
            if who is None:
                token = uuid4().hex
                lease = _Lease(key, Note(0, 0, 1), token, threading.Event())
                try:
                    lease.note = self._notes.write(key, self._text(token), note)
                    return lease
                except Conflict:
                    who = "another command"
            if time.monotonic() >= end:
                raise TargetBusy(self._url, f"{who}, which {says}", patience)
            time.sleep(_RETRY_AFTER)

    def _look(self, key: str) -> tuple[Note | None, str | None]:
        """The lock as it is, and who holds it; nobody when it is free or its holder is dead."""
        note = self._notes.list().get(key)
        if note is None or not note.generation:
            return note, None
        try:
            found = json.loads(self._notes.read(key, note))
        except StatementFailed:
            return note, "another command"
        silent = self._now() - float(found["beat"])
        if found["released"] or silent > LEASE:
            return note, None
        if silent <= 2 * BEAT:
            return note, str(found["holder"])
        rest = round(LEASE - silent)
        return note, f"{found['holder']} (no sign of life, given up in {rest} seconds)"

    def _beat(self, lease: _Lease) -> None:
        while not lease.stop.wait(BEAT):
            try:
                self._renew(lease)
            except Conflict:
                lease.lost = True
                return
            except (StatementFailed, TargetFailed):
                continue  # until the lease runs out, the next attempt may still succeed

    def _renew(self, lease: _Lease, *, released: bool = False) -> None:
        self._notes.overwrite(lease.key, self._text(lease.token, released=released), lease.note)

    def _text(self, token: str, *, released: bool = False) -> str:
        beat = self._now()
        told = {"token": token, "holder": self._holder, "beat": beat, "released": released}
        return json.dumps(told)

    def _now(self) -> float:
        return self._engine.clock()
