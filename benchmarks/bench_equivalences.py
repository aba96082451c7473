"""Which pairs of the prover's corpus are recognised: by hansa, by SQLMesh, by comparing text.

The corpus holds pairs that always give the same rows, and traps that differ on some data.
Prints totals, and keeps the table in benchmarks/results/equivalences.json and .md. SQLMesh is
asked where `--sqlmesh PYTHON` names the interpreter of an environment that has it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from generate import write_sqlmesh_files

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PEER = Path(__file__).parent / "peers" / "sqlmesh_verdicts.py"

sys.path.insert(0, str(ROOT))

from tests.sql.canonical.test_corpus import DIFFERENT, EQUAL, Pair  # noqa: E402
from tests.sql.canonical.worlds import SCHEMAS, fingerprints_of  # noqa: E402

from hansa.core.facts import Input, InputKind  # noqa: E402
from hansa.sql.compile import compile_model  # noqa: E402
from hansa.sql.types import type_sql  # noqa: E402

INTRODUCTION = (
    "The pairs are hansa's own corpus (`tests/sql/canonical/corpus`), which its tests hold it to:",
    "they show which kinds of edits each tool sees through, not how often such edits are made.",
    "Traps are pairs that differ on some data, so nobody may call them equal. Text is compared",
    "without comments, blanks and letter case. For SQLMesh, the same fingerprint and a change",
    "that its categoriser calls non-breaking count as equal.",
)
NAMES = {str(read): read for read in SCHEMAS}


def hansa_recognises(pair: Pair) -> bool:
    """Equal rows, and equal values of the same columns."""
    old, new = (fingerprints_of(*side) for side in pair)
    folded = [{n.casefold(): c for n, c in one.columns.items()} for one in (old, new)]
    return old.opaque is None and old.rows == new.rows and folded[0] == folded[1]


def text_recognises(pair: Pair) -> bool:
    """Equal but for comments, blanks and letter case, as a careful text comparison has it."""
    old, new = ([plain_text(model) for model in side] for side in pair)
    return old == new


def plain_text(sql: str) -> str:
    bare = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
    return re.sub(r"\s+", " ", bare).strip().lower()


def sqlmesh_verdicts(python: str, pairs: Mapping[str, Pair]) -> dict[str, str]:
    """SQLMesh's word on the last model of each pair."""
    schemas = {title: f"p{at}" for at, title in enumerate(pairs)}
    with tempfile.TemporaryDirectory() as temporary:
        sides = [Path(temporary, side) for side in ("old", "new")]
        for at, directory in enumerate(sides):
            models = {
                f"{schemas[title]}.{name}": sql
                for title, pair in pairs.items()
                for name, sql in named(pair[at], schemas[title])
            }
            write_sqlmesh_files(directory, models, external_tables())
        asked = [f"{schema}.out" for schema in schemas.values()]
        done = subprocess.run(
            [python, str(PEER), *map(str, sides), *asked],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"SQLMesh failed:\n{done.stderr[-2000:]}")
        found = json.loads(done.stdout[done.stdout.index("{") :])
    return {title: found[f"{schema}.out"] for title, schema in schemas.items()}


def named(texts: list[str], schema: str) -> Iterator[tuple[str, str]]:
    """A side's models with their names, reading each other by their full names."""
    names = [f"m{at}" for at in range(1, len(texts))] + ["out"]

    def input_of(group: str, name: str) -> Input:
        full = f"{group}.{name}".lower().lstrip(".")
        return NAMES.get(full) or Input(InputKind.MODEL, name.lower())

    def relation_of(read: Input) -> tuple[str, str]:
        return (read.group or schema, read.name)

    for name, sql in zip(names, texts, strict=True):
        yield name, compile_model(sql, "duckdb", name, relation_of, input_of, "duckdb")


def external_tables() -> dict[str, dict[str, str]]:
    return {
        str(read): {column.name: type_sql(column.type, "duckdb") for column in schema.columns}
        for read, schema in SCHEMAS.items()
    }


def judge(pairs: Mapping[str, Pair], python: str | None) -> list[dict[str, str | bool]]:
    peer = sqlmesh_verdicts(python, pairs) if python else {}
    return [
        {
            "pair": title,
            "hansa": hansa_recognises(pair),
            "text": text_recognises(pair),
            **({"sqlmesh": peer[title]} if peer else {}),
        }
        for title, pair in pairs.items()
    ]


def count(rows: list[dict[str, str | bool]]) -> dict[str, int]:
    """How many pairs each calls equal; SQLMesh also when it calls the change non-breaking."""
    totals = {"pairs": len(rows)}
    for who in ("hansa", "text", "sqlmesh"):
        if who in rows[0]:
            totals[who] = sum(row[who] in (True, "equal", "non-breaking") for row in rows)
    return totals


def markdown(equal: list[dict[str, str | bool]], different: list[dict[str, str | bool]]) -> str:
    lines = ["# Recognised equivalences", "", *INTRODUCTION, ""]
    lines += table_of_totals(count(equal), count(different))
    lines += ["", "| pair | hansa | text | SQLMesh |", "|---|---|---|---|"]
    for row in equal:
        cells = [shown(row["hansa"]), shown(row["text"]), shown(row.get("sqlmesh", "not asked"))]
        lines.append(f"| {str(row['pair']).replace('|', '/')} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def table_of_totals(equal: dict[str, int], different: dict[str, int]) -> list[str]:
    lines = ["| called equal | of | hansa | text | SQLMesh |", "|---|---|---|---|---|"]
    for what, row in (("equal pairs", equal), ("traps", different)):
        peer = row.get("sqlmesh", "not asked")
        lines.append(f"| {what} | {row['pairs']} | {row['hansa']} | {row['text']} | {peer} |")
    return lines


def shown(verdict: str | bool) -> str:
    return {True: "equal", False: "—", "undecided": "—"}.get(verdict, str(verdict))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlmesh", metavar="PYTHON", help="the interpreter that has SQLMesh")
    arguments = parser.parse_args()
    equal, different = (judge(pairs, arguments.sqlmesh) for pairs in (EQUAL, DIFFERENT))
    RESULTS.mkdir(exist_ok=True)
    document = {
        "command": "python benchmarks/bench_equivalences.py " + " ".join(sys.argv[1:]),
        "date": time.strftime("%Y-%m-%d"),
        "sqlglot": version("sqlglot"),
        "sqlmesh": sqlmesh_version(arguments.sqlmesh),
        "equal": count(equal),
        "traps": count(different),
        "pairs": equal,
        "trap_pairs": different,
    }
    (RESULTS / "equivalences.json").write_text(json.dumps(document, indent=2) + "\n")
    (RESULTS / "equivalences.md").write_text(markdown(equal, different))
    print("\n".join(table_of_totals(count(equal), count(different))))


def sqlmesh_version(python: str | None) -> str | None:
    if python is None:
        return None
    script = "from importlib.metadata import version; print(version('sqlmesh'))"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
