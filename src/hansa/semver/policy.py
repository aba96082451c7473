"""The owner's own rules: levels, waivers and declared fixes, applied to findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hansa.core.diagnostic import Diagnostic, Place, Severity
from hansa.core.product import DeclaredFix, Policy, Waiver
from hansa.core.suggestion import did_you_mean
from hansa.core.version import Level, Version
from hansa.semver.rulebook import rule_ids

PROFILES = ("standard", "strict")


def check_policy(policy: Policy, place: Place | None = None) -> tuple[Diagnostic, ...]:
    """Findings about a policy that names rules or a profile that do not exist.

    `place` is where the policy stands; waivers know their own place.
    """
    known = rule_ids("change")
    found: list[Diagnostic] = []
    if policy.profile not in PROFILES:
        hint = did_you_mean(policy.profile, PROFILES) or "write `standard` or `strict`"
        found.append(
            Diagnostic("unknown_profile", f"there is no profile `{policy.profile}`", hint, place)
        )
    named = [(rule, place) for rule in policy.levels]
    named += [(waiver.rule, waiver.place or place) for waiver in policy.waivers]
    for rule, where in named:
        if rule not in known:
            hint = did_you_mean(rule, known) or "see docs/rules.md for all rules"
            message = f"there is no rule `{rule}` about changes"
            found.append(Diagnostic("unknown_rule", message, hint, where))
    return tuple(found)


def conditions_of(policy: Policy) -> frozenset[str]:
    """What a rule's level may depend on beside the change itself."""
    found = {"strict"} if policy.profile == "strict" else set()
    return frozenset(found | {"positional"} if policy.positional else found)


def apply_waivers(
    findings: Sequence[Diagnostic], waivers: Sequence[Waiver], version: Version
) -> list[Diagnostic]:
    """The findings with those marked that the owner accepts for this version.

    A waiver is for one finding: of its rule, table and column. Without a column it also takes
    the only finding of its rule in that table. Waivers for this version that take none are
    findings of their own; those for other versions lie dormant.
    """
    applied = list(findings)
    unmatched: list[Diagnostic] = []
    for waiver in waivers:
        if waiver.version != version:
            continue
        spot = _waived_spot(applied, waiver)
        if spot is None:
            unmatched.append(_unmatched_waiver(waiver))
        else:
            applied[spot] = replace(applied[spot], waived=True, reason=waiver.reason)
    return applied + unmatched


def _waived_spot(findings: Sequence[Diagnostic], waiver: Waiver) -> int | None:
    candidates = [
        spot
        for spot, finding in enumerate(findings)
        if finding.rule == waiver.rule
        and (finding.table or "") == waiver.table
        and not finding.waived
    ]
    exact = [spot for spot in candidates if findings[spot].column == waiver.column]
    if len(exact) == 1:
        return exact[0]
    if waiver.column is None and not exact and len(candidates) == 1:
        return candidates[0]
    return None


def _unmatched_waiver(waiver: Waiver) -> Diagnostic:
    subject = f"`{waiver.table}`" + (f".`{waiver.column}`" if waiver.column else "")
    return Diagnostic(
        rule="waiver_unmatched",
        message=f"the waiver of `{waiver.rule}` for {subject} in {waiver.version} meets no finding",
        hint="remove the waiver, or name rule, table and column of exactly one finding",
        place=waiver.place,
        severity=Severity.WARNING,
        level=Level.NONE,
        table=waiver.table or None,
        column=waiver.column,
    )


def fixes_for(fixes: Iterable[DeclaredFix], version: Version) -> list[DeclaredFix]:
    """The fixes that were declared for exactly this version."""
    return [fix for fix in fixes if fix.version == version]


def unmatched_fix(fix: DeclaredFix) -> Diagnostic:
    """The finding that a declared fix covers no change of rows or values."""
    columns = ", ".join(f"`{column}`" for column in fix.columns)
    subject = f"`{fix.table}`" + (f" ({columns})" if columns else "")
    return Diagnostic(
        rule="fix_unmatched",
        message=f"the fix declared for {subject} in {fix.version} meets no change of behaviour",
        hint="remove it from `changes` in product.yaml, or name the table and columns that changed",
        place=fix.place,
        severity=Severity.WARNING,
        level=Level.NONE,
        table=fix.table,
        column=fix.columns[0] if len(fix.columns) == 1 else None,
    )
