"""What is remembered of failed tests between runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import write_files
from tests.projects.samples import FILES

from hansa.ops.last_failed import last_failed, remember_failed
from hansa.ops.workspace import Workspace
from hansa.testing.runner import Status, TestReport, TestResult

TESTS = "unit_tests:\n" + "".join(
    f"  - {{name: {name}, model: orders, expect: {{rows: []}}}}\n" for name in "abc"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    write_files(tmp_path, {**FILES, "tests/orders.yaml": TESTS})
    return Workspace(tmp_path)


def _report(**ends: str) -> TestReport:
    return TestReport(
        tuple(TestResult(name, "orders", Status(end), 0.0) for name, end in ends.items())
    )


def test_failures_are_remembered_until_they_pass(workspace: Workspace) -> None:
    assert last_failed(workspace) == frozenset()
    remember_failed(workspace, _report(a="failed", b="error", c="passed"))
    assert last_failed(workspace) == {"a", "b"}
    # a test that did not run stays as it was
    remember_failed(workspace, _report(a="passed", c="failed"))
    assert last_failed(workspace) == {"b", "c"}
    remember_failed(workspace, _report(b="passed", c="passed"))
    assert last_failed(workspace) == frozenset()


def test_tests_that_are_gone_are_forgotten(workspace: Workspace) -> None:
    remember_failed(workspace, _report(a="failed", b="failed"))
    write_files(workspace.directory, {"tests/orders.yaml": TESTS.replace("name: a", "name: z")})
    assert last_failed(Workspace(workspace.directory)) == {"b"}


@pytest.mark.parametrize("content", [b"\xff", b"{", b"3", b'["a", 3, "c"]'])
def test_a_damaged_memory_is_none(workspace: Workspace, content: bytes) -> None:
    remember_failed(workspace, _report(a="failed"))
    (workspace.directory / ".hansa/last-failed.json").write_bytes(content)
    expected = {"a", "c"} if content.startswith(b"[") else set()
    assert last_failed(workspace) == expected


def test_a_directory_that_cannot_be_written_does_no_harm(workspace: Workspace) -> None:
    (workspace.directory / ".hansa").write_text("in the way")
    remember_failed(workspace, _report(a="failed"))
    assert last_failed(workspace) == frozenset()
