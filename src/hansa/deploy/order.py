"""The order in which the relations of a store are made."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.deploy.definition import Definition, StoredObject


def unite(definitions: Iterable[Definition]) -> tuple[StoredObject, ...]:
    """The objects of several releases of a product, each once and after those it reads.

    Where releases share one, the first definition's is taken: give the newest first.
    """
    objects: dict[str, StoredObject] = {}
    for definition in definitions:
        for item in definition.objects:
            objects.setdefault(item.relation, item)
    ordered: dict[str, StoredObject] = {}

    def visit(item: StoredObject) -> None:
        if item.relation in ordered:
            return
        for path in item.inputs:
            below = objects.get(path[-1])
            if below is not None and below is not item:
                visit(below)
        ordered[item.relation] = item

    for item in objects.values():
        visit(item)
    return tuple(ordered.values())
