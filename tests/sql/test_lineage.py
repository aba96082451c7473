"""Which columns each column is made from, and which decide the rows."""

from __future__ import annotations

import pytest
from tests.sql.conftest import SCHEMAS
from tests.sql.inferring import facts_of

# Query: origins of each column (`=` marks values that pass unchanged), and of the rows.
CASES = {
    "SELECT id, s AS t, x + k AS y FROM a": ("id: =a.id; t: =a.s; y: a.k a.x", ""),
    "SELECT * FROM c WHERE name = 'x'": ("id: =c.id; name: =c.name", "c.name"),
    "WITH r AS (SELECT id, upper(s) AS u FROM a WHERE k > 1) SELECT id, u FROM r": (
        "id: =a.id; u: a.s",
        "a.k",
    ),
    "SELECT id, s AS v FROM a UNION ALL SELECT id, name FROM c": (
        "id: =a.id =c.id; v: =a.s =c.name",
        "",
    ),
    "SELECT id, s AS v FROM a UNION SELECT id, name FROM c": (
        "id: =a.id =c.id; v: =a.s =c.name",
        "a.id a.s c.id c.name",
    ),
    "SELECT s, sum(x) FILTER (WHERE flag) AS t, count(*) AS n FROM a"
    " GROUP BY s HAVING max(k) > 1": (
        "s: =a.s; t: a.flag a.x; n: ",
        "a.k a.s",
    ),
    "SELECT a.id, b.v FROM a LEFT JOIN b ON a.id = b.id AND b.n = 1": (
        "id: =a.id; v: =b.v",
        "a.id b.id b.n",
    ),
    "SELECT id, name FROM a JOIN c USING (id)": ("id: =a.id; name: =c.name", "a.id c.id"),
    "SELECT id FROM a FULL JOIN c USING (id)": ("id: =a.id =c.id", "a.id c.id"),
    "SELECT id, row_number() OVER (PARTITION BY s ORDER BY ts) AS rn FROM a": (
        "id: =a.id; rn: a.s a.ts",
        "",
    ),
    "SELECT id FROM a QUALIFY row_number() OVER (PARTITION BY s ORDER BY ts) = 1": (
        "id: =a.id",
        "a.s a.ts",
    ),
    "SELECT id, CASE WHEN flag THEN s ELSE 'x' END AS c FROM a": ("id: =a.id; c: a.flag a.s", ""),
    "SELECT id, (SELECT max(n) FROM b WHERE b.id = a.id) AS m FROM a": (
        "id: =a.id; m: a.id b.id b.n",
        "",
    ),
    "SELECT id FROM a WHERE id IN (SELECT id FROM b WHERE v = 'x')": ("id: =a.id", "a.id b.id b.v"),
    "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id)": (
        "id: =a.id",
        "a.id b.id",
    ),
    "SELECT DISTINCT s FROM a": ("s: =a.s", "a.s"),
    "SELECT s FROM a ORDER BY k LIMIT 3": ("s: =a.s", "a.k"),
    "SELECT s FROM a ORDER BY k": ("s: =a.s", ""),
    "SELECT coalesce(k, 0) AS k0, k0 + 1 AS k1 FROM a": ("k0: a.k; k1: a.k", ""),
    "SELECT * REPLACE (x * 2 AS x) FROM (SELECT id, x FROM a)": ("id: =a.id; x: a.x", ""),
    "SELECT a.id, u.z FROM a, unnest([k, id]) AS u(z)": ("id: =a.id; z: a.id a.k", "a.id a.k"),
    "WITH RECURSIVE t AS (SELECT id, k FROM a UNION ALL"
    " SELECT c.id, t.k FROM c JOIN t ON t.k = c.id) SELECT * FROM t": (
        "id: =a.id =c.id; k: =a.k",
        "a.k c.id",
    ),
}


@pytest.mark.parametrize("sql", CASES)
def test_origins(sql: str) -> None:
    facts = facts_of(sql, SCHEMAS)
    assert facts.diagnostics == ()
    columns = "; ".join(
        f"{name}: "
        + " ".join(
            f"{'=' if origin.direct else ''}{origin.input}.{origin.column}" for origin in origins
        )
        for name, origins in facts.lineage.items()
    )
    rows = " ".join(f"{origin.input}.{origin.column}" for origin in facts.row_origins)
    assert (columns, rows) == CASES[sql]


def test_columns_of_a_relation_without_a_schema_are_origins_too() -> None:
    facts = facts_of("SELECT a, upper(b) AS b FROM m", {})
    assert facts.schema is not None
    assert facts.schema.names == ("a", "b")
