"""DuckDB's functions that tell the time of day, shadowed by macros that tell a fixed one."""

from __future__ import annotations

from datetime import UTC, datetime

from hansa.sql.identifiers import literal, quote

_DIALECT = "duckdb"

# What each function gives, from the moment as an instant and as a time without a zone. DuckDB
# turns the keywords (CURRENT_DATE, LOCALTIMESTAMP, …) into calls of functions of these names.
_INSTANTS = ("now", "current_timestamp", "get_current_timestamp", "transaction_timestamp")
_LOCAL = ("current_localtimestamp", "localtimestamp")
_DATES = ("current_date", "today")
_LOCAL_TIMES = ("current_localtime", "localtime")
_TIMES = ("get_current_time", "current_time")
_AGE = "age"


def clock_statements(moment: datetime | None) -> list[str]:
    """Statements after which all of the functions tell this moment; None gives them back.

    A moment without an offset is one of UTC, which is the sandbox's zone.
    """
    if moment is None:
        names = (*_INSTANTS, *_LOCAL, *_DATES, *_LOCAL_TIMES, *_TIMES, _AGE)
        return [f"DROP MACRO IF EXISTS main.{quote(name, _DIALECT)}" for name in names]
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    local = f"CAST({literal(utc.replace(tzinfo=None).isoformat(' '), _DIALECT)} AS TIMESTAMP)"
    date = f"CAST({local} AS DATE)"
    bodies = {
        **dict.fromkeys(_INSTANTS, f"({local} AT TIME ZONE 'UTC')"),
        **dict.fromkeys(_LOCAL, local),
        **dict.fromkeys(_DATES, date),
        **dict.fromkeys(_LOCAL_TIMES, f"CAST({local} AS TIME)"),
        **dict.fromkeys(_TIMES, f"CAST(CAST({local} AS TIME) AS TIME WITH TIME ZONE)"),
    }
    made = [_macro(f"{quote(name, _DIALECT)}() AS {body}") for name, body in bodies.items()]
    # with one argument it counts from the day's start; with two it tells no time of day
    one = f"(moment) AS system.main.age({date}, moment)"
    two = "(later, earlier) AS system.main.age(later, earlier)"
    return [*made, _macro(f"{quote(_AGE, _DIALECT)}{one}, {two}")]


def _macro(text: str) -> str:
    return f"CREATE OR REPLACE MACRO main.{text}"
