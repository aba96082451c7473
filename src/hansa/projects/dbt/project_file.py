"""Reads dbt_project.yml, as far as hansa needs it."""

from __future__ import annotations

from typing import Any

from hansa.core.diagnostic import Diagnostic
from hansa.projects.dbt.artifacts import FOLDERS, DbtProjectFile
from hansa.projects.errors import ProductInvalid
from hansa.projects.yaml_document import YamlInvalid, plain, read_document


def read_project_file(data: bytes, file: str) -> DbtProjectFile:
    """The values of dbt_project.yml. Raises ProductInvalid when it is no YAML."""
    try:
        document = plain(read_document(data, file))
    except YamlInvalid as problem:
        finding = Diagnostic(problem.rule, problem.message, problem.hint, problem.place)
        raise ProductInvalid([finding]) from None
    keys: dict[str, Any] = document if isinstance(document, dict) else {}
    folders: list[str] = []
    for key, old, default in FOLDERS:
        listed = keys.get(key) or keys.get(old) or [default]
        folders += [str(path) for path in listed] if isinstance(listed, list) else [default]
    version = keys.get("version")
    return DbtProjectFile(
        name=str(keys.get("name") or ""),
        version=str(version) if version is not None else None,
        target_path=str(keys.get("target-path") or "target"),
        packages_path=str(keys.get("packages-install-path") or "dbt_packages"),
        folders=tuple(dict.fromkeys(folders)),
    )
