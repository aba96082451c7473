"""From two sides to findings with levels, messages and places."""

from __future__ import annotations

import pytest
from tests.semver.contracts import brief, column, prints, side, table

from hansa.core.datatype import BIGINT, INTEGER
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.product import DeclaredFix, Policy, Waiver
from hansa.core.version import Level, Version
from hansa.errors import Place
from hansa.semver.behaviour import Outcome, Shown
from hansa.semver.compare import compare, judge, required_level


def waiver(rule: str, name: str, at: str | None = None, version: str = "1.1.0") -> Waiver:
    return Waiver(rule, name, Version.parse(version), "nobody reads it", at)


def fix(name: str, *columns: str, version: str = "1.1.0") -> DeclaredFix:
    return DeclaredFix(Version.parse(version), name, columns, "counted twice")


def test_a_finding_says_what_breaks_where_and_how_to_mend() -> None:
    old = side(table("t", "a", column("b", place=Place("old/contract.yaml", 9, 7))))
    new = side(table("t", "a"), version="1.1.0")
    assert compare(old, new) == (
        Diagnostic(
            rule="column_removed",
            message="column `b` of `t` is gone; queries that name it fail",
            hint=(
                "keep `b` for this major line with `deprecated: true`, "
                "and remove it in the next one"
            ),
            place=Place("old/contract.yaml", 9, 7),
            severity=Severity.WARNING,
            level=Level.MAJOR,
            table="t",
            column="b",
        ),
    )


def test_what_readers_gain_needs_no_hint() -> None:
    (finding,) = compare(side(table("t", "a")), side(table("t", "a", "b")))
    assert (finding.message, finding.hint) == (
        "column `b` of `t` is new, of type varchar",
        None,
    )


def test_long_lists_of_values_are_cut_short() -> None:
    old = side(table("t", column("a", enum=("x",))))
    new = side(table("t", column("a", enum=("x", *range(7)))))
    (finding,) = compare(old, new)
    assert finding.message == (
        "column `a` of `t` may hold `0`, `1`, `2`, `3`, `4` and 2 more, which no reader expects"
    )


def test_the_gravest_findings_come_first() -> None:
    old = side(table("t", "a", "b"), table("u", "a"))
    new = side(table("t", "a", column("c", INTEGER), description="words"), table("u", "a", "z"))
    assert brief(compare(old, new)) == [
        "column_removed major t.b",
        "column_added minor t.c",
        "column_added minor u.z",
        "description_changed patch t",
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), ["column_type_widened minor t.a"]),
        (Policy(profile="strict"), ["column_type_widened major t.a"]),
        (Policy(levels={"column_type_widened": Level.PATCH}), ["column_type_widened patch t.a"]),
        (
            Policy(profile="strict", levels={"column_type_widened": Level.NONE}),
            ["column_type_widened none t.a"],
        ),
    ],
)
def test_a_policy_raises_and_lowers_levels(policy: Policy, expected: list[str]) -> None:
    old, new = side(table("t", column("a", INTEGER))), side(table("t", column("a", BIGINT)))
    assert brief(compare(old, new, policy)) == expected


@pytest.mark.parametrize(
    ("names", "plain", "positional"),
    [
        (["b", "a"], ["column_reordered patch t"], ["column_reordered major t"]),
        (
            ["a", "c", "b"],
            ["column_added minor t.c"],
            ["column_reordered major t", "column_added minor t.c"],
        ),
        (["a", "b", "c"], ["column_added minor t.c"], ["column_added minor t.c"]),
    ],
)
def test_the_order_of_columns_counts_for_readers_by_position(
    names: list[str], plain: list[str], positional: list[str]
) -> None:
    old, new = side(table("t", "a", "b")), side(table("t", *names))
    assert brief(compare(old, new)) == plain
    assert brief(compare(old, new, Policy(positional=True))) == positional


@pytest.mark.parametrize(
    ("waivers", "expected"),
    [
        (
            [waiver("column_removed", "t", "a")],
            ["column_removed major t.a waived", "column_removed major t.b"],
        ),
        (
            [waiver("column_removed", "t", "a"), waiver("column_removed", "t", "b")],
            ["column_removed major t.a waived", "column_removed major t.b waived"],
        ),
        # one waiver is for one finding: without a column it would be for two
        (
            [waiver("column_removed", "t")],
            ["column_removed major t.a", "column_removed major t.b", "waiver_unmatched none t"],
        ),
        (
            [waiver("column_removed", "t", "a"), waiver("column_removed", "t")],
            ["column_removed major t.a waived", "column_removed major t.b waived"],
        ),
        (
            [waiver("column_removed", "t", "a", version="1.0.9")],
            ["column_removed major t.a", "column_removed major t.b"],
        ),
        (
            [waiver("column_added", "t", "z")],
            ["column_removed major t.a", "column_removed major t.b", "waiver_unmatched none t.z"],
        ),
    ],
)
def test_a_waiver_takes_one_finding_of_one_version(
    waivers: list[Waiver], expected: list[str]
) -> None:
    old = side(table("t", column("a", INTEGER), "b", "c"))
    new = side(table("t", "c"), version="1.1.0")
    findings = compare(old, new, Policy(waivers=tuple(waivers)))
    assert brief(findings) == expected


def test_a_waived_finding_carries_the_reason_and_does_not_count() -> None:
    old, new = side(table("t", "a", "b")), side(table("t", "a"), version="1.1.0")
    findings = compare(old, new, Policy(waivers=(waiver("column_removed", "t", "b"),)))
    assert [finding.reason for finding in findings] == ["nobody reads it"]
    assert required_level(findings) is Level.NONE


def test_an_unmatched_waiver_says_how_to_mend_it() -> None:
    old, new = side(table("t", "a")), side(table("t", "a"), version="1.1.0")
    (finding,) = compare(old, new, Policy(waivers=(waiver("column_removed", "t", "b"),)))
    assert (finding.message, finding.hint, finding.severity) == (
        "the waiver of `column_removed` for `t`.`b` in 1.1.0 meets no finding",
        "remove the waiver, or name rule, table and column of exactly one finding",
        Severity.WARNING,
    )


T = table("t", "a", "b")
SAME = prints("r", a="1", b="2")


@pytest.mark.parametrize(
    ("after", "evidence", "fixes", "expected"),
    [
        (SAME, {}, [], []),
        (prints("r", a="9", b="2"), {}, [], ["behaviour_unproven major t.a"]),
        (prints("r", a="9", b="8"), {}, [], ["behaviour_unproven major t"]),
        (prints("s", a="1", b="2"), {}, [], ["behaviour_unproven major t"]),
        (
            prints("r", a="9", b="8"),
            {("t", "a"): Shown(Outcome.PASSED)},
            [],
            ["behaviour_unproven major t.b", "column_values_changed minor t.a"],
        ),
        (
            prints("s", a="1", b="2"),
            {("t", None): Shown(Outcome.PASSED)},
            [],
            ["rows_changed minor t"],
        ),
        (
            prints("r", a="9", b="2"),
            {("t", "a"): Shown(Outcome.FAILED)},
            [],
            ["published_test_failed major t.a"],
        ),
        (
            prints("r", a="9", b="2"),
            {("t", "a"): Shown(Outcome.UNEXERCISED)},
            [],
            ["behaviour_unproven major t.a"],
        ),
        (prints("r", a="9", b="2"), {}, [fix("t", "a")], ["column_values_changed patch t.a"]),
        (
            prints("r", a="9", b="2"),
            {("t", "a"): Shown(Outcome.FAILED)},
            [fix("t")],
            ["column_values_changed patch t.a"],
        ),
        (
            prints("s", a="9", b="2"),
            {},
            [fix("t", "a")],
            ["behaviour_unproven major t", "column_values_changed patch t.a"],
        ),
        (
            prints("s", a="9", b="2"),
            {},
            [fix("t")],
            ["rows_changed patch t", "column_values_changed patch t.a"],
        ),
        (
            prints("r", a="9", b="2"),
            {},
            [fix("t", "b")],
            ["behaviour_unproven major t.a", "fix_unmatched none t.b"],
        ),
        (
            prints("r", a="9", b="2"),
            {},
            [fix("t", "a", version="1.0.0")],
            ["behaviour_unproven major t.a"],
        ),
        (SAME, {}, [fix("t", "a")], ["fix_unmatched none t.a"]),
    ],
)
def test_behaviour(after, evidence, fixes, expected) -> None:  # type: ignore[no-untyped-def]
    old = side(T, fingerprints={"t": SAME})
    new = side(T, version="1.1.0", fingerprints={"t": after})
    assert brief(compare(old, new, fixes=fixes, evidence=evidence)) == expected


def test_behaviour_messages_name_what_changed() -> None:
    old = side(T, fingerprints={"t": SAME})
    new = side(T, fingerprints={"t": prints("s", a="9", b="8")})
    (finding,) = compare(old, new)
    assert finding.message == (
        "the rows and the values of `a`, `b` in `t` may differ: the SQL changed and "
        "nothing proves it equal; readers may get other results without any error"
    )
    opaque = side(T, fingerprints={"t": prints("s", "`PIVOT` is not understood", a="9", b="8")})
    (finding,) = compare(old, opaque)
    assert finding.message == (
        "the rows and the values of `a`, `b` in `t` may differ: nothing can be proven, "
        "since `PIVOT` is not understood; readers may get other results without any error"
    )


def test_failing_tests_are_named() -> None:
    old = side(T, fingerprints={"t": SAME})
    new = side(T, fingerprints={"t": prints("r", a="9", b="8")})
    shown = {
        ("t", "a"): Shown(Outcome.FAILED, failed=("one", "two")),
        ("t", "b"): Shown(Outcome.FAILED, failed=("two", "three", "four", "five")),
    }
    (finding,) = compare(old, new, evidence=shown)
    assert finding.message == (
        "published tests of the old release fail on the new code (`one`, `two`, `three` and "
        "2 more): the values of `a`, `b` in `t` broke a promise"
    )


def test_what_is_not_exercised_is_named() -> None:
    old = side(T, fingerprints={"t": SAME})
    new = side(T, fingerprints={"t": prints("s", a="9", b="2")})
    shown = {
        ("t", None): Shown(Outcome.UNEXERCISED, unexercised=("models/stg.sql",)),
        ("t", "a"): Shown(Outcome.UNEXERCISED, unexercised=("models/stg.sql", "models/t.sql")),
    }
    (finding,) = compare(old, new, evidence=shown)
    assert finding.hint == (
        "no published test of the old release exercises `models/stg.sql` and `models/t.sql` for "
        "the rows and the values of `a`; declare a fix under `changes` in product.yaml if the "
        "change mends a mistake; otherwise publish a major version"
    )


def test_a_fix_carries_its_reason() -> None:
    old = side(T, fingerprints={"t": SAME})
    new = side(T, version="1.1.0", fingerprints={"t": prints("r", a="9", b="2")})
    (finding,) = compare(old, new, fixes=[fix("t", "a")])
    assert (finding.message, finding.reason) == (
        "the values of `a` in `t` changed, as a declared fix",
        "counted twice",
    )


def test_added_and_removed_columns_are_no_change_of_behaviour() -> None:
    old = side(
        table("t", "a", column("gone", INTEGER)), fingerprints={"t": prints("r", a="1", gone="5")}
    )
    new = side(table("t", "a", "came"), fingerprints={"t": prints("r", a="1", came="6")})
    assert brief(compare(old, new)) == ["column_removed major t.gone", "column_added minor t.came"]


def test_a_renamed_column_is_followed_by_its_fingerprint() -> None:
    old = side(table("t", "a", "b"), fingerprints={"t": SAME})
    new = side(table("t", "b2", "a"), fingerprints={"t": prints("r", a="1", b2="2")})
    assert brief(compare(old, new)) == ["column_renamed major t.b", "column_reordered patch t"]


def test_sql_that_is_valid_on_one_side_only_proves_nothing() -> None:
    old, new = side(T, fingerprints={"t": SAME}), side(T)
    (finding,) = compare(old, new)
    assert "since the SQL of one side is not valid" in finding.message
    assert compare(side(T), side(T)) == ()


@pytest.mark.parametrize(
    ("old", "new", "level", "required", "sufficient", "lowest"),
    [
        ("1.2.3", "2.0.0", Level.MAJOR, Level.MAJOR, True, "2.0.0"),
        ("1.2.3", "1.3.0", Level.MAJOR, Level.MAJOR, False, "2.0.0"),
        ("1.2.3", "1.3.0", Level.MINOR, Level.MINOR, True, "1.3.0"),
        ("1.2.3", "1.2.3", Level.NONE, Level.NONE, True, "1.2.3"),
        ("0.2.3", "0.3.0", Level.MAJOR, Level.MAJOR, True, "0.3.0"),
        ("0.2.3", "0.2.4", Level.MAJOR, Level.MAJOR, False, "0.3.0"),
    ],
)
def test_judge(
    old: str, new: str, level: Level, required: Level, sufficient: bool, lowest: str
) -> None:
    changes = (Diagnostic("x", "m", level=level),)
    verdict = judge(Version.parse(old), Version.parse(new), changes)
    assert (verdict.required, verdict.sufficient, str(verdict.lowest), verdict.changes) == (
        required,
        sufficient,
        lowest,
        changes,
    )
