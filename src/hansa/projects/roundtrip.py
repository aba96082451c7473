"""Edits of whole YAML documents by a writer that keeps comments, order and quotes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from hansa.projects.errors import UneditableFile
from hansa.projects.yaml_document import resolve

_PLAIN = re.compile(r"[A-Za-z0-9_^~./][A-Za-z0-9_^~./ -]*\Z", re.ASCII)
_WIDE = 1_000_000


def quote_scalar(text: str) -> str:
    """The text as a YAML scalar on one line, in quotes only where it needs them."""
    if _PLAIN.match(text) and text == text.strip() and isinstance(resolve(text), str):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    escaped = "".join(
        letter if letter.isprintable() and letter not in '"\\' else _escape(letter)
        for letter in text
    )
    return f'"{escaped}"'


def _escape(letter: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    code = ord(letter)
    return short.get(letter) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def edit_document(text: str, file: str, change: Callable[[Any], None]) -> str:
    """The text after `change` was made to its data; comments and order stay.

    Raises UneditableFile when the text cannot be read as YAML.
    """
    # Imported here: reading never needs the writer, which takes longer to load than to run.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    mapping, sequence, offset = _indents(text)
    yaml.indent(mapping=mapping, sequence=sequence, offset=offset)
    yaml.explicit_start = text.lstrip("\ufeff").startswith("---") or None
    try:
        data = yaml.load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        reason = str(getattr(error, "problem", None) or "it is not valid YAML")
        raise UneditableFile(file, reason, "mend the file first") from None
    if data is None:
        data = yaml.map()
    change(data)
    written = io.StringIO()
    yaml.dump(data, written)
    return written.getvalue()


def _indents(text: str) -> tuple[int, int, int]:
    """How the text indents mappings and lists: as its first nested ones do."""
    nested = re.search(r"^[^\s#-][^\n]*:[ ]*\n( +)[^\s#-]", text, re.MULTILINE)
    mapping = len(nested[1]) if nested else 2
    listed = re.search(r"^( *)[^\s#-][^\n]*:[ ]*\n( *)-( +)\S", text, re.MULTILINE)
    if listed is None:
        return mapping, 4, 2
    offset = len(listed[2]) - len(listed[1])
    return mapping, offset + 1 + len(listed[3]), offset
