"""What the tests in a properties file of dbt promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hansa.core.contract import Scalar as ScalarValue
from hansa.errors import Place
from hansa.projects.exchange.dbt_words import read_ref, unwritten
from hansa.projects.exchange.imported import ImportReader
from hansa.projects.yaml_document import Mapping, Node, Scalar, Sequence, plain


@dataclass(frozen=True, slots=True)
class OtherTest:
    """A test that a contract has no word for."""

    name: str
    node: Node


@dataclass(slots=True)
class ColumnTests:
    """The promises of the tests of one column, and the tests that are none."""

    required: bool = False
    unique: bool = False
    enum: tuple[ScalarValue, ...] | None = None
    relationships: list[tuple[str, str, Place]] = field(default_factory=list)
    others: list[OtherTest] = field(default_factory=list)


def read_tests(node: Mapping, reader: ImportReader, what: str) -> ColumnTests:
    """The tests of a model or column; problems are noted.

    A test of some rows only, or one that only warns, promises nothing and is among the others.
    """
    found = ColumnTests()
    for key in ("tests", "data_tests"):
        listed = node.get(key)
        if listed is None or (isinstance(listed, Scalar) and listed.value is None):
            continue
        if not isinstance(listed, Sequence):
            message = f"`{key}` of {what} is a list"
            reader.report("wrong_type", listed, message, "begin every item with `- `")
            continue
        for item in listed.items:
            _read_test(item, found, reader, what)
    return found


def _read_test(item: Node, found: ColumnTests, reader: ImportReader, what: str) -> None:
    name, arguments = _parts(item)
    if _is_partial(arguments):
        found.others.append(OtherTest(name, item))
        return
    match name.removeprefix("dbt."):
        case "not_null":
            found.required = True
        case "unique":
            found.unique = True
        case "accepted_values":
            values = arguments.get("values")
            if not isinstance(values, list) or not values:
                message = f"the test `accepted_values` of {what} has no list of `values`"
                reader.report("missing_key", item, message, "add `values: […]`")
                return
            quoted = arguments.get("quote", True) is not False
            found.enum = tuple(_as_text(one) if quoted else one for one in values)
        case "relationships":
            to, column = read_ref(str(arguments.get("to"))), arguments.get("field")
            if to is None or not isinstance(column, str):
                message = f"the test `relationships` of {what} does not lead to a model by `ref`"
                reader.leave(item, message, "write `to: ref('model')` and `field: column`")
                return
            found.relationships.append((to, column, reader.place(item)))
        case _:
            found.others.append(OtherTest(name, item))


def _parts(item: Node) -> tuple[str, dict[str, Any]]:
    """A test's name and its arguments, which newer dbt puts below `arguments`."""
    if isinstance(item, Scalar):
        return item.raw, {}
    if not isinstance(item, Mapping) or not item.entries:
        return "?", {}
    named = item.get("test_name")
    if isinstance(named, Scalar):
        return named.raw, _arguments(item)
    name, entry = next(iter(item.entries.items()))
    return name, _arguments(entry.value)


def _arguments(node: Node) -> dict[str, Any]:
    found: Any = plain(node)
    if not isinstance(found, dict):
        return {}
    inner = found.get("arguments")
    return {**found, **inner} if isinstance(inner, dict) else found


def _is_partial(arguments: dict[str, Any]) -> bool:
    config = arguments.get("config")
    settings = {**arguments, **config} if isinstance(config, dict) else arguments
    warns = str(settings.get("severity", "error")).lower() == "warn"
    return bool(settings.get("where")) or warns or settings.get("enabled") is False


def _as_text(value: Any) -> ScalarValue:
    """A value as the text that dbt compares with, as it puts all of them in quotes."""
    return str(value).lower() if isinstance(value, bool) else unwritten(str(value))
