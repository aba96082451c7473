"""Proposed tests as YAML for people, and as JSON."""

from __future__ import annotations

from typing import Any

from hansa.cli.render import print_lines, print_sentence
from hansa.ops.generate import Generated
from hansa.testing.generation.trials import Goal


def generated_json(generated: Generated) -> dict[str, Any]:
    """The proposals in their stable JSON shape."""
    proposals = generated.proposals
    return {
        "generated": {
            "model": proposals.model,
            "cases": [
                {"name": case.name, "shows": [_goal(goal) for goal in case.goals]}
                for case in proposals.cases
            ],
            "missed": [_goal(goal) for goal in proposals.missed],
            "out_of_time": proposals.out_of_time,
            "yaml": generated.text,
            "written": generated.written,
        }
    }


def _goal(goal: Goal) -> dict[str, Any]:
    one = goal.obligation
    return {
        "model": goal.model,
        "kind": one.kind,
        "outcome": one.outcome,
        "line": one.line,
        "column": one.column,
    }


def print_generated(generated: Generated) -> None:
    """The cases, or where they went; then what no rows were found for."""
    proposals = generated.proposals
    if not proposals.cases and not proposals.missed:
        print_lines(f"the tests show every outcome of {proposals.model}")
        return
    if proposals.out_of_time:
        print_sentence("warning", "the time for the search was up; `--timeout` gives it more")
    if generated.written is None:
        print_lines(*generated.text.splitlines())
    else:
        count = len(proposals.cases)
        cases = "1 case" if count == 1 else f"{count} cases"
        print_lines(f"added {cases} to {generated.written}: review what they expect")
    if proposals.missed:
        print_lines(
            f"no rows were found for {len(proposals.missed)} outcomes:",
            *(f"  {_words(goal)}" for goal in proposals.missed),
        )


def _words(goal: Goal) -> str:
    one = goal.obligation
    return f"{goal.model} {one.line}:{one.column} {one.kind} {one.outcome}"
