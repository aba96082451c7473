"""The rules as a page of documentation, made from the rules' own files."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.core.version import Level
from hansa.semver.explain import RuleText, explain
from hansa.semver.rulebook import rule_ids

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


def rules_page() -> str:
    """`docs/rules.md`: a table of all rules about changes, then every rule in full."""
    changes = [explain(rule) for rule in rule_ids("change")]
    checks = [explain(rule) for rule in rule_ids("check")]
    parts = [_INTRODUCTION, "## Rules about changes\n", _table(changes)]
    parts += [_section(rule) for rule in changes]
    parts += ["## Rules that `hansa check` applies to one product\n"]
    parts += [_section(rule) for rule in checks]
    return "\n".join(parts)


def _table(rules: Iterable[RuleText]) -> str:
    ordered = sorted(rules, key=lambda rule: (-Level.parse(rule.level or "none"), rule.id))
    rows = [f"| [{rule.id}](#{rule.id}) | {rule.level} | {rule.title} |" for rule in ordered]
    return "\n".join(["| rule | level | what happened |", "|---|---|---|", *rows, ""])


def _section(rule: RuleText) -> str:
    lines = [f"### {rule.id}", ""]
    level = f" Level: **{rule.level}**." if rule.level else ""
    lines += [f"{rule.title}.{level}", "", rule.why, ""]
    if rule.notes:
        lines += [*(f"- {note}" for note in rule.notes), ""]
    for label, text in rule.examples:
        lines += [f"{label.capitalize()}:", "", f"```{_language(text)}", text, "```", ""]
    lines += [f"To mend: {rule.mend}.", ""]
    return "\n".join(lines)


def _language(text: str) -> str:
    return "sql" if "SELECT" in text else "yaml"
