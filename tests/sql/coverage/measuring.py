"""Coverage cases as text: a query, rows, and the status stated for every obligation.

    # name
    t: (1, 2, 'x'), (2, NULL, 'y')
    SELECT CASE WHEN a = 1 THEN 2 END AS c FROM t
    -> 1:13 case: arm 1+

`-> kind: outcomes` states all outcomes of one construct, with `+` for met, `-` for unmet and
`?` for unmeasurable; a place before the kind is compared too. Outcomes of one construct that
stand at different places (the arms of CASE) are stated together unless the places are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hansa.core.facts import Input, InputKind
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox, SandboxError
from hansa.sql.compile import compile_model
from hansa.sql.coverage import Instrumented, instrument
from hansa.sql.types import parse_type

_MARKS = {"met": "+", "unmet": "-", "unmeasurable": "?"}
# All tables of the corpus: `!` marks columns that are never NULL, then the key.
_TABLES = {
    "t": ("a int, b int, s varchar", ""),
    "u": ("a int, x int", ""),
    "r": ("id int!, v int!, k int!", "id"),
    "n": ("id int!, items int[]", "id"),
}


@dataclass(slots=True)
class Case:
    """One case of a corpus file."""

    name: str
    rows: dict[str, str] = field(default_factory=dict)
    sql: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    dialect: str = "duckdb"

    @property
    def text(self) -> str:
        return "\n".join(self.sql)

    @property
    def places(self) -> bool:
        """Whether the case states places."""
        return any(line[0].isdigit() for line in self.expected)


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of one file."""
    case: Case | None = None
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("# "):
            if case is not None:
                yield case
            case = Case(line[2:].strip())
        elif case is None or not line.strip():
            continue
        elif line.startswith("dialect "):
            case.dialect = line.split(" ", 1)[1].strip()
        elif not case.sql and (found := re.fullmatch(r"(\w): (.*)", line)):
            case.rows[found[1]] = found[2]
        elif line.startswith("-> "):
            case.expected.append(line[3:].strip())
        else:
            case.sql.append(line)
    if case is not None:
        yield case


def _schema(name: str) -> TableSchema:
    columns, key = _TABLES[name]
    made = [
        Column(one.split()[0], parse_type(one.split()[1].rstrip("!"), "duckdb"), one[-1] != "!")
        for one in columns.split(", ")
    ]
    return TableSchema(tuple(made), frozenset({frozenset(key.split())}) if key else frozenset())


def instrument_case(case: Case) -> Instrumented:
    """The obligations of a case's query, its tables read from the schema `given`."""
    return instrument(
        case.text,
        case.dialect,
        "q.sql",
        lambda read: ("given", read.name),
        lambda group, name: Input(InputKind.SOURCE, name, group or "raw"),
        lambda read: _schema(read.name),
    )


def measure(case: Case, sandbox: Sandbox) -> list[str]:
    """The status of every obligation of a case, in the words of its file."""
    sandbox.create_schema("given")
    for name, (columns, _) in _TABLES.items():
        sandbox.execute(f"CREATE TABLE given.{name} ({columns.replace('!', '')})")
        if name in case.rows:
            sandbox.execute(f"INSERT INTO given.{name} VALUES {case.rows[name]}")
    sandbox.query(compiled(case))
    found = instrument_case(case)
    status = ["unmeasurable"] * len(found.obligations)
    for probe in found.probes:
        answer = next((one for query in probe.queries if (one := _answer(sandbox, query))), None)
        for number, shown in zip(probe.obligations, answer or (), strict=bool(answer)):
            status[number] = "met" if shown else "unmet"
    lines: dict[str, list[str]] = {}
    for one, state in zip(found.obligations, status, strict=True):
        place = f"{one.line}:{one.column} " if case.places else ""
        lines.setdefault(f"{place}{one.kind}", []).append(f"{one.outcome}{_MARKS[state]}")
    told = [f"{subject}: {', '.join(sorted(outcomes))}" for subject, outcomes in lines.items()]
    return sorted([*told, *([f"excluded: {found.excluded}"] if found.excluded else [])])


def stated(case: Case) -> list[str]:
    """What a case expects, its outcomes in the order of `measure`."""
    lines: dict[str, list[str]] = {}
    for line in case.expected:
        subject, outcomes = line.rsplit(": ", 1)
        lines.setdefault(subject, []).extend(one.strip() for one in outcomes.split(","))
    return sorted(f"{subject}: {', '.join(sorted(found))}" for subject, found in lines.items())


def compiled(case: Case) -> str:
    """The case's own query, which has to be valid for the case to say anything."""
    return compile_model(
        case.text,
        case.dialect,
        "q.sql",
        lambda read: ("given", read.name),
        lambda group, name: Input(InputKind.SOURCE, name, group or "raw"),
        "duckdb",
    )


def _answer(sandbox: Sandbox, query: str) -> tuple[bool, ...] | None:
    try:
        rows = sandbox.query(query).rows
    except SandboxError:
        return None
    return rows[0]
