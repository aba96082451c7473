from __future__ import annotations

import re
from pathlib import Path

from hansa.errors import HansaError
from hansa.projects import errors, export, scaffold
from hansa.projects.exchange import formats, imported, merge

PAGE = Path(__file__).parents[2] / "docs" / "errors" / "projects.md"


def test_every_error_is_explained() -> None:
    slugs = {
        value.slug
        for module in (errors, export, scaffold, formats, imported, merge)
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, HansaError)
        and value.__module__ == module.__name__
    }
    explained = re.findall(r"^- `([a-z-]+)`: \S.*\.$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert set(explained) == slugs
