"""What DuckDB gives as types and NULLs, function by function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hansa.core.datatype import BIGINT, DOUBLE, STRING, UNKNOWN, DataType, Family
from hansa.sql import duckdb_numbers as numbers
from hansa.sql.function_rules import FunctionRule, TypeRule, read_rules, same
from hansa.sql.relations import Null, Value
from hansa.sql.type_rules import TypeRules

# Names are those of the SQL library's node classes, or of functions that it has no class for.
# Parts of dates are `maybe` because an infinite date has none.
_SCALARS = """
abs: number strict
ceil floor: whole strict
sqrt cbrt exp ln log pow sin cos tan asin acos atan atan2 degrees radians even: double strict
pi: double never
rand: double never
sign: tinyint strict
gcd lcm: widenumber strict
factorial: hugeint strict
isnan isinf isfinite: boolean strict
bit_count: tinyint strict
hash: ubigint never
md5 sha2: varchar strict
upper lower trim: varchar strict
length: length strict
arraysize: bigint maybe
strlen: bigint strict
substring left right pad: text maybe
replace splitpart regexpreplace strip_accents translate: varchar strict
reverse repeat: text strict
concat: concatenated maybe
concatws: varchar maybe
format printf: varchar maybe
split regexp_split_to_array regexpextractall: varchar[] maybe
strposition levenshtein: bigint strict
jarowinklersimilarity: double strict
contains startswith endswith prefix regexplike: boolean strict
regexpextract: varchar maybe
ascii unicode: integer strict
chr: varchar maybe
tobase64 hex: varchar strict
encode: blob strict
decode: varchar strict
bar: varchar maybe
year month day hour minute second quarter week weekofyear dayofweek dayofweekiso: bigint maybe
dayofyear dayofmonth century decade era yearweek epoch_us epoch_ns: bigint maybe
millisecond microsecond: bigint maybe
dayname monthname: varchar maybe
timetounix: double maybe
datediff date_sub datesub: bigint maybe
dateadd: dateadded maybe
age: interval maybe
lastday: date maybe
datefromparts: date maybe
timestampfromparts: timestamp maybe
timefromparts: time maybe
timetostr: varchar maybe
strtotime try_strptime: timestamp maybe
datebin: bucket maybe
currentdate: date never
currenttimestamp now get_current_timestamp transaction_timestamp: timestamptz never
currenttime: timetz never
localtimestamp: timestamp never
uuid: uuid never
todays to_hours to_minutes to_seconds to_months to_years to_milliseconds to_weeks: interval strict
to_microseconds: interval strict
attimezone: rezoned maybe
timezone: rezoned_second maybe
date: date strict
cardinality json_array_length list_unique: ubigint maybe
arraycontains: boolean maybe
list_avg: double maybe
arraymin arraymax list_extract arrayfirst arraylast: element maybe
arraysort arraydistinct list_reverse list_sort: same maybe
arrayconcat: firstlist maybe
arrayappend: appended maybe
list_sum: elementsum maybe
list_position arrayposition: integer maybe
arraytostring: varchar maybe
flatten: element maybe
mapkeys: mapkeys maybe
map_values: mapvalues maybe
jsonextract to_json: json maybe
jsonextractscalar: varchar maybe
json_valid: boolean maybe
typeof: varchar never
nullif: same maybe
generateseries: series maybe
"""
_AGGREGATES = """
count approxdistinct: bigint never
countif: hugeint never
sum: sum strict
avg mean: average strict
first last arbitrary mode: only maybe
argmax argmin: byother maybe
quantile percentiledisc approxquantile: quantile maybe
min max anyvalue: only strict
logicaland logicalor: boolean strict
bitwiseandagg bitwiseoragg bitwisexoragg: same strict
median: middle maybe
percentilecont: middle maybe
stddev stddevpop stddevsamp variance variancepop corr covarpop covarsamp regrslope: double maybe
skewness kurtosis entropy product geomean regrintercept regrr2: double maybe
fsum: double strict
arrayagg: list strict
groupconcat: varchar strict
"""
_WINDOWS = """
rownumber rank denserank ntile: bigint never
percentrank cumedist: double never
lag lead nthvalue: same maybe
firstvalue lastvalue: same strict
"""


def _number(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    known = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
    return kind if kind.family in known else UNKNOWN


def _whole(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    if kind.family is Family.DECIMAL and kind.precision:
        return numbers.decimal(kind.precision, 0)
    if kind.family is Family.INTEGER:
        return DOUBLE
    return kind if kind.family is Family.FLOAT else UNKNOWN


def _wide_number(arguments: Sequence[Value]) -> DataType:
    kinds = [value.type for value in arguments]
    if any(kind.family is not Family.INTEGER for kind in kinds):
        return UNKNOWN
    return numbers.HUGEINT if any((kind.bits or 64) > 64 for kind in kinds) else BIGINT


def _text(arguments: Sequence[Value]) -> DataType:
    return STRING if same(arguments).family is Family.STRING else UNKNOWN


def _length(arguments: Sequence[Value]) -> DataType:
    families = (Family.STRING, Family.ARRAY)
    return BIGINT if same(arguments).family in families else UNKNOWN


def _concatenated(arguments: Sequence[Value]) -> DataType:
    known = [value.type for value in arguments if value.literal is not Null.NULL]
    if any(not kind.is_known or kind.family is Family.ARRAY for kind in known):
        return UNKNOWN
    return STRING


def _list(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    return DataType(Family.ARRAY, items=(kind,)) if kind.is_known else UNKNOWN


def _element(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    return kind.items[0] if kind.family is Family.ARRAY and kind.items else UNKNOWN


def _first_list(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    if kind.family is not Family.ARRAY or kind.fixed:
        return UNKNOWN
    return kind if all(value.type in (kind, UNKNOWN) for value in arguments) else UNKNOWN


def _appended(arguments: Sequence[Value]) -> DataType:
    kind = _element(arguments)
    other = arguments[1] if len(arguments) == 2 else Value()
    fits = other.type == kind or (
        isinstance(other.literal, int)
        and kind.family is Family.INTEGER
        and numbers.fits(other.literal, kind)
    )
    return same(arguments) if fits and kind.is_known else UNKNOWN


def _element_sum(arguments: Sequence[Value]) -> DataType:
    return _sum([Value(_element(arguments))])


def _map_part(part: int) -> TypeRule:
    def rule(arguments: Sequence[Value]) -> DataType:
        kind = same(arguments)
        if kind.family is not Family.MAP or len(kind.items) != 2:
            return UNKNOWN
        return DataType(Family.ARRAY, items=(kind.items[part],))

    return rule


def _rezoned(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    if kind.family is not Family.TIMESTAMP or kind.precision is not None:
        return UNKNOWN
    return DataType(Family.TIMESTAMP, timezone=not kind.timezone)


def _bucket(arguments: Sequence[Value]) -> DataType:
    kind = arguments[1].type if len(arguments) == 2 else UNKNOWN
    return kind if kind.family in (Family.DATE, Family.TIMESTAMP) else UNKNOWN


def _date_added(arguments: Sequence[Value]) -> DataType:
    return numbers.add_time(arguments[0].type, arguments[1].type) if len(arguments) > 1 else UNKNOWN


def _series(arguments: Sequence[Value]) -> DataType:
    if any(value.type.family is not Family.INTEGER for value in arguments):
        return UNKNOWN
    return DataType(Family.ARRAY, items=(BIGINT,))


def _sum(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    match kind.family:
        case Family.INTEGER:
            return DOUBLE if (kind.bits, kind.signed) == (128, False) else numbers.HUGEINT
        case Family.BOOLEAN:
            return numbers.HUGEINT
        case Family.DECIMAL:
            return numbers.decimal(38, kind.scale or 0)
        case Family.FLOAT:
            return DOUBLE
        case _:
            return UNKNOWN


def _average(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    match kind.family:
        case Family.INTEGER | Family.DECIMAL | Family.FLOAT:
            return DOUBLE
        case Family.DATE:
            return DataType(Family.TIMESTAMP)
        case Family.TIMESTAMP if kind.precision is None:
            return kind
        case Family.TIME | Family.INTERVAL:
            return kind
        case _:
            return UNKNOWN


def _middle(arguments: Sequence[Value]) -> DataType:
    kind = _quantile(arguments)
    match kind.family:
        case Family.INTEGER:
            return DOUBLE
        case Family.DATE:
            return DataType(Family.TIMESTAMP)
        case Family.DECIMAL | Family.FLOAT:
            return kind
        case Family.TIMESTAMP if kind.precision is None:
            return kind
        case _:
            return UNKNOWN


def _only(arguments: Sequence[Value]) -> DataType:
    """A count of values to return makes a list of them."""
    return same(arguments) if len(arguments) == 1 else UNKNOWN


def _by_other(arguments: Sequence[Value]) -> DataType:
    return same(arguments) if len(arguments) == 2 else UNKNOWN


def _quantile(arguments: Sequence[Value]) -> DataType:
    """A list of fractions gives a list of values."""
    several = any(value.type.family is Family.ARRAY for value in arguments[1:])
    return UNKNOWN if several else same(arguments)


_NAMED: dict[str, TypeRule] = {
    "same": same,
    "number": _number,
    "whole": _whole,
    "widenumber": _wide_number,
    "text": _text,
    "length": _length,
    "concatenated": _concatenated,
    "list": _list,
    "element": _element,
    "firstlist": _first_list,
    "appended": _appended,
    "elementsum": _element_sum,
    "mapkeys": _map_part(0),
    "mapvalues": _map_part(1),
    "rezoned": _rezoned,
    "rezoned_second": lambda arguments: _rezoned(arguments[1:]),
    "bucket": _bucket,
    "dateadded": _date_added,
    "series": _series,
    "sum": _sum,
    "average": _average,
    "middle": _middle,
    "only": _only,
    "byother": _by_other,
    "quantile": _quantile,
}
_OPERATORS = {
    "Add": numbers.add_or_subtract,
    "Sub": numbers.add_or_subtract,
    "Mul": numbers.multiply,
    "Div": numbers.divide,
    "IntDiv": numbers.divide_whole,
    "Mod": numbers.remainder,
}
_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)


class DuckdbRules(TypeRules):
    """DuckDB's types; a test compares them with what DuckDB itself describes."""

    failure_is_null = False

    def __init__(self) -> None:
        super().__init__("duckdb")
        self.functions: Mapping[str, FunctionRule] = read_rules(_SCALARS, "duckdb", _NAMED)
        self.aggregates: Mapping[str, FunctionRule] = read_rules(_AGGREGATES, "duckdb", _NAMED)
        self.windows: Mapping[str, FunctionRule] = read_rules(_WINDOWS, "duckdb", _NAMED)

    def number(self, text: str) -> tuple[DataType, int | None]:
        text = text.replace("_", "")
        if text.isdigit():
            value = int(text)
            for bits in (32, 64, 128):
                if value < 1 << (bits - 1):
                    return DataType(Family.INTEGER, bits=bits), value
            return UNKNOWN, None
        whole, point, fraction = text.partition(".")
        if point and (whole + fraction).isdigit():
            precision = len(whole) + len(fraction)
            return (numbers.decimal(precision, len(fraction)) if precision <= 38 else DOUBLE), None
        return (DOUBLE if "e" in text.lower() else UNKNOWN), None

    def combine(self, values: Sequence[Value]) -> DataType:
        return numbers.choose(values)

    def widest(self, kinds: set[DataType]) -> DataType:
        return numbers.choose([Value(kind) for kind in kinds])

    def arithmetic(self, operator: str, left: Value, right: Value) -> DataType:
        if operator == "Pow":
            return DOUBLE
        if operator == "DPipe":
            return _joined(left.type, right.type)
        one, other = _fitted(left, right), _fitted(right, left)
        if one.family in _NUMBERS and other.family in _NUMBERS:
            rule = _OPERATORS.get(operator)
            return rule(one, other) if rule else _bits(one, other)
        if operator == "Add":
            return numbers.add_time(one, other)
        if operator == "Sub":
            return numbers.subtract_time(one, other)
        if operator in ("Mul", "Div") and numbers.INTERVAL in (one, other):
            return numbers.INTERVAL
        return UNKNOWN

    def date_part(self, part: str) -> DataType:
        return DOUBLE if part.lower() in ("epoch", "julian") else BIGINT

    def truncated(self, _unit: str, value: Value) -> DataType:
        if value.type.family is Family.DATE:
            return DataType(Family.TIMESTAMP)
        return value.type if value.type.family is Family.TIMESTAMP else UNKNOWN


def _fitted(value: Value, beside: Value) -> DataType:
    """A whole number written in SQL has the type of the integer beside it, where it fits."""
    if value.literal is Null.NULL:
        return beside.type if beside.type.family in _NUMBERS else UNKNOWN
    if (
        isinstance(value.literal, int)
        and beside.type.family is Family.INTEGER
        and not isinstance(beside.literal, int)
        and numbers.fits(value.literal, beside.type)
    ):
        return beside.type
    return value.type


def _joined(left: DataType, right: DataType) -> DataType:
    """The type of `||`."""
    if Family.STRING in (left.family, right.family) and left.is_known and right.is_known:
        return UNKNOWN if Family.ARRAY in (left.family, right.family) else STRING
    if left.family is Family.ARRAY and left == right and not left.fixed:
        return left
    return UNKNOWN


def _bits(left: DataType, right: DataType) -> DataType:
    if left.family is Family.INTEGER and right.family is Family.INTEGER:
        return left if left == right else UNKNOWN
    return UNKNOWN
