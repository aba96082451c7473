"""Which models of a dbt project are meant to be read by others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hansa.projects.dbt.load import DbtProject
from hansa.projects.dbt.manifest import DbtNode

_MART_FOLDERS = frozenset({"mart", "marts", "core", "reporting", "presentation"})
_MART_PREFIXES = ("dim_", "fct_", "fact_", "mart_", "rpt_", "agg_")
_INNER_FOLDERS = frozenset({"staging", "stage", "stg", "base", "intermediate", "int", "utils"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that could be public; `reason` says why it is proposed, None when it is not."""

    name: str
    reason: str | None


def propose(project: DbtProject, read_inside: Collection[str]) -> tuple[Candidate, ...]:
    """The project's own models, those first that are proposed; `read_inside` have readers in it."""
    manifest = project.manifest
    exposed = {
        unique_id: exposure.label or exposure.name
        for exposure in manifest.exposures.values()
        for unique_id in exposure.depends_on.nodes
    }
    found = [
        Candidate(
            name, _reason(manifest.nodes[unique_id], name, exposed.get(unique_id), read_inside)
        )
        for unique_id, name in project.translated.names.items()
        if _may_be_public(manifest.nodes[unique_id], manifest.metadata.project_name)
        and name in project.translated.models
    ]
    return tuple(sorted(found, key=lambda one: (one.reason is None, one.name)))


def proposed(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The names of those that are proposed; all, where none is."""
    names = tuple(one.name for one in candidates if one.reason is not None)
    return names or tuple(one.name for one in candidates)


def _may_be_public(node: DbtNode, project: str | None) -> bool:
    return (
        node.resource_type == "model"
        and node.package_name == project
        and node.config.materialized != "ephemeral"
    )


def _reason(
    node: DbtNode, name: str, exposure: str | None, read_inside: Collection[str]
) -> str | None:
    access = node.access or node.config.access
    if access == "public":
        return "it has `access: public`"
    if access == "private":
        return None
    if exposure is not None:
        return f"the exposure {exposure} reads it"
    folders = set(node.original_file_path.lower().split("/")[:-1])
    if folders & _INNER_FOLDERS:
        return None
    if folders & _MART_FOLDERS or node.name.lower().startswith(_MART_PREFIXES):
        return "it is a mart"
    return None if name in read_inside else "nothing in the project reads it"
