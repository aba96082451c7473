"""What import-linter cannot say: no stray modules, no large files, no printing."""

from __future__ import annotations

import re
from pathlib import Path

import hansa

ROOT = Path(hansa.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
STRAY = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def test_no_module_is_named_for_nothing() -> None:
    assert [path for path in MODULES if path.stem in STRAY or path.parent.name in STRAY] == []


def test_every_module_says_what_it_is_for_in_one_line() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_files_stay_readable() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in MODULES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 520
    }
    assert long == {}


def test_only_the_command_line_prints() -> None:
    printing = [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if path.parent.name not in ("cli", "verbs", "formats")
        and re.search(r"\bprint\(|\bsys\.stdout\b", path.read_text(encoding="utf-8"))
    ]
    assert printing == []
