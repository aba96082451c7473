"""Mutants in the author's own words, character by character."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansa.sql.mutation import LineChange, differing_lines, make_mutants, regenerated

EXAMPLES = Path(__file__).parents[3] / "examples" / "flights"
TEXT = """\
-- Wer fliegt wohin? é
select
\tf.carrier,  -- the code
    count( * )  as flights, sum(f.delay)::int as "Ü",
    case when f.delay!=0 /* late */ then 'ja' else 'nein' end as spät
from flights f
inner join airports as a on f.dest = a.code and a.kind is not null
where f.year between 2012 and 2014
group by f.carrier, f.delay
order by flights desc
"""


def changes(text: str, dialect: str = "duckdb") -> dict[str, tuple[LineChange, ...]]:
    """Each mutant's lines by its place and description."""
    made = make_mutants("m", text, dialect, "m.sql")
    assert all(one.exact for one in made)
    return {
        f"{one.line}:{one.column} {one.description}": differing_lines(text, one.sql) for one in made
    }


@pytest.mark.parametrize(
    ("change", "line", "after"),
    [
        (
            "5:15 <> becomes =",
            5,
            "    case when f.delay=0 /* late */ then 'ja' else 'nein' end as spät",
        ),
        (
            "5:5 ELSE dropped",
            5,
            "    case when f.delay!=0 /* late */ then 'ja' end as spät",
        ),
        ("4:29 SUM becomes AVG", 4, '    count( * )  as flights, AVG(f.delay)::int as "Ü",'),
        (
            "7:7 INNER JOIN becomes LEFT JOIN",
            7,
            "LEFT join airports as a on f.dest = a.code and a.kind is not null",
        ),
        (
            "7:49 IS NOT becomes IS",
            7,
            "inner join airports as a on f.dest = a.code and a.kind IS null",
        ),
        (
            "7:29 right condition of ON dropped",
            7,
            "inner join airports as a on f.dest = a.code",
        ),
        ("8:7 lower bound shifted by +1", 8, "where f.year between 2013 and 2014"),
        ("2:1 grouping term 2 dropped", 9, "group by f.carrier"),
        ("2:1 DISTINCT added", 2, "select DISTINCT"),
        ("10:10 direction turned round", 10, "order by flights ASC"),
    ],
)
def test_only_the_changed_characters_are_others(change: str, line: int, after: str) -> None:
    found = changes(TEXT)
    assert change in found, "\n".join(found)
    lines = TEXT.splitlines()
    assert found[change] == (LineChange(line, (lines[line - 1],), (after,)),)


def test_a_line_that_is_dropped_whole_leaves_none_behind() -> None:
    text = "SELECT CASE\n    WHEN a THEN 1\n    WHEN b THEN 2\nEND AS x\nFROM t\n"
    found = changes(text)["1:8 arm 2 dropped"]
    assert found == (LineChange(3, ("    WHEN b THEN 2",), ()),)


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("*.sql")), ids=lambda path: "/".join(path.parts[-3:])
)
def test_every_mutant_of_the_examples_is_located(path: Path) -> None:
    text = path.read_text("utf-8")
    changes(text)
    assert regenerated(text, "duckdb", "m.sql")


def test_other_dialects_keep_their_words() -> None:
    text = "SELECT IFNULL(`a`, 0) AS x\nFROM t\nWHERE NOT b AND `c` > 1\n"
    found = changes(text, "bigquery")
    assert found["3:17 > becomes >="] == (
        LineChange(3, ("WHERE NOT b AND `c` > 1",), ("WHERE NOT b AND `c` >= 1",)),
    )
