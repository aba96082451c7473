"""What a change requires of the version number: two releases in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.product import DeclaredFix, Policy
from hansa.core.version import Level, Version
from hansa.semver.behaviour import Behaviour, Evidence, behaviour_changes
from hansa.semver.changes import Change
from hansa.semver.matching import match_tables
from hansa.semver.policy import apply_waivers, conditions_of, fixes_for, unmatched_fix
from hansa.semver.rulebook import find_rule
from hansa.semver.side import Side
from hansa.semver.tables import interface_changes

_NO_EVIDENCE: Evidence = MappingProxyType({})


def compare(
    old: Side,
    new: Side,
    policy: Policy | None = None,
    *,
    fixes: Sequence[DeclaredFix] = (),
    evidence: Evidence = _NO_EVIDENCE,
    history: Sequence[Contract] = (),
) -> tuple[Diagnostic, ...]:
    """Every finding about the change from `old` to `new`, the gravest first.

    Each carries the level that it requires. Waived findings stay in the list, marked, with the
    owner's reason. `policy` and `fixes` are the new side's; only those for the new version
    count. `evidence` tells what the old release's published tests showed about rows (column
    None) and values of the new side's tables. `history` holds the contracts of earlier releases
    of the old one's major line, oldest first.
    """
    policy = policy or Policy()
    version = new.contract.version
    tables = match_tables(old, new)
    found = [
        finding
        for change in interface_changes(old, new, tables, history)
        if (finding := _finding(change, policy)) is not None
    ]
    declared = fixes_for(fixes, version)
    behaviours = list(behaviour_changes(tables.kept, old, new, evidence, declared))
    found += [
        finding
        for behaviour in behaviours
        if (finding := _behaviour_finding(behaviour, policy)) is not None
    ]
    used = {id(behaviour.fix) for behaviour in behaviours}
    found = apply_waivers(found, policy.waivers, version)
    found += [unmatched_fix(fix) for fix in declared if id(fix) not in used]
    return tuple(sorted(found, key=lambda finding: -(finding.level or Level.NONE)))


def _finding(
    change: Change, policy: Policy, conditions: frozenset[str] = frozenset()
) -> Diagnostic | None:
    """The finding that the change's rule makes of it; None when the rule asks nothing."""
    rule = find_rule(change.rule)
    holding = change.conditions | conditions_of(policy) | conditions
    level = rule.level_when(holding)
    if level is Level.NONE:
        return None
    if "declared_fix" not in holding:
        level = policy.levels.get(change.rule, level)
    wording = change.wording()
    message = rule.message_when(holding).format_map(wording)
    return Diagnostic(
        rule=change.rule,
        message=f"{message}; {change.remark}" if change.remark else message,
        hint=None if rule.harmless else _hint(change.note, rule.mend.format_map(wording)),
        place=change.place,
        severity=Severity.WARNING,
        level=level,
        table=change.table,
        column=change.column,
    )


def _hint(note: str, mend: str) -> str:
    return f"{note}; {mend}" if note else mend


def _behaviour_finding(behaviour: Behaviour, policy: Policy) -> Diagnostic | None:
    if behaviour.fix is None:
        return _finding(behaviour.change, policy)
    finding = _finding(behaviour.change, policy, frozenset({"declared_fix"}))
    return None if finding is None else replace(finding, reason=behaviour.fix.reason)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a version number is high enough for what changed.

    `required` is the highest level of all findings that are not waived; `lowest` the lowest
    version that would do; `sufficient` whether the new version does.
    """

    required: Level
    sufficient: bool
    lowest: Version
    changes: tuple[Diagnostic, ...]


def judge(old_version: Version, new_version: Version, changes: Sequence[Diagnostic]) -> Verdict:
    """Weighs the findings of `compare` against the two version numbers."""
    required = required_level(changes)
    return Verdict(
        required=required,
        sufficient=old_version.allows(new_version, required),
        lowest=old_version.bump(required),
        changes=tuple(changes),
    )


def required_level(changes: Sequence[Diagnostic]) -> Level:
    """The highest level among the findings that count."""
    counted = [change.level for change in changes if change.level and not change.waived]
    return max(counted, default=Level.NONE)
