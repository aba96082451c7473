"""The rules as a page of documentation, made from the rules' own files."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hansa.core.version import Level
from hansa.semver.rulebook import Rule, explain, rule_ids

_INTRODUCTION = """\
# Rules

This page is made from the rules' own files by `scripts/new_rule.py --page`; `hansa explain RULE`
prints one of them.

A consumer reads. A change is major when something that a reader could rely on stops being true:
a query that fails, a value that may now appear and could not before, a guarantee that is gone.
It is minor when readers gain something, and patch when they cannot tell. So narrowing is safe
and widening is not, the other way round from a function's parameters.

`policy.rules` in product.yaml gives a rule another level. A waiver under `policy.waivers`
accepts one finding for one version, with a reason that goes into the changelog.
"""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def rules_page() -> str:
    """`docs/rules.md`: a table of all rules about changes, then every rule in full."""
    changes = [explain(rule) for rule in rule_ids("change")]
    checks = [explain(rule) for rule in rule_ids("check")]
    parts = [_INTRODUCTION, "## Rules about changes\n", _table(changes)]
    parts += [_section(rule) for rule in changes]
    parts += ["## Rules that `hansa check` applies to one product\n"]
    parts += [_section(rule) for rule in checks]
    return "\n".join(parts)


def _table(rules: Iterable[Rule]) -> str:
    ordered = sorted(rules, key=lambda rule: (-(rule.level or Level.NONE), rule.id))
    rows = [f"| [{rule.id}](#{rule.id}) | {rule.level} | {rule.title} |" for rule in ordered]
    return "\n".join(["| rule | level | what happened |", "|---|---|---|", *rows, ""])


def _section(rule: Rule) -> str:
    lines = [f"### {rule.id}", ""]
    level = f" Level: **{rule.level}**." if rule.level is not None else ""
    lines += [f"{rule.title}.{level}", "", rule.why, ""]
    notes = case_notes(rule)
    if notes:
        lines += [*(f"- {note}" for note in notes), ""]
    for label, text in rule.examples:
        lines += [f"{label.capitalize()}:", "", f"```{_language(text)}", text, "```", ""]
    lines += [f"To mend: {mend_text(rule)}.", ""]
    return "\n".join(lines)


def case_notes(rule: Rule) -> list[str]:
    """What a rule says under which condition, one sentence each."""
    notes: list[str] = []
    for case in rule.cases:
        level = f"{str(case.level).capitalize()} instead: " if case.level is not None else ""
        if level or case.note:
            notes.append(f"{level}{case.note or case.condition}".rstrip())
    return notes


def mend_text(rule: Rule) -> str:
    """How to do without the finding, with `<table>` where a finding names its own."""
    return _PLACEHOLDER.sub(r"<\1>", rule.mend)


def _language(text: str) -> str:
    return "sql" if "SELECT" in text else "yaml"
