"""Say what a rule means, why it is there, and how to mend a finding."""

from __future__ import annotations

from hansa.semver.explain import RuleText
from hansa.semver.explain import explain as explain_rule


def explain(rule: str) -> RuleText:
    """Raises UnknownRule, which names the nearest rules."""
    return explain_rule(rule)
