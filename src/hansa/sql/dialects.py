"""Which SQL dialects there are, and how each of them quotes; known without loading the parser."""

from __future__ import annotations

from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BACKTICK = _names("bigquery databricks doris drill hive mysql prql solr spark spark2 starrocks")
_BRACKET = _names("fabric tableau tsql")
_DOUBLE_QUOTE = _names(
    "athena clickhouse dremio druid duckdb dune exasol materialize oracle postgres presto redshift "
    "risingwave snowflake sqlite teradata trino"
)

DIALECTS = _BACKTICK | _BRACKET | _DOUBLE_QUOTE

# In these, a backslash in a text literal starts an escape.
BACKSLASH_ESCAPES = _names(
    "athena bigquery clickhouse databricks doris hive mysql redshift snowflake spark spark2 "
    "starrocks"
)
# In these, two single quotes inside a text literal do not stand for one.
NO_DOUBLED_QUOTES = _names("bigquery databricks hive spark spark2")
# In these, names without quotes are stored in lower case, and case decides between names.
LOWERCASING = _names("materialize postgres risingwave")


class UnknownDialect(InvalidInput):
    """No SQL dialect has this name."""

    slug = "unknown-dialect"

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.hint = did_you_mean(dialect, DIALECTS) or (
            "write one of: " + ", ".join(sorted(DIALECTS))
        )

    def __str__(self) -> str:
        return f"`{self.dialect}` is not a known SQL dialect"


def check_dialect(dialect: str) -> str:
    """The dialect's name; raises UnknownDialect, with the nearest names, when there is none."""
    if dialect not in DIALECTS:
        raise UnknownDialect(dialect)
    return dialect


def quote_characters(dialect: str) -> tuple[str, str]:
    """The characters that open and close a quoted name."""
    if dialect in _BACKTICK:
        return "`", "`"
    if dialect in _BRACKET:
        return "[", "]"
    check_dialect(dialect)
    return '"', '"'


def fold_name(name: str, quoted: bool, dialect: str) -> str:
    """The name as the dialect stores it, where letter case decides between names."""
    if quoted or dialect not in LOWERCASING:
        return name
    return name.lower()
