"""Where `$ref` points inside one JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from hansa.core.suggestion import did_you_mean
from hansa.projects.yaml_document import Mapping, Node, Scalar, Sequence

_PLACES = ("$defs", "definitions")


class RefersBadly(Exception):
    """A reference leads nowhere, out of the file, or back to itself."""

    def __init__(self, node: Node, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.hint = hint


@dataclass(slots=True)
class References:
    """The references of one document."""

    root: Mapping

    def definitions(self) -> dict[str, Node]:
        """The named schemas of the document."""
        found: dict[str, Node] = {}
        for place in _PLACES:
            node = self.root.get(place)
            if isinstance(node, Mapping):
                found |= {key: entry.value for key, entry in node.entries.items()}
        return found

    def used(self) -> frozenset[str]:
        """The names of definitions that another schema refers to."""
        found = set()
        for target in self._targets():
            parts = target.split("/")
            if len(parts) == 3 and parts[0] == "#" and parts[1] in _PLACES:
                found.add(_unescaped(parts[2]))
        return frozenset(found)

    def _targets(self) -> Iterator[str]:
        waiting: list[Node] = [self.root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Sequence):
                waiting.extend(node.items)
            elif isinstance(node, Mapping):
                target = node.get("$ref")
                if isinstance(target, Scalar):
                    yield target.raw
                waiting.extend(entry.value for entry in node.entries.values())

    def resolve(self, schema: Mapping) -> Mapping:
        """The schema that a chain of references ends in. Raises RefersBadly."""
        seen: list[str] = []
        while True:
            reference = schema.get("$ref")
            if reference is None:
                return schema
            target = reference.raw if isinstance(reference, Scalar) else ""
            if target in seen:
                chain = " -> ".join((*seen, target))
                raise RefersBadly(reference, f"the reference leads back to itself: {chain}")
            seen.append(target)
            schema = self._find(target, reference)

    def _find(self, target: str, node: Node) -> Mapping:
        if not target.startswith("#"):
            message = f"the reference `{target}` leads out of the file"
            hint = "put the schema under `$defs` of this file and refer to `#/$defs/…`"
            raise RefersBadly(node, message, hint)
        found: Node | None = self.root
        for part in map(_unescaped, target[1:].split("/")[1:]):
            known: list[str] = []
            if isinstance(found, Mapping):
                known, found = list(found.entries), found.get(part)
            elif isinstance(found, Sequence) and part.isdigit() and int(part) < len(found.items):
                found = found.items[int(part)]
            else:
                found = None
            if found is None:
                message = f"the reference `{target}` leads nowhere"
                raise RefersBadly(node, message, did_you_mean(part, known))
        if target != "#" and not target.startswith("#/"):
            raise RefersBadly(node, f"the reference `{target}` names an anchor", "use `#/$defs/…`")
        if not isinstance(found, Mapping):
            raise RefersBadly(node, f"the reference `{target}` does not lead to a schema")
        return found


def _unescaped(part: str) -> str:
    return unquote(part).replace("~1", "/").replace("~0", "~")
