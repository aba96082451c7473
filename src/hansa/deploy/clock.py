"""Where deploying takes the time from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from hansa.engines.protocol import Engine

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def clock_of(engine: Engine) -> Clock:
    """The target's own clock where it has one, so that all machines agree; else this one's."""
    return lambda: engine.now() or utc_now()
