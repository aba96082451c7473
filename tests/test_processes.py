"""What this machine lets a process do beside itself."""

from hansa import processes
from hansa.processes import can_fork, cores


def test_there_is_a_core():
    assert cores() >= 1


def test_no_fork_beside_threads_of_libraries(monkeypatch):
    monkeypatch.setattr(processes.threading, "active_count", lambda: 10_000)
    assert not can_fork()
    monkeypatch.undo()
    monkeypatch.setattr(processes.sys, "platform", "darwin")
    assert not can_fork()
