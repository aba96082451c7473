"""YAML files as values that know their place, under YAML 1.2's core schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from hansa.core.contract import Scalar as ScalarValue
from hansa.errors import Place

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 1_000_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_CORE_TAGS = frozenset(
    _TAG + word for word in ("str", "int", "float", "bool", "null", "map", "seq")
)
_WORDS: dict[str, ScalarValue] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,1000}\Z|0o[0-7]{1,1000}\Z|0x[0-9a-fA-F]{1,1000}\Z", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]{1,400}|[0-9]{1,400}(\.[0-9]{0,400})?)([eE][-+]?[0-9]{1,6})?\Z", re.ASCII
)
_NUMBER_STARTS = frozenset("+-.0123456789")


class YamlInvalid(Exception):
    """A text is not a YAML document that can be read; told as a finding by the caller."""

    def __init__(self, rule: str, message: str, place: Place, hint: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.place = place
        self.hint = hint


@dataclass(slots=True)
class Node:
    """One value of a document; line and column are 1-based, `end` is its last line.

    The end of a block of text may lie behind blank lines and comments that follow it.
    """

    line: int
    column: int
    end: int = field(default=0, compare=False, kw_only=True)


@dataclass(slots=True)
class Scalar(Node):
    """A text, number, truth value or null; `raw` is its text without quotes."""

    raw: str
    value: ScalarValue


@dataclass(slots=True)
class Sequence(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """One key of a mapping with its value; `key` is always text, as it is written."""

    key: str
    key_node: Node
    value: Node


@dataclass(slots=True)
class Mapping(Node):
    """Keys and values in the order of the document."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        entry = self.entries.get(key)
        return entry.value if entry else None


def read_document(data: bytes, file: str) -> Node:
    """The only document of a YAML file; a null scalar for an empty one.

    Raises YamlInvalid for text that is not UTF-8 or not YAML, and for what untrusted YAML
    could use to harm: tags, alias bombs, deep nesting, large files.
    """
    return parse_document(decode_text(data, file), file)


def parse_document(text: str, file: str) -> Node:
    """As read_document, of a text."""
    if len(text) > MAX_BYTES:
        raise _too_large(file)
    composer = _Composer(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, file, text) from None
    except yaml.YAMLError:
        raise _character_error(file, text) from None
    return composer.root or Scalar(1, 1, "", None)


def decode_text(data: bytes, file: str) -> str:
    """The text of a UTF-8 file, without byte order mark; raises YamlInvalid for anything else."""
    if len(data) > MAX_BYTES:
        raise _too_large(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file, data.count(b"\n", 0, error.start) + 1)
        hint = "save the file as UTF-8 text"
        raise YamlInvalid("not_text", "the file is not UTF-8 text", place, hint) from None
    if "\0" in text:
        place = Place(file, text.count("\n", 0, text.index("\0")) + 1)
        raise YamlInvalid("not_text", "the file holds NUL characters", place, "write it as text")
    return text


def _too_large(file: str) -> YamlInvalid:
    limit = MAX_BYTES // (1024 * 1024)
    message = f"the file is larger than {limit} MiB"
    return YamlInvalid("file_too_large", message, Place(file), "split it, or shorten it")


class _Composer:
    """Builds the tree from parse events, one after the other, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Node | None] = []
        self._anchors: dict[str, Node] = {}
        self._weights: dict[int, int] = {}
        self._counts = [0]

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._add(self._scalar(event), event.anchor)
            self._count(1, event.start_mark)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._start(event, Mapping if kind is yaml.MappingStartEvent else Sequence)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close(event)
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent and self.root is not None:
            mark = event.start_mark
            hint = "keep one document and remove the line `---`"
            raise self._error("the file holds more than one YAML document", mark, hint)

    def _error(self, message: str, mark: Any, hint: str | None = None) -> YamlInvalid:
        place = Place(self.file, mark.line + 1, mark.column + 1)
        return YamlInvalid("invalid_yaml", message, place, hint)

    def _scalar(self, event: Any) -> Scalar:
        mark, raw = event.start_mark, event.value
        self._check_tag(event)
        plain = event.implicit[0] or event.tag not in (None, "!", _TAG + "str")
        value = resolve(raw) if plain else raw
        last = event.end_mark
        end = last.line + (last.column > 0 or last.line == mark.line)
        return Scalar(mark.line + 1, mark.column + 1, raw, value, end=end)

    def _check_tag(self, event: Any) -> None:
        if event.tag not in (None, "!") and event.tag not in _CORE_TAGS:
            tag = event.tag.replace(_TAG, "!!")
            raise self._error(f"the tag `{tag}` is not allowed", event.start_mark, "remove the tag")

    def _start(self, event: Any, kind: type[Mapping] | type[Sequence]) -> None:
        self._check_tag(event)
        mark = event.start_mark
        if len(self._open) >= MAX_DEPTH:
            message = f"values are nested more than {MAX_DEPTH} levels deep"
            raise self._error(message, mark, "write the values with less nesting")
        node = kind(mark.line + 1, mark.column + 1)
        # Only brackets have an end of their own; a block ends where its last value does.
        node.end = node.line if event.flow_style else 0
        self._add(node, event.anchor)
        self._open.append(node)
        self._keys.append(None)
        self._counts.append(1)

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        mark = event.start_mark
        if node is None:
            raise self._error(f"no anchor `&{event.anchor}` stands before this alias", mark)
        if any(node is outer for outer in self._open):
            raise self._error(f"the anchor `&{event.anchor}` contains itself", mark)
        self._count(self._weights.get(id(node), 1), mark)
        self._add(node, None)

    def _count(self, weight: int, mark: Any) -> None:
        """Count what aliases stand for, so that aliases of aliases cannot grow without limit."""
        self._counts[-1] += weight
        if self._counts[-1] > MAX_NODES:
            raise self._error("the file holds too many values", mark, "split it, or shorten it")

    def _close(self, event: Any) -> None:
        node, mark = self._open.pop(), event.start_mark
        if node.end:
            node.end = event.end_mark.line + 1
        else:
            node.end = max((inner.end for inner in _inner(node)), default=node.line)
        self._keys.pop()
        weight = self._counts.pop()
        if self._anchors:
            self._weights[id(node)] = weight
        self._count(weight, mark)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        container = self._open[-1]
        if isinstance(container, Sequence):
            container.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
            return
        self._keys[-1] = None
        self._enter(container, key, node)

    def _enter(self, mapping: Mapping, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            place = Place(self.file, key.line, key.column)
            raise YamlInvalid("invalid_yaml", "a key is a list or a mapping", place, "use a text")
        earlier = mapping.entries.get(key.raw)
        if earlier is not None:
            raise YamlInvalid(
                "duplicate_key",
                f"the key `{key.raw}` stands twice, first in line {earlier.key_node.line}",
                Place(self.file, key.line, key.column),
                "keep one of the two",
            )
        mapping.entries[key.raw] = Entry(key.raw, key, value)


def _inner(node: Sequence | Mapping) -> list[Node]:
    """The last value in a container, if any; what stands before it ends before it."""
    if isinstance(node, Sequence):
        return node.items[-1:]
    return [entry.value for entry in list(node.entries.values())[-1:]]


def resolve(raw: str) -> ScalarValue:
    """The value of a plain scalar: `NO`, `on` and dates are texts, as YAML 1.2 has it."""
    if raw in _WORDS:
        return _WORDS[raw]
    if raw[0] not in _NUMBER_STARTS:
        return raw
    if _INTEGER.match(raw):
        bases = {"0o": 8, "0x": 16}
        base = bases.get(raw[:2])
        return int(raw[2:], base) if base else int(raw)
    return float(raw) if _FLOAT.match(raw) else raw


def plain(node: Node) -> Any:
    """The value without places: dicts, lists and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {key: plain(entry.value) for key, entry in node.entries.items()}


_HINTS = (
    ("mapping values are not allowed", "put a text that holds `: ` in quotes"),
    ("did not find expected key", "check the indentation and the quotes of the lines above"),
    ("did not find expected '-'", "check the indentation: every item begins with `- `"),
    ("did not find expected ',' or", "close the bracket, or put a comma between the items"),
    ("cannot start any token", "put a text that begins with this character in quotes"),
    ("could not find expected ':'", "write `key: value`, with a space after the colon"),
    ("found unexpected end of stream", "close the quotes"),
    ("found undefined alias", "write the value out"),
)


def _syntax_error(error: yaml.MarkedYAMLError, file: str, text: str) -> YamlInvalid:
    conflict = text.find("\n<<<<<<< ") + 1
    if conflict:
        place = Place(file, text.count("\n", 0, conflict) + 1, 1)
        message = "the file holds the marks of a merge conflict"
        return YamlInvalid("invalid_yaml", message, place, "resolve the conflict")
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    problem = (error.problem or "it cannot be parsed").rstrip(".")
    hint = next((hint for words, hint in _HINTS if words in problem), None)
    lines = text.splitlines()
    if (
        mark
        and mark.line < len(lines)
        and lines[mark.line][: mark.column + 1].strip(" ")[:1] == "\t"
    ):
        hint = "indent with spaces instead of tabs"
    return YamlInvalid("invalid_yaml", f"the file is not valid YAML: {problem}", place, hint)


def _character_error(file: str, text: str) -> YamlInvalid:
    found = next((at for at, letter in enumerate(text) if _is_forbidden(letter)), None)
    place = Place(file)
    if found is not None:
        line = text.count("\n", 0, found) + 1
        place = Place(file, line, found - text.rfind("\n", 0, found))
    message = "the file holds a control character, which YAML does not allow"
    return YamlInvalid("invalid_yaml", message, place, "remove it, or write it as an escape")


def _is_forbidden(letter: str) -> bool:
    code = ord(letter)
    return (
        (code < 0x20 and letter not in "\t\n\r") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
    )
