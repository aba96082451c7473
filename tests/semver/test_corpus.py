"""All rules over all pairs of the corpus, against recorded findings."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
import yaml
from tests.semver.pairs import (
    CORPUS,
    as_json,
    findings,
    labels,
    load,
    load_rewritten,
    pairs,
    rules,
    snapshot,
)

from hansa.projects.contract import read_contract
from hansa.semver.compare import compare
from hansa.semver.rulebook import rule_ids
from hansa.semver.side import Side

PRODUCTS = sorted(path.parts[-3:-1] for path in CORPUS.glob("*/*/product.yaml"))
CONTRACTS = sorted(CORPUS.glob("*/*/contract.yaml"))


def test_every_rule_has_a_pair_and_a_near_miss() -> None:
    assert rules() == sorted(rule_ids("change"))
    for rule in rules():
        found = labels(rule)
        assert "new" in found, rule
        assert "near_miss" in found, rule


@pytest.mark.parametrize(("rule", "label"), list(pairs()))
def test_findings_are_as_recorded(rule: str, label: str) -> None:
    assert as_json(findings(rule, label)) == snapshot(rule)[label]


@pytest.mark.parametrize(("rule", "label"), list(pairs()))
def test_a_rule_fires_on_its_pair_and_not_on_its_near_misses(rule: str, label: str) -> None:
    fired = rule in {finding.rule for finding in findings(rule, label)}
    assert fired is label.startswith("new")


@pytest.mark.parametrize(("rule", "label"), [*pairs(), *((rule, "old") for rule in rules())])
def test_a_product_compared_with_itself_yields_nothing(rule: str, label: str) -> None:
    loaded = load(rule, label)
    assert compare(loaded.side, loaded.side, loaded.policy) == ()


@pytest.mark.parametrize(("rule", "label"), PRODUCTS)
def test_reformatted_sql_yields_nothing(rule: str, label: str) -> None:
    def rewrite(sql: str) -> str:
        written = sqlglot.parse_one(sql, read="duckdb").sql(
            "duckdb", pretty=True, identify=True, comments=False, normalize_functions="lower"
        )
        return f"/* another\n hand */ {written}\n-- end\n"

    loaded = load(rule, label)
    assert compare(loaded.side, load_rewritten(rule, label, rewrite), loaded.policy) == ()


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_a_reformatted_contract_yields_nothing(path: Path) -> None:
    text = path.read_bytes()
    other = yaml.safe_dump(yaml.safe_load(text), sort_keys=True, default_flow_style=True)
    before = Side(read_contract(text, "old.yaml"))
    after = Side(read_contract(other.encode(), "new.yaml"))
    assert compare(before, after) == ()
