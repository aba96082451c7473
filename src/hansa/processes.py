"""What this machine lets a process do beside itself."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Whether a forked process can go on working.

    It has none of the other threads, so what a library's own threads would do is never done
    there, and what they had locked stays locked. Python's threads do not count: whoever forks
    beside them has to know what they hold.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        threads = len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return False
    return threads == threading.active_count()
