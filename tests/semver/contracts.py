"""Builders of small contracts and sides, and a short form of findings."""

from __future__ import annotations

from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import STRING, DataType
from hansa.core.diagnostic import Diagnostic
from hansa.core.facts import Fingerprints
from hansa.core.version import Version
from hansa.errors import Place
from hansa.semver.side import Side


def column(name: str, kind: DataType = STRING, **values: Any) -> ContractColumn:
    return ContractColumn(name, kind, **values)


def table(name: str, *columns: ContractColumn | str, **values: Any) -> ContractTable:
    built = tuple(column(one) if isinstance(one, str) else one for one in columns)
    return ContractTable(name, built, **values)


def contract(*tables: ContractTable, version: str = "1.0.0", **values: Any) -> Contract:
    place = Place("contract.yaml", 1)
    return Contract("flights", Version.parse(version), tables=tables, place=place, **values)


def side(*tables: ContractTable, version: str = "1.0.0", **values: Any) -> Side:
    return Side(contract(*tables, version=version), **values)


def prints(rows: str, opaque: str | None = None, **columns: str) -> Fingerprints:
    return Fingerprints(rows, columns, opaque)


def brief(findings: tuple[Diagnostic, ...]) -> list[str]:
    """`rule level table.column` of each finding, with `waived` where it is."""
    lines: list[str] = []
    for finding in findings:
        subject = ".".join(filter(None, (finding.table, finding.column)))
        waived = " waived" if finding.waived else ""
        lines.append(f"{finding.rule} {finding.level} {subject}".rstrip() + waived)
    return lines
