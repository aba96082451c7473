"""Every error of these packages is explained."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import hansa.registry.errors
import hansa.resolution.errors
from hansa.errors import HansaError

DOCS = Path(__file__).parents[2] / "docs" / "errors"


@pytest.mark.parametrize("module", [hansa.registry.errors, hansa.resolution.errors])
def test_the_documentation_explains_every_slug(module: ModuleType) -> None:
    kinds = [
        kind
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, HansaError) and kind.__module__ == module.__name__ and name[0] != "_"
    ]
    package = module.__name__.split(".")[1]
    explained = re.findall(r"^- `([a-z-]+)`: .+\.$", (DOCS / f"{package}.md").read_text(), re.M)
    assert sorted(explained) == sorted({kind.slug for kind in kinds})
    assert len({kind.slug for kind in kinds}) == len(kinds)
