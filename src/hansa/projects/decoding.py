"""Typed values from YAML nodes, described by tables of keys; collects every problem."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hansa.core.diagnostic import Diagnostic
from hansa.core.suggestion import did_you_mean
from hansa.errors import HansaError, Place
from hansa.projects.yaml_document import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlInvalid,
    plain,
    read_document,
)


@dataclass(slots=True)
class Reader:
    """One file under reading, and the problems found in it so far."""

    file: str
    findings: list[Diagnostic] = field(default_factory=list)

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return Place(self.file, node.line, node.column)

    def report(self, rule: str, place: Node | Place, message: str, hint: str | None = None) -> None:
        """Note a problem at a node."""
        where = place if isinstance(place, Place) else self.place(place)
        self.findings.append(Diagnostic(rule, message, hint, where))

    def read(self, data: bytes) -> Node | None:
        """The document of the file; None after noting why there is none."""
        try:
            return read_document(data, self.file)
        except YamlInvalid as problem:
            self.report(problem.rule, problem.place, problem.message, problem.hint)
            return None


T = TypeVar("T")
Decoder = Callable[[Node, Reader], Any]
"""Gives the value of a node, or None for null and after noting why it is not valid."""


@dataclass(frozen=True, slots=True)
class Record:
    """The valid keys of a mapping; those that are absent, null or not valid are left out."""

    node: Mapping
    values: MappingOf[str, Any]
    reader: Reader

    def get(self, key: str, default: Any = None) -> Any:
        """The decoded value, else the default."""
        return self.values.get(key, default)

    def at(self, key: str) -> Place:
        """Where the key's value stands; the mapping itself when the key is absent."""
        return self.reader.place(self.node.get(key) or self.node)

    def node_place(self, key: str, name: str) -> Place:
        """Where the value of `name` stands in the mapping under `key`."""
        inner = self.node.get(key)
        value = inner.get(name) if isinstance(inner, Mapping) else None
        return self.reader.place(value or self.node)

    def name_place(self, key: str, name: str) -> Place:
        """Where `name` stands as a key of the mapping under `key`."""
        inner = self.node.get(key)
        entry = inner.entries.get(name) if isinstance(inner, Mapping) else None
        return self.reader.place(entry.key_node if entry else self.node)


@dataclass(frozen=True, slots=True)
class Shape:
    """A mapping with known keys; `what` names it in messages ("a source table")."""

    what: str
    fields: MappingOf[str, Decoder]
    required: tuple[str, ...] = ()
    example: str | None = None

    def __call__(self, node: Node, reader: Reader) -> Record | None:
        if not isinstance(node, Mapping):
            return mismatch(node, reader, f"{self.what} is a mapping of keys", self._hint())
        values: dict[str, Any] = {}
        for key, entry in node.entries.items():
            decode = self.fields.get(key)
            if decode is None:
                self._report_unknown(key, entry.key_node, reader)
                continue
            value = decode(entry.value, reader)
            if value is not None:
                values[key] = value
        for key in self.required:
            self._require(key, node, reader)
        return Record(node, values, reader)

    def _hint(self) -> str:
        return self.example or "write " + ", ".join(
            f"`{key}: …`" for key in self.required or self.fields
        )

    def _report_unknown(self, key: str, node: Node, reader: Reader) -> None:
        hint = did_you_mean(key, self.fields)
        if hint is None:
            hint = "the keys are " + ", ".join(f"`{known}`" for known in self.fields)
        reader.report("unknown_key", node, f"`{key}` is not a key of {self.what}", hint)

    def _require(self, key: str, node: Mapping, reader: Reader) -> None:
        value = node.get(key)
        if value is None:
            reader.report("missing_key", node, f"{self.what} has no `{key}`", f"add `{key}: …`")
        elif isinstance(value, Scalar) and value.value is None:
            hint = f"write a value after `{key}:`"
            reader.report("missing_key", value, f"`{key}` of {self.what} has no value", hint)


def mismatch(node: Node, reader: Reader, allowed: str, hint: str | None = None) -> T | None:
    """Note that a node is not of the allowed form; gives None, with which a decoder may end."""
    match node:
        case Mapping():
            found = "a mapping"
        case Sequence():
            found = "a list"
        case Scalar(value=None):
            found = "empty"
        case Scalar():
            found = f"`{node.raw[:60]}`"
        case _:
            found = "something else"
    reader.report("wrong_type", node, f"{allowed}, and this is {found}", hint)
    return None


def text(node: Node, reader: Reader) -> str | None:
    """A text; numbers and truth values must be put in quotes."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str) or node.value is None:
            return node.value
        mismatch(node, reader, "the value is a text", f'put it in quotes: "{node.raw}"')
        return None
    return mismatch(node, reader, "the value is a text")


def written(node: Node, reader: Reader) -> str | None:
    """The text of a scalar as it is written, so that `1.2` needs no quotes."""
    if isinstance(node, Scalar):
        return None if node.value is None else node.raw
    return mismatch(node, reader, "the value is a text")


def flag(node: Node, reader: Reader) -> bool | None:
    """`true` or `false`."""
    if isinstance(node, Scalar) and (node.value is None or isinstance(node.value, bool)):
        return node.value
    return mismatch(node, reader, "the value is true or false", "write true or false")


def whole_number(node: Node, reader: Reader) -> int | None:
    """A whole number."""
    if isinstance(node, Scalar):
        if node.value is None:
            return None
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
    return mismatch(node, reader, "the value is a whole number")


def number(node: Node, reader: Reader) -> int | float | None:
    """A number."""
    if isinstance(node, Scalar):
        if node.value is None:
            return None
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return node.value
    return mismatch(node, reader, "the value is a number")


def seconds(node: Node, reader: Reader) -> float | None:
    """A length of time, in seconds."""
    found = number(node, reader)
    if found is None or (math.isfinite(found) and found > 0):
        return None if found is None else float(found)
    return mismatch(node, reader, "a time limit is a positive number of seconds")


def scalar(node: Node, reader: Reader) -> Any:
    """A text, number or truth value."""
    if isinstance(node, Scalar):
        return node.value
    return mismatch(node, reader, "the value is a text, a number, or true or false")


def anything(node: Node, _: Reader) -> Any:
    """Any value, without places."""
    return plain(node)


def one_of(*allowed: str) -> Decoder:
    """One of these words."""

    def decode(node: Node, reader: Reader) -> str | None:
        if isinstance(node, Scalar):
            if node.value is None or node.raw in allowed:
                return None if node.value is None else node.raw
            hint = did_you_mean(node.raw, allowed)
        else:
            hint = None
        words = ", ".join(f"`{word}`" for word in allowed)
        return mismatch(node, reader, f"the value is one of {words}", hint)

    return decode


def parsed(decode: Decoder, parse: Callable[[str], Any], rule: str) -> Decoder:
    """What `parse` makes of a text; its HansaError becomes a finding of that rule."""

    def decode_parsed(node: Node, reader: Reader) -> Any:
        value = decode(node, reader)
        if value is None:
            return None
        try:
            return parse(value)
        except HansaError as error:
            reader.report(rule, node, str(error), error.hint)
            return None

    return decode_parsed


def items(decode: Decoder, what: str = "the value") -> Decoder:
    """A list; items that are not valid are left out."""

    def decode_items(node: Node, reader: Reader) -> tuple[Any, ...] | None:
        if isinstance(node, Scalar) and node.value is None:
            return None
        if not isinstance(node, Sequence):
            return mismatch(node, reader, f"{what} is a list", "begin every item with `- `")
        return tuple(_valid_items(node.items, decode, reader))

    return decode_items


def _valid_items(nodes: SequenceOf[Node], decode: Decoder, reader: Reader) -> list[Any]:
    values = []
    for node in nodes:
        if isinstance(node, Scalar) and node.value is None:
            mismatch(node, reader, "an item has a value", "write a value, or remove the item")
            continue
        value = decode(node, reader)
        if value is not None:
            values.append(value)
    return values


def one_or_items(decode: Decoder, what: str = "the value") -> Decoder:
    """A list, or a single item that stands for a list of one."""
    decode_items = items(decode, what)

    def decode_either(node: Node, reader: Reader) -> tuple[Any, ...] | None:
        if isinstance(node, Sequence):
            found: tuple[Any, ...] | None = decode_items(node, reader)
            return found
        value = decode(node, reader)
        return None if value is None else (value,)

    return decode_either


def named(decode: Decoder, what: str, check_name: Decoder | None = None) -> Decoder:
    """A mapping from names to values; `check_name` may refuse a key by returning None.

    Entries whose name or value is not valid are left out.
    """

    def decode_named(node: Node, reader: Reader) -> dict[str, Any] | None:
        if isinstance(node, Scalar) and node.value is None:
            return None
        if not isinstance(node, Mapping):
            return mismatch(node, reader, f"{what} maps names to values", "write `name: value`")
        values: dict[str, Any] = {}
        for key, entry in node.entries.items():
            valid = check_name is None or check_name(entry.key_node, reader) is not None
            value = decode(entry.value, reader)
            if value is not None and valid:
                values[key] = value
            elif value is None and isinstance(entry.value, Scalar) and entry.value.value is None:
                hint = f"write a value after `{key}:`"
                reader.report("missing_key", entry.key_node, f"`{key}` has no value", hint)
        return values

    return decode_named


def later(shape: Callable[[], Decoder]) -> Decoder:
    """A decoder that is looked up when used, for shapes that contain themselves."""

    def decode(node: Node, reader: Reader) -> Any:
        return shape()(node, reader)

    return decode
