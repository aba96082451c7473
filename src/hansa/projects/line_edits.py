"""Edits of single lines of a YAML text, which leave all others as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansa.projects.odcs_document import dump_yaml
from hansa.projects.roundtrip import quote_scalar
from hansa.projects.yaml_document import Mapping as MappingNode
from hansa.projects.yaml_document import Node, Scalar
from hansa.projects.yaml_document import Sequence as SequenceNode

TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,\[\]{}#][^\s,\[\]{}]*""")
_ITEM = re.compile(r"( *)-( +)(?=\S)")


class NotOnLines(Exception):
    """A value is written in a way that editing single lines cannot keep."""


@dataclass(slots=True)
class LineEdits:
    """Edits of one text, collected first and made from the end to the start.

    The caller checks the result, as a line may hold more than what is edited.
    """

    text: str
    _lines: list[str] = field(init=False)
    _edits: list[tuple[int, float, int, str]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._lines = self.text.removeprefix("\ufeff").splitlines(keepends=True)

    def set_value(self, mapping: MappingNode, key: str, value: str) -> None:
        """Give a key of a mapping a value on one line; a new key follows the name."""
        node = mapping.get(key)
        if node is not None:
            self._replace(node, value)
            return
        first = next(iter(mapping.entries.values()), None)
        if first is None or first.value.line != first.value.end:
            raise NotOnLines
        entry = mapping.entries.get("logicalType", first)
        indent = " " * (entry.key_node.column - 1)
        self._insert(entry.value.end, f"{indent}{key}: {quote_scalar(value)}\n")

    def insert_items(
        self, sequence: SequenceNode, after: Node | None, documents: Sequence[Mapping[str, Any]]
    ) -> None:
        """Put new items after one of a list, or before its first for None."""
        if not sequence.items:
            raise NotOnLines
        pattern = after or sequence.items[0]
        indent, gap = self._dash(pattern)
        text = "".join(_item_text(document, indent, gap) for document in documents)
        self._insert(pattern.line - 1 if after is None else self._last_line(after, indent), text)

    def remove_item(self, item: Node) -> None:
        """Remove an item of a list, with the lines that it stands on."""
        indent, _ = self._dash(item)
        last = self._last_line(item, indent)
        self._edits.append((item.line, -1, last, ""))

    def result(self) -> str:
        """The edited text."""
        lines = list(self._lines)
        ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += ending
        for line, column, end, text in sorted(self._edits, key=lambda edit: edit[:2], reverse=True):
            if column == float("inf"):
                lines.insert(line, text.replace("\n", ending))
            elif column < 0:
                del lines[line - 1 : end]
            else:
                start = int(column)
                content = lines[line - 1]
                lines[line - 1] = content[:start] + text + content[end:]
        return "".join(lines)

    def _insert(self, after: int, text: str) -> None:
        self._edits.append((after, float("inf"), after, text))

    def _replace(self, node: Node, value: str) -> None:
        if not isinstance(node, Scalar):
            raise NotOnLines
        match = TOKEN.match(self._lines[node.line - 1], node.column - 1)
        if match is None:
            raise NotOnLines
        self._edits.append((node.line, match.start(), match.end(), quote_scalar(value)))

    def _dash(self, item: Node) -> tuple[int, int]:
        """How far an item's dash is indented, and how many spaces follow it."""
        match = _ITEM.match(self._lines[item.line - 1])
        if match is None or match.end() != item.column - 1:
            raise NotOnLines
        return len(match[1]), len(match[2])

    def _last_line(self, item: Node, indent: int) -> int:
        """The last line of an item, without the blank lines and comments that follow it."""
        last = item.end
        while last > item.line:
            line = self._lines[last - 1]
            comment = line.lstrip().startswith("#") and len(line) - len(line.lstrip()) <= indent
            if line.strip() and not comment:
                break
            last -= 1
        return last


def _item_text(document: Mapping[str, Any], indent: int, gap: int) -> str:
    lines = dump_yaml(document).splitlines(keepends=True)
    first = " " * indent + "-" + " " * gap
    return first + (" " * len(first)).join(lines)
