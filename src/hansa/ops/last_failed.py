"""Which tests failed when they last ran; kept in the product's .hansa directory."""

from __future__ import annotations

import json
from pathlib import Path

from hansa.ops.replacement import replace_file
from hansa.ops.workspace import Workspace
from hansa.testing.runner import Status, TestReport


def last_failed(workspace: Workspace) -> frozenset[str]:
    """The names of tests that did not pass when they last ran and are still there."""
    known = {test.name for test in workspace.product.tests}
    return frozenset(_read(_path(workspace)) & known)


def remember_failed(workspace: Workspace, report: TestReport) -> None:
    """Note how tests ended. A test that did not run stays as it was."""
    path = _path(workspace)
    before = _read(path)
    known = {test.name for test in workspace.product.tests}
    after = (before & known) - {one.name for one in report.results}
    after |= {one.name for one in report.results if one.status is not Status.PASSED}
    if after == before:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(sorted(after), ensure_ascii=False).encode())
    except OSError:
        # only a convenience: a directory that cannot be written costs nothing else
        return


def _path(workspace: Workspace) -> Path:
    return workspace.directory / ".hansa" / "last-failed.json"


def _read(path: Path) -> set[str]:
    """What was noted; nothing where that cannot be read, as it is only a memory."""
    try:
        names = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return set()
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
