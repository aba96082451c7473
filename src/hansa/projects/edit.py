"""Small edits of product.yaml and contract.yaml that keep everything else as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hansa.core.version import Version
from hansa.projects.contract_writer import infer_contract, sync_contract
from hansa.projects.decoding import Reader
from hansa.projects.errors import ProductInvalid, UneditableFile
from hansa.projects.line_edits import TOKEN
from hansa.projects.roundtrip import edit_document, quote_scalar
from hansa.projects.yaml_document import Entry, Mapping, Node, Scalar, parse_document, plain

__all__ = [
    "add_requirement",
    "infer_contract",
    "remove_requirement",
    "set_version",
    "sync_contract",
]


def set_version(contract_text: str, version: Version | str) -> str:
    """The contract with that version. Raises ProductInvalid or UneditableFile."""
    document = _read(contract_text, "contract.yaml")
    node = document.get("version")
    if not isinstance(node, Scalar) or node.value is None:
        return edit_document(
            contract_text, "contract.yaml", lambda data: data.update({"version": str(version)})
        )
    return _replace_token(contract_text, "contract.yaml", node, str(version))


def add_requirement(product_text: str, name: str, constraint: str) -> str:
    """product.yaml that requires the product; an existing constraint is replaced."""
    document = _read(product_text, "product.yaml")
    requires = document.get("requires")
    expected = _plain(document)
    wanted = expected.get("requires") or {}
    expected["requires"] = {**wanted, name: constraint}
    edited = None
    if isinstance(requires, Mapping) and requires.entries:
        present = requires.entries.get(name)
        if present is not None:
            return _replace_token(product_text, "product.yaml", present.value, constraint)
        edited = _insert_entry(product_text, requires, f"{name}: {quote_scalar(constraint)}")
    elif requires is None:
        entry = f"requires:\n  {name}: {quote_scalar(constraint)}"
        edited = _insert_after(product_text, document, ("owner", "dialect"), entry)

    def change(data: dict[str, Any]) -> None:
        known = data.get("requires")
        if isinstance(known, dict):
            known[name] = constraint
        else:
            data["requires"] = {name: constraint}

    return _verified(edited, expected, product_text, change)


def remove_requirement(product_text: str, name: str) -> str:
    """product.yaml that no longer requires the product; unchanged when it does not."""
    document = _read(product_text, "product.yaml")
    requires = document.get("requires")
    if not isinstance(requires, Mapping) or name not in requires.entries:
        return product_text
    expected = _plain(document)
    del expected["requires"][name]
    if not expected["requires"]:
        del expected["requires"]
        edited = _without_lines(product_text, document.entries["requires"], requires.entries[name])
    else:
        edited = _without_lines(product_text, requires.entries[name], requires.entries[name])

    def change(data: dict[str, Any]) -> None:
        known = data["requires"]
        assert isinstance(known, dict)
        del known[name]
        if not known:
            del data["requires"]

    return _verified(edited, expected, product_text, change)


def _read(text: str, file: str) -> Mapping:
    reader = Reader(file)
    node = reader.read(text.encode())
    if reader.findings:
        raise ProductInvalid(reader.findings)
    if isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and node.value is None:
        return Mapping(1, 1)
    raise UneditableFile(file, "it is not a mapping of keys", "begin with `name: …`")


def _plain(document: Node) -> dict[str, Any]:
    found: dict[str, Any] = plain(document)
    return found


def _verified(
    edited: str | None,
    expected: dict[str, Any],
    original: str,
    change: Callable[[dict[str, Any]], None],
) -> str:
    """The edited text if it says exactly what it should, else the edit by a YAML writer.

    Lines can be edited only where every entry stands on a line of its own.
    """
    if edited is not None:
        reader = Reader("product.yaml")
        node = reader.read(edited.encode())
        if node is not None and plain(node) == expected:
            return edited
    return edit_document(original, "product.yaml", change)


def _replace_token(text: str, file: str, node: Node, value: str) -> str:
    """Put another scalar where that node stands."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    line = lines[node.line - 1]
    match = TOKEN.match(line, node.column - 1)
    edited = None
    if match is not None:
        lines[node.line - 1] = line[: match.start()] + quote_scalar(value) + line[match.end() :]
        edited = "".join(lines)
    if edited is None or not _says(edited, node, value):
        hint = f"write the value `{value}` in line {node.line} yourself"
        raise UneditableFile(file, "the value is not written on one line", hint)
    return edited


def _says(text: str, node: Node, value: str) -> bool:
    waiting = [parse_document(text, "")]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Scalar):
            if (current.line, current.column) == (node.line, node.column):
                return current.raw == value
        elif isinstance(current, Mapping):
            waiting.extend(entry.value for entry in current.entries.values())
    return False


def _insert_entry(text: str, mapping: Mapping, entry: str) -> str:
    """Put an entry on a line of its own after the last one."""
    lines = text.splitlines(keepends=True)
    last = list(mapping.entries.values())[-1]
    indent = " " * (last.key_node.column - 1)
    return _insert_line(lines, last.value.line, f"{indent}{entry}")


def _insert_after(text: str, document: Mapping, keys: tuple[str, ...], entry: str) -> str:
    """Put an entry of the document after the last of the keys that it has, else at the end."""
    lines = text.splitlines(keepends=True)
    present = [key for key in document.entries if key in keys]
    line = _last_line(document.entries[present[-1]].value) if present else len(lines)
    return _insert_line(lines, line, entry)


def _last_line(node: Node) -> int:
    if isinstance(node, Mapping) and node.entries:
        return max(_last_line(entry.value) for entry in node.entries.values())
    return node.line


def _insert_line(lines: list[str], after: int, line: str) -> str:
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines and after and not lines[after - 1].endswith(("\n", "\r")):
        lines[after - 1] += ending
    lines.insert(after, line.replace("\n", ending) + ending)
    return "".join(lines)


def _without_lines(text: str, first: Entry, last: Entry) -> str:
    lines = text.splitlines(keepends=True)
    del lines[first.key_node.line - 1 : last.value.line]
    return "".join(lines)
