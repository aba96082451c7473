"""The rule files themselves: complete, readable, and told to people."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from hansa.core.version import Level
from hansa.semver.changes import Change
from hansa.semver.explain import explain
from hansa.semver.page import rules_page
from hansa.semver.rulebook import UnknownRule, find_rule, rule_ids
from hansa.sql.parse import NotOneSelect, SqlInvalid
from hansa.sql.references import ReferenceInvalid

ROOT = Path(__file__).parents[2]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("rule_id", rule_ids("change"))
def test_a_rule_about_changes_is_complete(rule_id: str) -> None:
    rule = find_rule(rule_id)
    assert rule.level in (Level.PATCH, Level.MINOR, Level.MAJOR)
    assert rule.message
    assert [label for label, _ in rule.examples] == ["old", "new"]
    known = set(Change("").wording())
    known |= {
        "values",
        "bound",
        "check",
        "what",
        "why",
        "columns",
        "target",
        "version",
        "requirement",
    }
    for template in (rule.mend, *(rule.message_when({case.condition}) for case in rule.cases)):
        assert fields(template) <= known


@pytest.mark.parametrize("rule_id", rule_ids("check"))
def test_a_check_rule_is_complete(rule_id: str) -> None:
    rule = find_rule(rule_id)
    assert rule.level is None
    assert [label for label, _ in rule.examples] == ["wrong", "right"]


@pytest.mark.parametrize("rule_id", rule_ids())
def test_titles_and_mends_are_worded_alike(rule_id: str) -> None:
    rule = find_rule(rule_id)
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    assert not rule.mend.endswith(".")
    assert rule.why.endswith(".")


def test_ids_are_not_used_twice() -> None:
    assert not set(rule_ids("change")) & set(rule_ids("check"))


def test_every_finding_in_the_code_has_a_rule_that_explains_it() -> None:
    used: dict[str, str] = {}
    for path in sorted((ROOT / "src" / "hansa").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _makes_a_finding(node):
                used |= dict.fromkeys(_rule_of(node), path.name)
    unexplained = {rule: file for rule, file in used.items() if rule not in rule_ids()}
    assert unexplained == {}


def test_errors_that_become_findings_have_rules_that_explain_them() -> None:
    errors = [*ReferenceInvalid.__subclasses__(), SqlInvalid, NotOneSelect]
    assert [error.slug for error in errors if find_rule(error.slug).level is not None] == []


def _makes_a_finding(call: ast.Call) -> bool:
    """A call of Diagnostic, or of what makes one while a reader goes on."""
    return ast.unparse(call.func).endswith(("Diagnostic", "report", "_warn"))


def _rule_of(call: ast.Call) -> list[str]:
    candidates = [*call.args[:3], *(word.value for word in call.keywords if word.arg == "rule")]
    return [
        node.value
        for node in candidates
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+(_[a-z]+)+", node.value)
    ]


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(UnknownRule) as caught:
        find_rule("colum_removed")
    assert str(caught.value) == "there is no rule `colum_removed`"
    assert caught.value.hint == (
        "did you mean `column_removed` or `column_renamed` or `role_removed`?"
    )
    with pytest.raises(UnknownRule) as caught:
        find_rule("xyzzy")
    assert caught.value.hint == "see docs/rules.md for all rules"


@pytest.mark.parametrize("name", ["../change/column_removed", "column_removed.toml", ""])
def test_a_rule_is_never_read_from_elsewhere(name: str) -> None:
    with pytest.raises(UnknownRule):
        find_rule(name)


def test_explain_tells_all_there_is() -> None:
    assert explain("enum_value_added").as_lines() == [
        "enum_value_added (major): A column may hold a value that it could not hold before",
        "",
        "Readers that handle each listed value, in a CASE without ELSE or in filters, drop or "
        "misplace the new one without any error.",
        "",
        "Minor instead: The old contract declares `customProperties: open_enum: true`, so "
        "readers were told that values may come.",
        "",
        "old:",
        "  properties:",
        "    - {name: status, enum: [{value: landed}, {value: cancelled}]}",
        "",
        "new:",
        "  properties:",
        "    - {name: status, enum: [{value: landed}, {value: cancelled}, {value: diverted}]}",
        "",
        "to mend: map the new value to a listed one, or declare `customProperties: open_enum: "
        "true` in a major release first",
    ]
    assert explain("table_renamed").as_dict() == {
        "rule": "table_renamed",
        "title": "A public table has another name",
        "level": "major",
        "why": "Queries that read the old name fail, although the same rows are still there.",
        "notes": [],
        "example": {
            "old": "schema:\n  - name: routes",
            "new": "schema:\n  - name: route_pairs",
        },
        "mend": (
            "add a model `<old>` with `SELECT * FROM <new>` to the contract for one major line"
        ),
    }


def test_the_page_is_current() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == rules_page(), "run `python scripts/new_rule.py --page`"
