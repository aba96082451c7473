"""What a change of the public interface requires of the version number, by rules as data."""

from hansa.semver.compare import Verdict, compare, judge, required_level
from hansa.semver.rulebook import Rule, explain, rule_ids
from hansa.semver.side import Side, side_of

__all__ = [
    "Rule",
    "Side",
    "Verdict",
    "compare",
    "explain",
    "judge",
    "required_level",
    "rule_ids",
    "side_of",
]
