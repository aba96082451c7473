"""What a computed model, or one that failed, means for the test that computed it."""

from __future__ import annotations

from collections.abc import Callable

from hansa.core.product import UnitTest
from hansa.engines.sandbox import Sandbox, SandboxError
from hansa.testing.comparison import compare_rows
from hansa.testing.compiled import Relation
from hansa.testing.difference import Difference, describe_difference
from hansa.testing.errors import ModelNotComputed
from hansa.testing.plan import TestPlan


def judge(
    sandbox: Sandbox, plan: TestPlan, compute: Callable[[], Relation]
) -> tuple[str, Difference | None] | None:
    """Why the test fails, in a sentence and in rows where those differ; None when it passes.

    `compute` computes the tested model on the rows that the test gives. What goes wrong with
    the test itself is raised, and so is what goes wrong with a model whose failure is not
    expected.
    """
    test = plan.test
    try:
        relation = compute()
    except (ModelNotComputed, SandboxError) as error:
        if test.error is None or not error.of_values:
            raise
        return None if _is_expected(test.error, error) else (_other_error(test, error), None)
    if test.error is not None:
        return f"`{test.model}` was computed, and an error is expected", None
    difference = compare_rows(sandbox, relation, test, plan.ordering)
    return None if difference is None else (describe_difference(difference), difference)


def _is_expected(text: str, error: ModelNotComputed | SandboxError) -> bool:
    return text.casefold() in _reason(error).casefold()


def _other_error(test: UnitTest, error: ModelNotComputed | SandboxError) -> str:
    return f"the error does not hold `{test.error}`: {_reason(error)}"


def _reason(error: ModelNotComputed | SandboxError) -> str:
    return error.reason if isinstance(error, ModelNotComputed) else error.message
