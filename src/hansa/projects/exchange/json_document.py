"""JSON files as values that know their place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from hansa.errors import Place
from hansa.projects.yaml_document import (
    MAX_DEPTH,
    MAX_NODES,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlInvalid,
    decode_text,
)

_TOKEN = re.compile(
    r'[ \t\r\n]*(?:(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,6})?)"
    r"|(?P<word>true|false|null)|(?P<mark>[{}\[\],:]))"
)
_BLANK = re.compile(r"[ \t\r\n]*")


def read_json(data: bytes, file: str) -> Node:
    """The value of a JSON file; raises YamlInvalid with the place of what is wrong."""
    return _JsonReader(decode_text(data, file), file).read()


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not read yet; `key` waits for its value."""

    node: Sequence | Mapping
    key: Scalar | None = None


@dataclass(slots=True)
class _JsonReader:
    """Reads one token after the other, without recursion."""

    text: str
    file: str
    _at: int = 0
    _line: int = 1
    _line_start: int = 0
    _open: list[_Open] = field(default_factory=list)
    _nodes: int = 0

    def read(self) -> Node:
        root: Node | None = None
        while root is None:
            root = self._value()
        rest = _BLANK.match(self.text, self._at)
        if rest is not None and rest.end() < len(self.text):
            raise self._error(rest.end(), "something follows the value", "remove it")
        return root

    def _value(self) -> Node | None:
        """Read up to the end of one value; the outermost one when it is complete."""
        kind, token, start = self._next()
        if self._open and token in ("}", "]"):
            return self._close(token, start)
        if self._open and isinstance(self._open[-1].node, Mapping):
            kind, token, start = self._key(kind, token, start)
        node = self._node(kind, token, start)
        if isinstance(node, Scalar):
            return self._add(node)
        assert isinstance(node, Sequence | Mapping)
        self._open.append(_Open(node))
        if len(self._open) > MAX_DEPTH:
            message = f"values are nested more than {MAX_DEPTH} levels deep"
            raise self._error(start, message, "write the values with less nesting")
        return None

    def _key(self, kind: str, token: str, start: int) -> tuple[str, str, int]:
        """Read a key and its colon; gives the token that the value begins with."""
        container = self._open[-1]
        assert isinstance(container.node, Mapping)
        if kind != "text":
            raise self._error(start, "a key is a text in double quotes")
        line, column = self._position(start)
        text = self._unquoted(token, start)
        earlier = container.node.entries.get(text)
        if earlier is not None:
            raise YamlInvalid(
                "duplicate_key",
                f"the key `{text}` stands twice, first in line {earlier.key_node.line}",
                Place(self.file, line, column),
                "keep one of the two",
            )
        container.key = Scalar(line, column, text, text, end=line)
        _, colon, at = self._next()
        if colon != ":":
            raise self._error(at, f"no colon follows the key `{text}`")
        return self._next()

    def _node(self, kind: str, token: str, start: int) -> Node:
        line, column = self._position(start)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._error(start, "the file holds too many values", "split it, or shorten it")
        if kind == "mark":
            if token == "{":
                return Mapping(line, column, end=line)
            if token == "[":
                return Sequence(line, column, end=line)
            raise self._error(start, f"`{token}` stands where a value is expected")
        value: Any = self._unquoted(token, start) if kind == "text" else json.loads(token)
        return Scalar(line, column, value if kind == "text" else token, value, end=line)

    def _add(self, node: Node) -> Node | None:
        """Put a complete value where it belongs, and read the comma or bracket behind it."""
        if not self._open:
            return node
        container = self._open[-1]
        if isinstance(container.node, Sequence):
            container.node.items.append(node)
        else:
            assert container.key is not None
            container.node.entries[container.key.raw] = Entry(
                container.key.raw, container.key, node
            )
            container.key = None
        _, token, start = self._next()
        if token == ",":
            _, following, at = self._next(peek=True)
            if following in ("}", "]"):
                raise self._error(at, "no value follows the comma", "remove the comma")
            return None
        if token in ("}", "]"):
            return self._close(token, start)
        raise self._error(start, "a comma is missing between two values")

    def _close(self, token: str, start: int) -> Node | None:
        node = self._open.pop().node
        if token != ("}" if isinstance(node, Mapping) else "]"):
            raise self._error(start, f"`{token}` does not close what is open here")
        node.end = self._position(start)[0]
        return self._add(node)

    def _next(self, peek: bool = False) -> tuple[str, str, int]:
        match = _TOKEN.match(self.text, self._at)
        if match is None or match.lastgroup is None:
            blank = _BLANK.match(self.text, self._at)
            at = blank.end() if blank else self._at
            if at >= len(self.text):
                message = "the file ends in the middle of a value" if at else "the file is empty"
                raise self._error(at, message, "complete the file; it may have been cut off")
            raise self._error(at, f"`{self.text[at : at + 20].splitlines()[0]}` is not JSON")
        kind = match.lastgroup
        if not peek:
            self._at = match.end()
        return kind, match[kind], match.start(kind)

    def _unquoted(self, token: str, start: int) -> str:
        try:
            text: str = json.loads(token)
            text.encode("utf-8")
        except ValueError:
            raise self._error(start, "the text holds an escape that JSON does not know") from None
        return text

    def _position(self, offset: int) -> tuple[int, int]:
        """Line and column; offsets are asked for in nearly ascending order."""
        if offset < self._line_start:
            return (
                self.text.count("\n", 0, offset) + 1,
                offset - self.text.rfind("\n", 0, offset),
            )
        newlines = self.text.count("\n", self._line_start, offset)
        if newlines:
            self._line += newlines
            self._line_start = self.text.rfind("\n", 0, offset) + 1
        return self._line, offset - self._line_start + 1

    def _error(self, offset: int, message: str, hint: str | None = None) -> YamlInvalid:
        line, column = self._position(offset)
        return YamlInvalid("invalid_json", message, Place(self.file, line, column), hint)
