"""XML that every reader takes, whatever characters the data has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, indent, tostring

# what XML 1.0 cannot hold, also not as a reference
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def holdable(text: str) -> str:
    r"""The text with characters that XML has no way to write as `\x1b` or `\ud800`."""
    return _IMPOSSIBLE.sub(lambda found: _spelt(ord(found[0])), text)


def _spelt(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def element(tag: str, attributes: Mapping[str, object], *children: Element) -> Element:
    """An element; values are written as texts, None leaves an attribute out."""
    written = {
        name: holdable(str(value)) for name, value in attributes.items() if value is not None
    }
    made = Element(tag, written)
    made.extend(children)
    return made


def document(root: Element, doctype: str = "") -> bytes:
    """The file's bytes, in UTF-8, indented."""
    indent(root)
    text = tostring(root, encoding="unicode")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}{doctype}{text}\n".encode()
