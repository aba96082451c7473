"""A rule in words for people: what it means, why it is there, how to mend a finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hansa.semver.rulebook import Case, Rule, find_rule

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class RuleText:
    """Everything there is to say about one rule.

    `level` is None for a rule that `hansa check` applies to one product. `notes` say what
    changes the level, one sentence each. `examples` are labelled snippets in order.
    """

    id: str
    title: str
    level: str | None
    why: str
    notes: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    mend: str

    def as_dict(self) -> dict[str, Any]:
        """The text as JSON has it."""
        return {
            "rule": self.id,
            "title": self.title,
            "level": self.level,
            "why": self.why,
            "notes": list(self.notes),
            "example": dict(self.examples),
            "mend": self.mend,
        }

    def as_lines(self) -> list[str]:
        """The text as a terminal has it; empty lines part its sections."""
        level = f" ({self.level})" if self.level else ""
        lines = [f"{self.id}{level}: {self.title}", "", *self.why.splitlines()]
        if self.notes:
            lines += ["", *self.notes]
        for label, text in self.examples:
            lines += ["", f"{label}:", *(f"  {line}".rstrip() for line in text.splitlines())]
        return [*lines, "", f"to mend: {self.mend}"]


def explain(rule: str) -> RuleText:
    """The text of one rule; raises UnknownRule with the nearest ids."""
    return rule_text(find_rule(rule))


def rule_text(rule: Rule) -> RuleText:
    """A rule's file in words, with `<table>` where a finding names its own table."""
    return RuleText(
        id=rule.id,
        title=rule.title,
        level=None if rule.level is None else str(rule.level),
        why=rule.why,
        notes=tuple(note for case in rule.cases if (note := _note(case))),
        examples=rule.examples,
        mend=_PLACEHOLDER.sub(r"<\1>", rule.mend),
    )


def _note(case: Case) -> str:
    level = f"{str(case.level).capitalize()} instead: " if case.level is not None else ""
    return f"{level}{case.note or ''}".rstrip()
