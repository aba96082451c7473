"""Constructs of DuckDB that PostgreSQL has under another name, or with another type.

Each rewrite gets a node and gives what takes its place, or None when nothing does; one may
also change the tree around its node itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

_INTEGER = "INT"
_BIGINT = "BIGINT"
_DOUBLE = "DOUBLE PRECISION"
_DECIMAL = "DECIMAL"

# DuckDB's functions of one instant, and the field that EXTRACT calls the same
_PARTS: dict[type[exp.Expr], str] = {
    exp.Year: "YEAR",
    exp.Quarter: "QUARTER",
    exp.Month: "MONTH",
    exp.Week: "WEEK",
    exp.Day: "DAY",
    exp.DayOfMonth: "DAY",
    exp.DayOfWeek: "DOW",
    exp.DayOfWeekIso: "ISODOW",
    exp.DayOfYear: "DOY",
    exp.Hour: "HOUR",
    exp.Minute: "MINUTE",
    exp.Second: "SECOND",
}
_FRACTIONAL = frozenset({"SECOND", "SECONDS", "MILLISECONDS", "MICROSECONDS"})
_NAMES = {"DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY", "WEEKDAY": "DOW", "YEARWEEK": None}

_UNITS = {
    f"TO_{unit}S": unit
    for unit in ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND")
}

# what holds every value of a whole number that PostgreSQL lacks
_WIDER = {
    exp.DType.UTINYINT: "SMALLINT",
    exp.DType.USMALLINT: _INTEGER,
    exp.DType.UINT: _BIGINT,
    exp.DType.UBIGINT: "DECIMAL(20, 0)",
    exp.DType.INT128: "DECIMAL(39, 0)",
    exp.DType.UINT128: "DECIMAL(39, 0)",
}


def _cast(value: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build(kind, dialect="postgres"))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _part(field: str, value: exp.Expr) -> exp.Expr:
    """A part of an instant, as the whole number that DuckDB gives; an epoch has a fraction."""
    extract: exp.Expr = exp.Extract(this=exp.Var(this=field), expression=value)
    if field == "EPOCH":
        return _cast(extract, _DOUBLE)
    return _cast(exp.Floor(this=extract) if field in _FRACTIONAL else extract, _BIGINT)


def _named_part(node: exp.Expr) -> exp.Expr | None:
    return _part(_PARTS[type(node)], node.this)


def _extract(node: exp.Expr) -> exp.Expr | None:
    return _field(node.name, node.expression)


def _field(name: str, value: exp.Expr) -> exp.Expr | None:
    field = _NAMES.get(name.upper(), name.upper())
    return None if field is None else _part(field, value)


def _interval(node: exp.Expr) -> exp.Expr | None:
    unit = node.args.get("unit")
    if node.this is None or isinstance(node.this, exp.Literal) or unit is None:
        return None
    return _times(node.this, unit.name.upper().removesuffix("S"))


def _days(node: exp.Expr) -> exp.Expr | None:
    return _times(node.this, "DAY")


def _times(count: exp.Expr, unit: str) -> exp.Expr:
    """An interval of a computed length; DuckDB's are whole but for seconds."""
    kind = _DOUBLE if unit in ("SECOND", "MILLISECOND") else _BIGINT
    one = exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this=unit))
    return exp.Paren(this=exp.Mul(this=_cast(count, kind), expression=one))


def _date(node: exp.Expr) -> exp.Expr | None:
    parts = [node.args.get(name) for name in ("year", "month", "day")]
    given = [_cast(part, _INTEGER) for part in parts if part is not None]
    return _call("MAKE_DATE", *given) if len(given) == 3 else None


def _timestamp(node: exp.Expr) -> exp.Expr | None:
    parts = [node.args.get(name) for name in ("year", "month", "day", "hour", "min")]
    given = [_cast(part, _INTEGER) for part in parts if part is not None]
    seconds = node.args.get("sec")
    if len(given) < 5 or seconds is None:
        return None
    return _call("MAKE_TIMESTAMP", *given, seconds)


def _average(node: exp.Expr) -> exp.Expr | None:
    """PostgreSQL gives an exact number for the average of whole ones, DuckDB a double."""
    whole = node
    while isinstance(whole.parent, exp.Filter | exp.Window) and whole.arg_key == "this":
        whole = whole.parent
    cast = _cast(exp.Null(), _DOUBLE)
    whole.replace(cast)
    cast.set("this", whole)
    return None


def _round(node: exp.Expr) -> exp.Expr | None:
    """PostgreSQL rounds to digits, and halves away from zero, for exact numbers only."""
    node.set("this", _cast(node.this, _DECIMAL))
    return None


def _first(values: exp.Expr, order: exp.Expr | None, known: Sequence[exp.Expr]) -> exp.Expr:
    """The first value of a group, in an order, of the rows in which all of these are known."""
    listed = values if order is None else exp.Order(this=values, expressions=[order])
    chosen: exp.Expr = exp.ArrayAgg(this=listed)
    if known:
        tests = [exp.Not(this=exp.Is(this=one.copy(), expression=exp.Null())) for one in known]
        chosen = exp.Filter(this=chosen, expression=exp.Where(this=exp.and_(*tests)))
    # counted from zero here, and from one where it is written
    return exp.Bracket(this=exp.Paren(this=chosen), expressions=[exp.Literal.number(0)])


def _any_value(node: exp.Expr) -> exp.Expr | None:
    # before PostgreSQL 16 there is none
    if isinstance(node.this, exp.AnyValue) and not isinstance(node.parent, exp.Window):
        return _first(node.this.this, None, [node.this.this])
    return None


def _arg_of(descending: bool) -> Callable[[exp.Expr], exp.Expr | None]:
    def rewrite(node: exp.Expr) -> exp.Expr | None:
        if isinstance(node.parent, exp.Window | exp.Filter) or node.args.get("count"):
            return None
        by = node.expression
        order = exp.Ordered(this=by.copy(), desc=descending, nulls_first=descending)
        return _first(node.this, order, [node.this, by])

    return rewrite


def _group_by_all(node: exp.Expr) -> exp.Expr | None:
    """GROUP BY ALL: by every item that aggregates nothing."""
    select = node.parent
    if not node.args.get("all") or not isinstance(select, exp.Select):
        return None
    items = select.expressions
    if any(item.is_star for item in items):
        return None
    grouped = [
        exp.Literal.number(position)
        for position, item in enumerate(items, 1)
        if not _aggregates(item)
    ]
    if not grouped:
        node.pop()
        return None
    return exp.Group(expressions=grouped)


def _aggregates(item: exp.Expr) -> bool:
    return any(not isinstance(found.parent, exp.Window) for found in item.find_all(exp.AggFunc))


def _matched(node: exp.Expr) -> exp.Expr | None:
    """regexp_extract: a group of the first match, an empty text where nothing matches."""
    pattern, group = node.expression, node.args.get("group")
    number = int(group.name) if group is not None and group.name.isdigit() else 0
    if not isinstance(pattern, exp.Literal) or node.args.get("parameters"):
        return None
    whole = exp.Literal.string(f"({pattern.name})")
    match = exp.Paren(this=_call("REGEXP_MATCH", node.this, whole))
    # the group around all that was put in is the first one
    part = exp.Bracket(this=match, expressions=[exp.Literal.number(number)])
    found = exp.Coalesce(this=part, expressions=[exp.Literal.string("")])
    known = exp.Is(this=node.this.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=known, true=exp.Null())], default=found)


def _written(form: str) -> Callable[[exp.Expr], exp.Expr | None]:
    return lambda node: _call("TO_CHAR", node.this, exp.Literal.string(form))


def _contains(node: exp.Expr) -> exp.Expr | None:
    found = _call("STRPOS", node.this, node.expression)
    return exp.Paren(this=exp.GT(this=found, expression=exp.Literal.number(0)))


def _read_instant(node: exp.Expr) -> exp.Expr | None:
    """strptime: without a zone, as the session's own is put on and taken off again."""
    cast = _cast(exp.Null(), "TIMESTAMP")
    node.replace(cast)
    cast.set("this", node)
    return None


def _type(node: exp.Expr) -> exp.Expr | None:
    wider = _WIDER.get(node.this)
    return None if wider is None else exp.DataType.build(wider, dialect="postgres")


def _function(node: exp.Expr) -> exp.Expr | None:
    """What the SQL library knows by its name only."""
    name, arguments = node.name.upper(), node.expressions
    if name in _UNITS and len(arguments) == 1:
        return _times(arguments[0], _UNITS[name])
    if name in ("DATE_PART", "DATEPART") and isinstance(arguments[0], exp.Literal):
        return _field(arguments[0].name, arguments[1])
    return None


DUCKDB_TO_POSTGRES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
    **dict.fromkeys(_PARTS, _named_part),
    exp.Extract: _extract,
    exp.Interval: _interval,
    exp.ToDays: _days,
    exp.DateFromParts: _date,
    exp.TimestampFromParts: _timestamp,
    exp.Avg: _average,
    exp.Round: _round,
    exp.IgnoreNulls: _any_value,
    exp.ArgMax: _arg_of(descending=True),
    exp.ArgMin: _arg_of(descending=False),
    exp.Group: _group_by_all,
    exp.RegexpExtract: _matched,
    exp.Dayname: _written("FMDay"),
    exp.Monthname: _written("FMMonth"),
    exp.Contains: _contains,
    exp.StrToTime: _read_instant,
    exp.DataType: _type,
    exp.Anonymous: _function,
}
