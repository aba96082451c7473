"""Work that is spread over processes or threads."""

import os
import signal
import threading
import time
from contextlib import closing

import pytest

from hansa.errors import InvalidInput, Place
from hansa.testing import workers
from hansa.testing.workers import WorkerEnded, spread


@pytest.fixture(params=["processes", "threads"])
def kind(request, monkeypatch):
    monkeypatch.setattr(workers, "can_fork", lambda: request.param == "processes")
    return request.param


class Refused(InvalidInput):
    slug = "refused"

    def __init__(self, name, *, twice):
        self.name = name
        self.twice = twice
        self.place = Place("a.sql", 3)

    def __str__(self):
        return f"`{self.name}` is refused"


@pytest.mark.parametrize(("count", "jobs"), [(0, 2), (1, 2), (5, 1), (5, 2), (3, 8)])
def test_every_item_is_done_once(kind, count, jobs):
    done = sorted(spread(lambda item: item * 2, range(10, 10 + count), jobs))
    assert done == [(number, 2 * (10 + number)) for number in range(count)]


def test_more_items_than_a_pipe_holds(kind):
    done = dict(spread(lambda item: item + 1, range(40_000), 2))
    assert done == {number: number + 1 for number in range(40_000)}


def test_all_workers_take_part(kind):
    def work(item):
        time.sleep(0.05)
        return os.getpid(), threading.get_ident()

    places = {where for _, where in spread(work, range(8), 2)}
    assert len(places) == 2
    assert (os.getpid() in {process for process, _ in places}) == (kind == "threads")


def test_an_error_arrives_as_it_was_raised(kind):
    def work(item):
        if item == 3:
            raise Refused("x", twice=True)
        return item

    with pytest.raises(Refused, match="`x` is refused") as caught:
        list(spread(work, range(6), 2))
    assert (caught.value.place, caught.value.twice) == (Place("a.sql", 3), True)


def test_an_error_that_cannot_travel_is_told():
    class Local(Exception):
        pass

    def work(item):
        raise Local("of no module")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "can_fork", lambda: True)
        with pytest.raises(RuntimeError, match="Local: of no module"):
            list(spread(work, range(2), 2))


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "by signal 9 before"),
        (lambda: os._exit(7), "with status 7 before"),
    ],
)
def test_a_process_that_ends_early_is_an_error(monkeypatch, end, message):
    monkeypatch.setattr(workers, "can_fork", lambda: True)
    with pytest.raises(WorkerEnded, match=message):
        list(spread(lambda item: end() if item == 1 else item, range(4), 2))


def test_closing_ends_the_processes(monkeypatch):
    monkeypatch.setattr(workers, "can_fork", lambda: True)
    parent = os.getpid()

    def work(item):
        if item:
            time.sleep(600)
        return os.getpid()

    start = time.monotonic()
    with closing(spread(work, range(3), 3)) as found:
        number, process = next(found)
    assert (number, process != parent) == (0, True)
    assert time.monotonic() - start < 60
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
