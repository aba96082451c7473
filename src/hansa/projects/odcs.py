"""Validates a contract against the Open Data Contract Standard's own package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hansa.core.diagnostic import Diagnostic
from hansa.projects.decoding import Reader
from hansa.projects.yaml_document import Mapping, Node, plain
from hansa.projects.yaml_document import Sequence as ListNode


def validate_odcs(text: bytes, file: str) -> tuple[Diagnostic, ...]:
    """What the standard does not allow in the document, each at its line and column.

    Findings have the rule `invalid_odcs`, except for text that is not YAML.
    """
    # Imported here: the package loads pydantic, which takes longer than most commands.
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic import ValidationError

    reader = Reader(file)
    node = reader.read(text)
    if node is None:
        return tuple(reader.findings)
    if not isinstance(node, Mapping):
        reader.report("invalid_odcs", node, "a contract is a mapping of keys")
        return tuple(reader.findings)
    try:
        OpenDataContractStandard.model_validate(plain(node))
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            _report(problem["loc"], problem["msg"], node, reader)
    return tuple(dict.fromkeys(reader.findings))


def _report(path: Sequence[Any], message: str, root: Node, reader: Reader) -> None:
    keys, node = _follow(path, root)
    where = ".".join(keys) or "the document"
    worded = message[:1].lower() + message[1:].rstrip(".")
    hint = "write the value as the Open Data Contract Standard has it"
    reader.report("invalid_odcs", node, f"`{where}` is not valid in ODCS: {worded}", hint)


def _follow(path: Sequence[Any], node: Node) -> tuple[list[str], Node]:
    """As far as the path leads into the document; what is left names types, not places."""
    keys: list[str] = []
    for step in path:
        inner: Node | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            inner = node.get(step)
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            inner = node.items[step]
        if inner is None:
            break
        keys.append(str(step))
        node = inner
    return keys, node
