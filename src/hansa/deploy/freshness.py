"""How old the data of public tables is, against what their contracts promise of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from hansa.core.contract import ServiceLevel
from hansa.core.duration import in_words, seconds_in
from hansa.core.release import ReleaseName
from hansa.deploy.definition import Definition, PublicTable
from hansa.deploy.names import interface_schema, store_schema
from hansa.deploy.state import LiveRelease, TargetState
from hansa.deploy.state_store import StateStore
from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Engine
from hansa.sql.identifiers import quote, quote_path

# how far ahead a clock may be before it is told
TOLERANCE = timedelta(minutes=1)

_PROPERTIES = ("freshness", "latency")


class State(StrEnum):
    """What became of a promise about the age of data."""

    MET = "met"
    LATE = "late"
    AHEAD = "ahead"  # the data is from the future: clocks differ, or times are planned ones
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Freshness:
    """One promise about one public table of a live release, and how it stands.

    Without `column`, the age is that of the last publication; with it, that of the newest
    value when the table was last published. `data_at` is what the age counts from; None where
    data is read in place or nothing tells. `reason` says why a state is unknown.
    """

    release: ReleaseName
    table: str
    column: str | None
    limit: timedelta | None
    data_at: datetime | None
    age: timedelta | None
    state: State
    reason: str = ""

    @property
    def broken(self) -> bool:
        """Whether a reader cannot rely on the promise: late, or not known to be met."""
        return self.state is not State.MET

    def __str__(self) -> str:
        name = f"`{self.release.product}.{self.table}` {self.release.version}"
        limit = f"promises data at most {in_words(self.limit)} old" if self.limit else "promises"
        if self.state is State.UNKNOWN:
            return f"{name} promises fresh data, and nobody can tell: {self.reason}"
        if self.age is None or self.data_at is None:
            return f"{name} {limit}, and is read in place"
        at = f"{self.data_at:%Y-%m-%d %H:%M:%S} UTC"
        about = f"the newest `{self.column}`" if self.column else "it was last published"
        if self.state is State.AHEAD:
            told = f"{about} is {at}" if self.column else f"{about} at {at}"
            cause = "clocks differ" + (", or these are planned times" if self.column else "")
            return f"{name}: {told}, {in_words(-self.age)} in the future: {cause}"
        told = (
            f"{about} is {in_words(self.age)} old"
            if self.column
            else f"{about} {in_words(self.age)} ago"
        )
        return f"{name} {limit}, and {told}"


@dataclass(frozen=True, slots=True)
class _Promise:
    """One element of a service level; `reason` says why it cannot be checked."""

    table: str
    column: str | None
    limit: timedelta | None
    reason: str = ""


def freshness_of(
    state: TargetState, release: LiveRelease, now: datetime, name_limit: int
) -> tuple[Freshness, ...]:
    """How each promise of a live release about the age of its data stands at `now`."""
    definition = release.definition
    return tuple(
        _judged(state, definition, promise, now, name_limit) for promise in _promises(definition)
    )


def record_newest(engine: Engine, definitions: Sequence[Definition]) -> None:
    """Measure the newest values of columns whose freshness is promised, and remember them.

    A column that has no newest value, or that the engine cannot order, has nothing recorded.
    """
    wanted: dict[tuple[ReleaseName, str], dict[str, None]] = {}
    for definition in definitions:
        for promise in _promises(definition):
            if promise.column and not promise.reason:
                key = (definition.name, promise.table)
                wanted.setdefault(key, {})[promise.column] = None
    if not wanted:
        return
    measured = {key: _newest(engine, *key, tuple(columns)) for key, columns in wanted.items()}
    records = StateStore(engine)
    with engine.transaction():
        for (release, table), values in measured.items():
            records.put_newest(release, table, values)


def _newest(
    engine: Engine, release: ReleaseName, table: str, columns: Sequence[str]
) -> dict[str, str | None]:
    path = (interface_schema(release.product, release.version, engine.name_limit), table)
    largest = [engine.text_sql(f"max({quote(column, engine.dialect)})") for column in columns]
    read = f"SELECT {', '.join(largest)} FROM {quote_path(path, engine.dialect)}"
    try:
        row = engine.query(read).rows[0]
    except StatementFailed:
        return dict.fromkeys(columns)
    return dict(zip(columns, (None if value is None else str(value) for value in row), strict=True))


def _promises(definition: Definition) -> Iterator[_Promise]:
    for level in definition.service_levels:
        name = "".join(letter for letter in level.property.casefold() if letter.isalnum())
        if name in _PROPERTIES:
            yield from _elements(definition, level)


def _elements(definition: Definition, level: ServiceLevel) -> Iterator[_Promise]:
    limit = _limit(level)
    reason = "" if limit else f"`{level.value} {level.unit or ''}`".replace(" `", "`")
    reason = f"{reason} is no length of time" if reason else ""
    elements = [part.strip() for part in (level.element or "").split(",") if part.strip()]
    for element in elements or [table.contract.name for table in definition.tables]:
        table, _, column = element.partition(".")
        public = definition.table(table)
        lacking = _lacking(public, table, column)
        yield _Promise(table, column or None, limit, reason or lacking)


def _limit(level: ServiceLevel) -> timedelta | None:
    seconds = seconds_in(level.unit or "")
    try:
        number = float(str(level.value))
        return timedelta(seconds=number * seconds) if seconds and number > 0 else None
    except (ValueError, OverflowError):
        return None


def _lacking(public: PublicTable | None, table: str, column: str) -> str:
    if public is None:
        return f"the contract has no table `{table}`"
    if column and public.contract.column(column) is None:
        return f"`{table}` has no column `{column}`"
    return ""


def _judged(
    state: TargetState, definition: Definition, promise: _Promise, now: datetime, name_limit: int
) -> Freshness:
    def told(data_at: datetime | None, found: State, reason: str = "") -> Freshness:
        age = None if data_at is None else now - data_at
        if age is not None and -TOLERANCE <= age < timedelta():
            age = timedelta()
        return Freshness(
            definition.name,
            promise.table,
            promise.column,
            promise.limit,
            data_at,
            age,
            found,
            reason,
        )

    public = definition.table(promise.table)
    if promise.reason or public is None or promise.limit is None:
        return told(None, State.UNKNOWN, promise.reason)
    if promise.column is None:
        data_at = _published_at(state, definition, public.relation, name_limit)
        if data_at is None:
            return told(None, State.MET)
    else:
        value = state.newest.get((definition.name, promise.table, promise.column))
        if value is None:
            return told(None, State.UNKNOWN, f"no newest `{promise.column}` is recorded")
        data_at = _moment(value)
        if data_at is None:
            return told(
                None, State.UNKNOWN, f"`{promise.column}` holds no times, such as `{value}`"
            )
    if data_at > now + TOLERANCE:
        return told(data_at, State.AHEAD)
    return told(data_at, State.LATE if now - data_at > promise.limit else State.MET)


def _moment(text: str) -> datetime | None:
    """A time as an engine writes it; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _published_at(
    state: TargetState, definition: Definition, relation: str, name_limit: int
) -> datetime | None:
    """When the oldest of the stored rows behind a relation were published; None without any."""
    record = state.objects.get((definition.product, relation))
    if record is not None and record.kind.holds_rows:
        return record.built_at
    store = store_schema(definition.product, name_limit)
    found = []
    for path in definition.stored(relation).inputs:
        if path[:-1] == (store,):
            found.append(_published_at(state, definition, path[-1], name_limit))
        else:
            found.append(_required_at(state, definition, path, name_limit))
    return min((moment for moment in found if moment is not None), default=None)


def _required_at(
    state: TargetState, definition: Definition, path: tuple[str, ...], name_limit: int
) -> datetime | None:
    for product, pin in definition.pins.items():
        live = state.find(ReleaseName.parse(f"{product}@{pin.version}"))
        if live is None:
            continue
        shown = interface_schema(product, live.name.version, name_limit)
        public = live.definition.table(path[-1])
        if path[:-1] == (shown,) and public is not None:
            return _published_at(state, live.definition, public.relation, name_limit)
    return None
