"""What Spark, its Java process and its server say, as hansa's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hansa.engines.errors import StatementFailed, TargetFailed

# classes of SQLSTATE that are about the statement or its data, and not about the target
_INSIDE = ("07", "0A", "21", "22", "23", "38", "42", "54")

# conditions with such a state that are about files nevertheless
_OUTSIDE = ("PATH_NOT_FOUND", "FAILED_READ_FILE", "CANNOT_LOAD_STATE_STORE")

_CONDITION = re.compile(r"\[(?P<name>[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]\s*(?P<text>[^\n]*)")
_STATE = re.compile(r"SQLSTATE: (?P<state>[0-9A-Z]{5})")
_CLASS = re.compile(r"^(?:[a-z][\w$]*\.)+[A-Z][\w$.]*(?:Exception|Error): *")
_PROXY = re.compile(r"^An error occurred while calling \S+\s*:?\s*")
_GRPC = re.compile(r'details = "(?P<details>[^"\n]*)')


# conditions that are about the statement or its values
_WRONG = (
    "PARSE_SYNTAX_ERROR",
    "TABLE_OR_VIEW_NOT_FOUND",
    "TABLE_OR_VIEW_ALREADY_EXISTS",
    "UNRESOLVED_",
    "CAST_",
    "DATATYPE_MISMATCH",
    "DIVIDE_BY_ZERO",
    "ARITHMETIC_OVERFLOW",
    "NUMERIC_VALUE_OUT_OF_RANGE",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of Spark: its condition and SQLSTATE where it names them, and a sentence."""

    condition: str
    state: str
    reason: str

    @property
    def about_statement(self) -> bool:
        if self.condition.startswith(_OUTSIDE):
            return False
        # Spark 3.5 tells no SQLSTATE
        return self.state.startswith(_INSIDE) or self.condition.startswith(_WRONG)


def read_failure(error: BaseException) -> Failure:
    """What a driver's exception tells, without the picture of the statement and the stack."""
    message = str(error)
    state = _STATE.search(message)
    named = _CONDITION.search(message)
    if named:
        reason = _sentence(_STATE.sub("", named["text"]))
        return Failure(named["name"], state["state"] if state else "", reason)
    details = _GRPC.search(message)
    return Failure("", state["state"] if state else "", _plain(details[1] if details else message))


def _plain(message: str) -> str:
    text = _PROXY.sub("", message.strip())
    line = next((line for line in text.splitlines() if line.strip()), "it gave no reason")
    while _CLASS.match(line.strip()):
        line = _CLASS.sub("", line.strip())
    return _sentence(line)


def _sentence(text: str) -> str:
    """The first sentence, as the end of another one."""
    line = re.split(r"(?<=[a-z0-9`\"')])\. +(?=[A-Z])", " ".join(text.split()), maxsplit=1)[0]
    line = line.rstrip(" .!")[:600]
    return line[:1].lower() + line[1:] if line[:2].istitle() or line[:2] == "A " else line


@contextmanager
def raising(url: str, sql: str) -> Iterator[None]:
    """Turns what the driver raises into StatementFailed and TargetFailed."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        failure = read_failure(error)
        if failure.about_statement:
            raise StatementFailed(failure.reason, sql) from None
        raise TargetFailed(url, failure.reason) from None
    except (Py4JError, ConnectionError, EOFError) as error:
        failure = read_failure(error)
        if failure.about_statement:
            raise StatementFailed(failure.reason, sql) from None
        raise TargetFailed(url, failure.reason) from None
    except Exception as error:
        # the client of a server has errors of its own kind, which need not be installed
        if not type(error).__module__.startswith(("grpc", "pyspark")):
            raise
        raise TargetFailed(url, read_failure(error).reason) from None
