"""The only place that asks for the time."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Today's date in UTC."""
    return datetime.now(UTC).date()


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)
