"""The generic tests of a dbt project, and what each of them is attached to."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.projects.dbt.manifest import DbtNode, Manifest


def holds_always(test: DbtNode) -> bool:
    """Whether a generic test is an error for any row that breaks it."""
    severity = (test.config.severity or "error").lower()
    return severity == "error" and not test.config.where and test.config.error_if in (None, "!= 0")


def generic_name(test: DbtNode) -> str | None:
    """Which of dbt's own generic tests a test is; None for those of packages."""
    known = test.test_metadata
    return known.name if known is not None and known.namespace in (None, "dbt") else None


def tests_by_node(manifest: Manifest) -> Mapping[str, list[DbtNode]]:
    """The generic tests of each node or source, by its unique id."""
    found: dict[str, list[DbtNode]] = {}
    for node in manifest.nodes.values():
        if node.resource_type != "test" or node.test_metadata is None:
            continue
        # a test of a source, and any test before dbt 1.6, names nothing that it is attached to
        owner = node.attached_node or (node.depends_on.nodes[-1] if node.depends_on.nodes else None)
        if owner:
            found.setdefault(owner, []).append(node)
    return found
