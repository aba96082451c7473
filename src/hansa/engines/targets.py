"""From a target's address to an open engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from hansa.engines.duckdb import DuckDbEngine, open_file, open_memory
from hansa.engines.errors import InvalidTarget, TargetMissing
from hansa.engines.postgres import open_server
from hansa.engines.protocol import Engine
from hansa.engines.spark import PARQUET, open_connect, open_local
from hansa.engines.spark_session import LocalPlace
from hansa.projects.variables import expand_variables

# how long a command waits for another one that writes to the same file
PATIENCE = 10.0

_POSTGRES = ("postgresql", "postgres")
_SPARK = ("spark", "sc")

# where a local Spark keeps its tables when the address does not say
_WAREHOUSE = ".hansa/spark"

_MEMORY = re.compile(r"[1-9][0-9]*[kmgKMG]")

_FORM = (
    "write duckdb:///path/to/file.duckdb, relative to the product's directory,"
    " postgresql://user@host/database, spark://local or sc://host:15002"
)


def open_target(
    url: str,
    base: Path,
    environ: Mapping[str, str],
    *,
    read_only: bool = False,
    patience: float = PATIENCE,
) -> Engine:
    """The open engine behind an address such as `duckdb:///.hansa/dev.duckdb`.

    Relative files start at `base`; four slashes make a path absolute; `duckdb:///:memory:`
    is a database that ends with the engine. `${NAME}` is taken from `environ`. A file that
    is not there is made, with its directories, unless `read_only`.

    `postgresql://` addresses are libpq's own. `spark://local/directory` is a warehouse on this
    machine, `sc://host:port` a server of Spark Connect.

    Raises InvalidTarget, UndefinedVariable, TargetBusy (after `patience` seconds) and
    TargetUnreachable, or TargetMissing where a file should only be read.
    """
    address = expand_variables(url, environ)
    if address.partition("://")[0] in _POSTGRES:
        return open_server(address, hide_secrets(address), _secret(address), patience)
    if address.partition("://")[0] in _SPARK:
        return _open_spark(address, base, read_only=read_only, patience=patience)
    location = _location(address)
    if location == ":memory:":
        return open_memory()
    path = base / location
    if read_only and not path.exists():
        raise TargetMissing(f"duckdb:///{location}")
    engine: DuckDbEngine = open_file(
        path, f"duckdb:///{location}", read_only=read_only, patience=patience
    )
    return engine


def target_dialect(url: str) -> str:
    """The SQL dialect of the target at an address. Raises InvalidTarget for an unknown one."""
    scheme = url.partition("://")[0]
    if scheme in _POSTGRES:
        return "postgres"
    if scheme in _SPARK:
        return "spark"
    _location(url)
    return "duckdb"


def hide_secrets(url: str) -> str:
    """The address as messages show it: passwords between user and host, or given as options, go."""
    shown = re.sub(r"^([a-z0-9+]+://[^/@:]*):[^/]*@", r"\1:…@", url, flags=re.IGNORECASE)
    shown = re.sub(r"(;token=)[^;?]*", r"\1…", shown, flags=re.IGNORECASE)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1…", shown, flags=re.IGNORECASE)


def _open_spark(url: str, base: Path, *, read_only: bool, patience: float) -> Engine:
    shown = hide_secrets(url)
    address, _, query = url.partition("?")
    options = dict(parse_qsl(query))
    table_format = options.pop("format", PARQUET)
    if address.startswith("sc://"):
        _refuse_options(shown, options, "write sc://host:15002/;token=…?format=parquet")
        return open_connect(address, shown, table_format, patience)
    form = "write spark://local/directory?format=parquet&memory=2g"
    memory = options.pop("memory", "1g")
    _refuse_options(shown, options, form)
    if not _MEMORY.fullmatch(memory):
        raise InvalidTarget(shown, f"gives Spark the memory `{memory}`", form)
    host, _, directory = address.removeprefix("spark://").partition("/")
    if host != "local":
        raise InvalidTarget(
            shown, f"names the host `{host}`", "reach a Spark elsewhere at its sc://host:15002"
        )
    warehouse = (base / (directory or _WAREHOUSE)).resolve()
    if read_only and not warehouse.exists():
        raise TargetMissing(shown)
    return open_local(LocalPlace(warehouse, shown, memory), table_format, patience)


def _refuse_options(url: str, options: Mapping[str, str], form: str) -> None:
    for name in options:
        raise InvalidTarget(url, f"has the option `{name}`, which Spark does not take here", form)


def _secret(url: str) -> str | None:
    """The password in an address, so that no message of a driver shows it."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query)).get("password")
    return unquote(parts.password) if parts.password else given


def _location(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise InvalidTarget(url, "is not an address", _FORM)
    if scheme != "duckdb":
        raise InvalidTarget(
            hide_secrets(url), f"has the scheme `{scheme}`, which no engine here knows", _FORM
        )
    if not rest.startswith("/") or len(rest) < 2:
        raise InvalidTarget(url, "names no file", _FORM)
    if "\0" in rest:
        raise InvalidTarget(url.replace("\0", "�"), "holds a NUL character", _FORM)
    return rest[1:]
