"""Propose unit tests for what no test of a model shows, and write them into its test file."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput, Place
from hansa.ops.workspace import Workspace
from hansa.testing.coverage import CoverageRecorder
from hansa.testing.generation.proposals import Proposals, propose_tests
from hansa.testing.generation.search import Effort
from hansa.testing.generation.yaml_text import cases_text, file_text
from hansa.testing.runner import run_tests


class TestFileUnsuitable(InvalidInput):
    """Proposed tests cannot be appended to the model's test file."""

    __test__ = False
    slug = "test-file-unsuitable"
    hint = "let the file end with the list `unit_tests`, or leave `--write` out and copy the cases"

    def __init__(self, place: Place) -> None:
        self.place = place

    def __str__(self) -> str:
        return "tests cannot be added to the end of this file"


class GeneratedModelUnknown(InvalidInput):
    """A model for which tests should be proposed is not one of the product's."""

    slug = "generated-model-unknown"

    def __init__(self, model: str, known: tuple[str, ...]) -> None:
        self.model = model
        self.hint = did_you_mean(model, known) or "name a model by its file's stem"

    def __str__(self) -> str:
        return f"there is no model `{self.model}` to propose tests for"


@dataclass(frozen=True, slots=True)
class Generated:
    """The proposed cases as the text of a test file, and where they were written, if asked."""

    proposals: Proposals
    text: str
    written: str | None = None


def generate(workspace: Workspace, model: str, effort: Effort, *, write: bool) -> Generated:
    """Propose tests for the unmet obligations of a model and the private models below it.

    With `write` they are added to `tests/<model>.yaml`, which is read back before it is
    replaced. Raises GeneratedModelUnknown, TestFileUnsuitable, and what `propose_tests` raises.
    """
    product = workspace.product
    if model not in product.models:
        raise GeneratedModelUnknown(model, tuple(sorted(product.models)))
    recorder = CoverageRecorder(product, workspace.facts, workspace.interfaces)
    workspace.report(f"testing {product.name} with coverage")
    run_tests(product, workspace.facts, workspace.interfaces, observe=recorder)
    workspace.report(f"searching for rows that show what no test of {model} does")
    proposals = propose_tests(
        product, workspace.facts, workspace.interfaces, recorder.report(), model, effort
    )
    text = f"unit_tests:\n{cases_text(proposals.cases)}" if proposals.cases else ""
    written = _write(workspace, proposals) if write and proposals.cases else None
    return Generated(proposals, text, written)


def _write(workspace: Workspace, proposals: Proposals) -> str:
    path = f"tests/{proposals.model}.yaml"
    file = workspace.directory / path
    before = file.read_text(encoding="utf-8") if file.exists() else None
    tests = len(workspace.product.tests)
    file.parent.mkdir(parents=True, exist_ok=True)
    workspace.write(path, file_text(proposals.cases, before))
    if _count(workspace) == tests + len(proposals.cases):
        return path
    if before is None:
        file.unlink()
    else:
        workspace.write(path, before)
    raise TestFileUnsuitable(workspace.place_of(path))


def _count(workspace: Workspace) -> int:
    """How many tests the product has now; none when its files cannot be read."""
    try:
        return len(Workspace(workspace.directory, workspace.environ).product.tests)
    except InvalidInput:
        return -1
