"""What the properties files of dbt and contracts call by different names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hansa.core.contract import ContractTable

# the key of `meta` that holds promises which dbt has no property for
PROMISES = "contract"
LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "multipleOf": "multiple_of",
}
META = "meta."
_VERSIONED = re.compile(r"(?P<model>.+)_v(?P<version>\d+)\Z")
_BRACE = "{{ '{' }}"
_JINJA = re.compile(r"\{(?=[{%#])")
_REF = re.compile(
    r"""\s*ref\(\s*['"](?P<first>\w+)['"]\s*(?:,\s*['"](?P<second>\w+)['"]\s*)?"""
    r"""(?:,\s*v(?:ersion)?\s*=\s*['"]?(?P<version>\w+)['"]?\s*)?\)\s*\Z"""
)


def written(text: str) -> str:
    """A text that dbt's templates leave as it is."""
    return _JINJA.sub(_BRACE, text)


def parted(text: str) -> str:
    """A text with its braces parted, for what dbt renders twice: descriptions of versions."""
    return _JINJA.sub("{ ", text)


def unwritten(text: str) -> str:
    """The text that dbt makes of what `written` gave."""
    return text.replace(_BRACE, "{")


def custom(extras: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    """The custom properties of a table or column."""
    found = dict(extras).get("customProperties")
    return found if isinstance(found, Mapping) else {}


def version_of(table: ContractTable) -> tuple[str, int | None]:
    """The dbt model that a table is of, and its version where it is one of several."""
    found = _VERSIONED.match(table.name)
    if found is None or custom(table.extras).get("versionOf") != found["model"]:
        return table.name, None
    return found["model"], int(found["version"])


def versioned_name(model: str, version: object) -> str:
    """The name of the table that a version of a model is in a contract."""
    return f"{model}_v{version}"


def read_ref(text: str) -> str | None:
    """The table that a `ref` names, as contracts do; None for anything else."""
    found = _REF.match(text)
    if found is None:
        return None
    name = found["second"] or found["first"]
    if found["version"]:
        name = versioned_name(name, found["version"])
    return f"{found['first']}.{name}" if found["second"] else name
