"""Lengths of time as contracts write them: `24 h`, `1 d`, `15 minutes`."""

from __future__ import annotations

from datetime import timedelta

_SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
    "d": 86_400,
    "day": 86_400,
    "w": 604_800,
    "week": 604_800,
    "month": 2_629_746,
    "y": 31_556_952,
    "yr": 31_556_952,
    "year": 31_556_952,
}

# the largest unit in which people like to read a length of time, and from which count on
_WORDS = ((timedelta(days=2), "days"), (timedelta(hours=2), "hours"), (timedelta(minutes=2), "min"))
_LENGTHS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "min": timedelta(minutes=1)}


def seconds_in(unit: str) -> int | None:
    """How many seconds a unit of time has, in singular or plural; None for no unit of time."""
    name = unit.casefold().strip()
    return _SECONDS.get(name) or _SECONDS.get(name.removesuffix("s"))


def in_words(length: timedelta) -> str:
    """A length of time rounded down to what a person wants to know: `3 days`, `47 s`."""
    for least, word in _WORDS:
        if length >= least:
            return f"{length // _LENGTHS[word]} {word}"
    return f"{int(length.total_seconds())} s"
