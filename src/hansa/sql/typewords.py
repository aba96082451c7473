"""What the words for types mean in each dialect."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.datatype import DataType, Family

_COMMON: dict[str, DataType] = {}


def _same(words: str, kind: DataType) -> dict[str, DataType]:
    return dict.fromkeys(words.split("|"), kind)


def _define(words: str, kind: DataType) -> None:
    _COMMON.update(_same(words, kind))


def _integer(bits: int, signed: bool = True) -> DataType:
    return DataType(Family.INTEGER, bits=bits, signed=signed)


_FLOAT = DataType(Family.FLOAT, bits=32)
_DOUBLE = DataType(Family.FLOAT, bits=64)
_TIMESTAMP = DataType(Family.TIMESTAMP)
_INSTANT = DataType(Family.TIMESTAMP, timezone=True)
_STRING = DataType(Family.STRING)
_DECIMAL = DataType(Family.DECIMAL)

_define("boolean|bool|logical", DataType(Family.BOOLEAN))
_define("tinyint|int1|byteint", _integer(8))
_define("smallint|int2|int16|short|smallserial|serial2", _integer(16))
_define("integer|int|int4|int32|signed|integral|serial|serial4", _integer(32))
_define("mediumint", _integer(32))
_define("bigint|int8|int64|long|bigserial|serial8", _integer(64))
_define("hugeint|int128", _integer(128))
_define("utinyint|uint8", _integer(8, signed=False))
_define("usmallint|uint16", _integer(16, signed=False))
_define("uinteger|uint|uint32", _integer(32, signed=False))
_define("ubigint|uint64", _integer(64, signed=False))
_define("uhugeint|uint128", _integer(128, signed=False))
_define("real|float|float4|float32", _FLOAT)
_define("double|float8|float64|double precision", _DOUBLE)
_define("decimal|numeric|dec|number|fixed", _DECIMAL)
_define("varchar|text|string|nvarchar|varchar2|nvarchar2|clob|tinytext|mediumtext", _STRING)
_define("longtext|ntext|character varying|char varying|national character varying", _STRING)
_define("char|character|nchar|bpchar|national character", DataType(Family.STRING, fixed=True))
_define(
    "blob|bytea|binary|varbinary|bytes|raw|image|longblob|binary varying", DataType(Family.BINARY)
)
_define("date", DataType(Family.DATE))
_define("time|time without time zone", DataType(Family.TIME))
_define("timetz|time with time zone", DataType(Family.TIME, timezone=True))
_define("timestamp|datetime|timestamp without time zone|timestamp_ntz|timestampntz", _TIMESTAMP)
_define("datetime2|smalldatetime|timestamp_us", _TIMESTAMP)
_define("timestamptz|timestamp with time zone|timestamp_tz|timestamp_ltz|timestampltz", _INSTANT)
_define("datetimeoffset|timestamp with local time zone", _INSTANT)
_define("interval", DataType(Family.INTERVAL))
_define("uuid|guid|uniqueidentifier", DataType(Family.UUID))
_define("json", DataType(Family.JSON))
_define("jsonb", DataType(Family.JSON, name="jsonb"))
_define("array|list", DataType(Family.ARRAY))
_define("map", DataType(Family.MAP))
_define("struct|row|tuple|record", DataType(Family.STRUCT))

_OTHERS = (
    "enum union variant object geography geometry bit bitstring bignum super hllsketch money xml"
    " inet cidr macaddr point line lseg box path polygon circle tsvector tsquery hstore oid"
    " regclass name citext void rowversion hyperloglog ipaddress varbit type"
)
for _word in _OTHERS.split():
    _COMMON[_word] = DataType(Family.OTHER, name=_word)
_COMMON["bit varying"] = DataType(Family.OTHER, name="varbit")


_DUCKDB = {
    "decimal": DataType(Family.DECIMAL, precision=18, scale=3),
    "numeric": DataType(Family.DECIMAL, precision=18, scale=3),
    "dec": DataType(Family.DECIMAL, precision=18, scale=3),
    "timestamp_s": DataType(Family.TIMESTAMP, precision=0),
    "timestamp_ms": DataType(Family.TIMESTAMP, precision=3),
    "timestamp_ns": DataType(Family.TIMESTAMP, precision=9),
    "timestamptz_ns": DataType(Family.TIMESTAMP, precision=9, timezone=True),
    "time_ns": DataType(Family.TIME, precision=9),
    "varint": DataType(Family.OTHER, name="bignum"),
    "bitstring": DataType(Family.OTHER, name="bit"),
    "oid": _integer(64),
}
_POSTGRES = {"float": _DOUBLE, "bytea": DataType(Family.BINARY)}
_HIVE = {
    "timestamp": _INSTANT,
    "timestamp_ntz": _TIMESTAMP,
    "byte": _integer(8),
    "decimal": DataType(Family.DECIMAL, precision=10, scale=0),
    "numeric": DataType(Family.DECIMAL, precision=10, scale=0),
    "dec": DataType(Family.DECIMAL, precision=10, scale=0),
}
_BIGQUERY = {
    **_same("int|integer|smallint|bigint|tinyint|byteint|int64", _integer(64)),
    "float": _DOUBLE,
    "timestamp": _INSTANT,
    "datetime": _TIMESTAMP,
    "numeric": DataType(Family.DECIMAL, precision=38, scale=9),
    "decimal": DataType(Family.DECIMAL, precision=38, scale=9),
    "bignumeric": DataType(Family.DECIMAL, precision=76, scale=38),
    "bigdecimal": DataType(Family.DECIMAL, precision=76, scale=38),
}
_SNOWFLAKE = {
    **_same(
        "int|integer|bigint|smallint|tinyint|byteint|number|decimal|numeric|dec",
        DataType(Family.DECIMAL, precision=38, scale=0),
    ),
    **_same("float|float4|float8|double|real|double precision", _DOUBLE),
}
_MYSQL = {
    "real": _DOUBLE,
    "timestamp": _INSTANT,
    "decimal": DataType(Family.DECIMAL, precision=10, scale=0),
    "numeric": DataType(Family.DECIMAL, precision=10, scale=0),
    "dec": DataType(Family.DECIMAL, precision=10, scale=0),
}
_TSQL = {"bit": DataType(Family.BOOLEAN), "float": _DOUBLE, "tinyint": _integer(8, signed=False)}
_CLICKHOUSE = {"int8": _integer(8), "int256": DataType(Family.OTHER, name="int256")}

_OWN: dict[str, dict[str, DataType]] = {
    "duckdb": _DUCKDB,
    "postgres": _POSTGRES,
    "materialize": _POSTGRES,
    "risingwave": _POSTGRES,
    "redshift": _POSTGRES,
    "spark": _HIVE,
    "spark2": _HIVE,
    "databricks": _HIVE,
    "hive": _HIVE,
    "bigquery": _BIGQUERY,
    "snowflake": _SNOWFLAKE,
    "mysql": _MYSQL,
    "tsql": _TSQL,
    "fabric": _TSQL,
    "clickhouse": _CLICKHOUSE,
}
_WORDS = {dialect: {**_COMMON, **own} for dialect, own in _OWN.items()}


def words_of(dialect: str) -> Mapping[str, DataType]:
    """All words for types of a dialect, in lower case, with what they mean without arguments."""
    return _WORDS.get(dialect, _COMMON)
