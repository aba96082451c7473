"""Work on many items at once: in processes where they can be forked safely, else in threads."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

from hansa.engines.sandbox import Sandbox, open_sandbox
from hansa.errors import HansaError
from hansa.processes import can_fork, cores

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# Threads share the interpreter: on idle cores two of them are half as fast again as one, on
# busy ones no faster, so a worker has to have enough to do. A process pays sooner.
_TESTS_PER_THREAD = 100
_TESTS_PER_PROCESS = 20
_THREADS_AT_MOST = 4

Item = TypeVar("Item")
Result = TypeVar("Result")

# A pipe takes this many numbers of four bytes without a reader.
_QUEUE = 16_000
_NUMBER = 4


class WorkerEnded(HansaError):
    """A process that did a part of the work ended in the middle of it."""

    slug = "worker-ended"
    exit_code = 3
    hint = "give it more memory, or run with `--jobs 1` to see what it stumbles over"

    def __init__(self, status: int) -> None:
        self.status = status

    def __str__(self) -> str:
        how = f"by signal {-self.status}" if self.status < 0 else f"with status {self.status}"
        return f"a worker process ended {how} before its work was done"


def workers_that_pay(tests: int) -> int:
    """How many workers run so many small tests in the least time."""
    if can_fork():
        return max(1, min(cores(), tests // _TESTS_PER_PROCESS))
    return max(1, min(cores(), _THREADS_AT_MOST, tests // _TESTS_PER_THREAD))


class Sandboxes:
    """One sandbox for each worker, opened when it is asked for; leaving closes those opened here.

    A forked process has its own, which ends with it.
    """

    def __init__(self) -> None:
        self._opened: list[Sandbox] = []
        self._local = threading.local()

    def __enter__(self) -> Sandboxes:
        return self

    def __exit__(self, *_: object) -> None:
        for sandbox in self._opened:
            sandbox.close()

    def mine(self) -> Sandbox:
        """The sandbox of the calling worker."""
        sandbox: Sandbox | None = getattr(self._local, "sandbox", None)
        if sandbox is None:
            sandbox = self._local.sandbox = open_sandbox()
            self._opened.append(sandbox)
        return sandbox

    def give_up(self) -> None:
        """Close the caller's sandbox; it gets another one next time."""
        self._local.sandbox.close()
        self._local.sandbox = None


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Generator[tuple[int, Result], None, None]:
    """What `work` gives for every item, with the item's number, as it comes.

    With one worker, all is done here. Where `can_fork` says so the others are processes, so
    `work` sees the state of now and what it changes stays there; results travel pickled. They
    print nothing and end without cleaning up, so threads that draw progress do them no harm. Else
    they are threads, and `work` has to be safe in them. What `work` raises is raised here;
    raises WorkerEnded when a process ends early. Closing the iterator ends all work.
    """
    if min(workers, len(items)) <= 1:
        for number, item in enumerate(items):
            yield number, work(item)
    elif can_fork():
        yield from _in_processes(work, items, min(workers, len(items)))
    else:
        yield from _in_threads(work, items, workers)


def _in_threads(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Generator[tuple[int, Result], None, None]:
    pool = ThreadPoolExecutor(workers)
    try:
        numbers = {pool.submit(work, item): number for number, item in enumerate(items)}
        for future in as_completed(numbers):
            yield numbers[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _in_processes(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Generator[tuple[int, Result], None, None]:
    from multiprocessing.connection import Pipe, wait

    queue = _queue_of(range(0, len(items), _step(items)))
    processes: dict[Connection, int] = {}
    try:
        for _ in range(workers):
            reader, writer = Pipe(duplex=False)
            process = os.fork()
            if process == 0:
                _work_and_exit(work, items, queue, writer)
            writer.close()  # so that the end of the process is the end of what it sends
            processes[reader] = process
        while processes:
            for ready in wait(list(processes)):
                reader = cast("Connection", ready)
                try:
                    number, result, error = reader.recv()
                except EOFError:
                    reader.close()
                    _, status = os.waitpid(processes.pop(reader), 0)
                    if status:
                        raise WorkerEnded(os.waitstatus_to_exitcode(status)) from None
                    continue
                if error is not None:
                    raise error
                yield number, result
    finally:
        os.close(queue)
        for reader, process in processes.items():
            reader.close()
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _step(items: Sequence[Item]) -> int:
    """How many items are taken at once, so that all numbers fit into the queue."""
    return 1 + len(items) // _QUEUE


def _queue_of(numbers: Sequence[int]) -> int:
    """A pipe to read numbers from, each by one process."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as file:
        file.write(b"".join(number.to_bytes(_NUMBER) for number in numbers))
    return reader


def _work_and_exit(
    work: Callable[[Item], Result], items: Sequence[Item], queue: int, writer: Connection
) -> NoReturn:
    """The life of a forked process: it leaves without anything that the first one has to do."""
    status = 1
    try:
        # Ctrl-C reaches the whole group, and the first process words it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        while token := os.read(queue, _NUMBER):
            start = int.from_bytes(token)
            for number in range(start, min(start + _step(items), len(items))):
                _send(writer, number, work, items[number])
        status = 0
    finally:
        os._exit(status)


def _send(writer: Connection, number: int, work: Callable[[Item], Result], item: Item) -> None:
    try:
        result = work(item)
    except Exception as error:
        writer.send((number, None, _portable(error)))
    else:
        writer.send((number, result, None))


def _portable(error: Exception) -> Exception:
    """The error, or what it says where it cannot travel."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
