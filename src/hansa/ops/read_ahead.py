"""Processes that read models side by side, so that analysis finds their facts in the cache.

They decide nothing: facts have the hash of all that they follow from as their key, so whatever a
process did not read, or read without need, costs time alone.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess

import msgspec

from hansa.core.facts import ModelFacts
from hansa.core.product import Product
from hansa.core.schema import TableSchema
from hansa.ops.cache import DiskFacts
from hansa.processes import can_fork, cores
from hansa.sql.analysis import Interface, SingleReader, unread_models

VARIABLE = "HANSA_PROCESSES"
# Fewer models are read before other processes would have begun.
FEWEST_MODELS = 150
# Half of a check is work of one process, and every other one takes memory.
MOST_PROCESSES = 4
_MOST_AT_ONCE = 16
# A process is over soon: up to some hundred models it ends before it would have to tidy up.
_OBJECTS_BETWEEN_COLLECTIONS = 400_000
_WORD = re.compile(r"\w+")
# One model, and what is known of those that it may read.
_Schemas = dict[str, TableSchema | None]


def processes_of(environ: Mapping[str, str]) -> int:
    """How many processes may read models: what HANSA_PROCESSES says, else the cores up to four."""
    stated = environ.get(VARIABLE, "")
    if stated.isdecimal():
        return max(1, int(stated))
    return min(cores(), MOST_PROCESSES)


def read_ahead(
    product: Product, interfaces: Mapping[str, Interface], cache: DiskFacts, processes: int
) -> None:
    """Put the facts of the models that the cache has nothing of into it, where that pays."""
    if processes < 2 or len(product.models) < FEWEST_MODELS:
        return
    unread = unread_models(product, cache)
    if len(unread) < FEWEST_MODELS:
        return
    lean = replace(product, files={}, tests=())
    team = _Team(_Work(_may_read(product, unread)), cache)
    # a process that was killed, or could not begin, leaves its models to the analysis itself
    with contextlib.suppress(OSError, EOFError), contextlib.closing(team):
        team.start(processes, lean, interfaces)
        team.share_out()


def _may_read(product: Product, unread: Collection[str]) -> dict[str, set[str]]:
    """For each model the others of these that its text names anywhere: those it reads and more."""
    folded = {name.casefold(): name for name in unread}
    found = {}
    for name in unread:
        words = set(_WORD.findall(product.models[name].sql.casefold()))
        found[name] = {folded[word] for word in words & folded.keys()} - {name}
    return found


class _Work:
    """Which models can be read now: those of which all that they may read has been read."""

    def __init__(self, may_read: Mapping[str, set[str]]) -> None:
        self.below = may_read
        self._open = {name: len(below) for name, below in may_read.items()}
        self._above: dict[str, list[str]] = {}
        for name, below in may_read.items():
            for other in below:
                self._above.setdefault(other, []).append(name)
        self._ready = [name for name, count in self._open.items() if not count]

    def take(self, shares: int, busy: bool) -> list[str]:
        """Some models that are ready, a fair share; nothing when one has to wait for others."""
        if not self._ready and not busy and self._open:
            # names in a circle: the reader finds out which of them stand for something
            self._ready.append(min(self._open, key=lambda name: self._open[name]))
        count = min(max(1, len(self._ready) // shares), _MOST_AT_ONCE)
        taken, self._ready = self._ready[:count], self._ready[count:]
        for name in taken:
            del self._open[name]
        return taken

    def finish(self, name: str) -> None:
        for above in self._above.get(name, ()):
            if above in self._open:
                self._open[above] -= 1
                if self._open[above] == 0:
                    self._ready.append(above)


@dataclass(slots=True)
class _Member:
    """One process, and the models whose schemas it knows."""

    process: BaseProcess
    connection: Connection
    knows: set[str] = field(default_factory=set)


class _Team:
    """The processes of one analysis."""

    def __init__(self, work: _Work, cache: DiskFacts) -> None:
        self._work = work
        self._cache = cache
        self._schemas: _Schemas = {}
        self._members: list[_Member] = []

    def start(self, count: int, product: Product, interfaces: Mapping[str, Interface]) -> None:
        # what is here already is in use: the processes need not look through it for garbage
        gc.freeze()
        # a forked process has the product and the parser already; where a thread may hold a lock,
        # one has to begin anew
        forks = can_fork() and threading.active_count() == 1
        context: ForkContext | SpawnContext
        context = multiprocessing.get_context("fork") if forks else SpawnContext()
        for _ in range(count):
            ours, theirs = context.Pipe()
            # a forked process holds our ends too, and would never see that we closed them
            held = [*(member.connection for member in self._members), ours] if forks else []
            process = context.Process(
                target=_read_for, args=(theirs, held, product, interfaces), daemon=True
            )
            process.start()
            theirs.close()
            self._members.append(_Member(process, ours))

    def share_out(self) -> None:
        """Give out models until all are read."""
        busy: dict[Connection, _Member] = {}
        idle = list(self._members)
        while True:
            while idle and (names := self._work.take(2 * len(self._members), bool(busy))):
                member = idle.pop()
                self._ask(member, names)
                busy[member.connection] = member
            if not busy:
                return
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                member = busy.pop(connection)
                self._take_answer(member)
                idle.append(member)

    def _ask(self, member: _Member, names: list[str]) -> None:
        below = {other for name in names for other in self._work.below[name]} - member.knows
        known = {name: self._schemas[name] for name in below if name in self._schemas}
        member.knows |= known.keys()
        member.connection.send((names, known))

    def _take_answer(self, member: _Member) -> None:
        schemas, entries = member.connection.recv()
        self._cache.add(entries)
        self._schemas |= schemas
        member.knows |= schemas.keys()
        for name in schemas:
            self._work.finish(name)

    def close(self) -> None:
        gc.unfreeze()
        for member in self._members:
            member.connection.close()
        for member in self._members:
            member.process.join()


class _Recorder:
    """A cache that only notes what is put into it."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    def get(self, key: str) -> ModelFacts | None:  # noqa: ARG002
        return None

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def put(self, key: str, facts: ModelFacts) -> None:
        self.entries[key] = msgspec.json.encode(facts)


def _read_for(
    connection: Connection,
    held: Collection[Connection],
    product: Product,
    interfaces: Mapping[str, Interface],
) -> None:
    """Read models as they are asked for, until nobody asks any more."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for other in held:
        other.close()
    # an interrupt reaches all processes; what it means is said by the first one
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        recorder = _Recorder()
        reader = SingleReader(product, interfaces, recorder)
        while True:
            names, known = connection.recv()
            for name, schema in known.items():
                reader.know(name, schema)
            schemas = {name: reader.read(name) for name in names}
            connection.send((schemas, recorder.entries))
            recorder.entries = {}
