"""The corpus: for every rule an old product, new ones that trigger it, and near misses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic
from hansa.core.product import DeclaredFix, Policy, Product
from hansa.core.version import Version
from hansa.projects.contract import read_contract
from hansa.projects.load import load_product
from hansa.projects.lockfile import read_lockfile
from hansa.projects.tree import DirectoryTree
from hansa.semver.behaviour import Evidence, Outcome, Shown
from hansa.semver.compare import compare
from hansa.semver.side import Side, side_of
from hansa.sql.analysis import Interface, analyse_product, prove_product

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One folder of the corpus as a side, with its own policy and fixes."""

    side: Side
    policy: Policy
    fixes: tuple[DeclaredFix, ...] = ()


def rules() -> list[str]:
    """All rules that have a folder."""
    return sorted(folder.name for folder in CORPUS.iterdir() if folder.is_dir())


def labels(rule: str) -> list[str]:
    """The folders that are compared with `old`: `new…` and `near_miss…`."""
    return sorted(
        folder.name
        for folder in (CORPUS / rule).iterdir()
        if folder.name.startswith(("new", "near_miss"))
    )


def pairs() -> Iterator[tuple[str, str]]:
    """Every rule with every label of it."""
    for rule in rules():
        for label in labels(rule):
            yield rule, label


@cache
def load(rule: str, label: str) -> Loaded:
    """One folder: a whole product where there is a product.yaml, else a contract alone."""
    folder = CORPUS / rule / label
    if not (folder / "product.yaml").exists():
        return Loaded(Side(_contract(folder)), Policy())
    product = load_product(DirectoryTree(folder))
    return Loaded(_side(product, folder), product.policy, product.fixes)


def load_rewritten(rule: str, label: str, rewrite: Callable[[str], str]) -> Side:
    """A product's side with the SQL of every model written in another way."""
    folder = CORPUS / rule / label
    product = load_product(DirectoryTree(folder))
    models = {
        name: replace(model, sql=rewrite(model.sql)) for name, model in product.models.items()
    }
    return _side(replace(product, models=models), folder)


def _side(product: Product, folder: Path) -> Side:
    interfaces = _interfaces(folder.parent / "required")
    facts = prove_product(product, analyse_product(product, interfaces), interfaces)
    assert facts.diagnostics == ()
    return side_of(product, facts, _locked(folder))


def _contract(folder: Path) -> Contract:
    return read_contract((folder / "contract.yaml").read_bytes(), "contract.yaml")


def _interfaces(folder: Path) -> Mapping[str, Interface]:
    if not folder.exists():
        return {}
    return {
        product.name: Interface({table.name: table.schema for table in _contract(product).tables})
        for product in folder.iterdir()
    }


def _locked(folder: Path) -> dict[str, Version]:
    path = folder / "hansa.lock"
    if not path.exists():
        return {}
    locked = read_lockfile(path.read_bytes(), "hansa.lock").locked
    return {name: pin.version for name, pin in locked.items()}


def _evidence(rule: str) -> Evidence:
    path = CORPUS / rule / "evidence.yaml"
    if not path.exists():
        return {}
    return {
        (item["table"], item.get("column")): Shown(
            Outcome(item["outcome"]), tuple(item.get("failed", ()))
        )
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))
    }


def findings(rule: str, label: str) -> tuple[Diagnostic, ...]:
    """What all rules say about the step from `old` to this folder."""
    old, new = load(rule, "old"), load(rule, label)
    history = CORPUS / rule / "history"
    return compare(
        old.side,
        new.side,
        new.policy,
        fixes=new.fixes,
        evidence=_evidence(rule),
        history=[_contract(history)] if history.exists() else [],
    )


def as_json(found: tuple[Diagnostic, ...]) -> list[dict[str, Any]]:
    """Findings as the snapshot has them."""
    return [
        {
            "rule": finding.rule,
            "level": str(finding.level),
            "table": finding.table,
            "column": finding.column,
            "message": finding.message,
            "hint": finding.hint,
            "place": str(finding.place).rpartition("/")[2],
            "reason": finding.reason,
        }
        for finding in found
    ]


def snapshot(rule: str) -> Any:
    """The recorded findings of a rule's folders, by label."""
    return json.loads((CORPUS / rule / "findings.json").read_text(encoding="utf-8"))


def write_snapshot(rule: str) -> None:
    """Record what is found now; look at the difference before you commit it."""
    recorded = {label: as_json(findings(rule, label)) for label in labels(rule)}
    text = json.dumps(recorded, indent=1, ensure_ascii=False) + "\n"
    (CORPUS / rule / "findings.json").write_text(text, encoding="utf-8")
