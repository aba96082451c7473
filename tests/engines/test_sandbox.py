"""What SQL of others can and cannot do in the sandbox."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hansa.engines.sandbox import (
    DatabaseFileUnusable,
    NotOnlySelect,
    Sandbox,
    SandboxError,
    TimeLimitReached,
    TooManyRows,
    open_sandbox,
)
from hansa.errors import HansaError

ESCAPES = [
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '{folder}/in.csv'",
    "SELECT * FROM read_csv('{folder}/in.csv')",
    "SELECT * FROM read_csv('http://localhost:1/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "ATTACH '{folder}/other.duckdb'",
    "ATTACH ':memory:' AS other",
    "DETACH memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/in.csv'",
    "SET threads = 4",
    "SET enable_external_access = true",
    "SET TimeZone = 'Asia/Tokyo'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "USE memory",
    "SELECT getenv('PATH')",
    "SELECT * FROM duckdb_secrets()",
    "CREATE SECRET (TYPE s3)",
    "CREATE TABLE other AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "DROP TABLE kept",
    "INSERT INTO kept VALUES (2)",
    "UPDATE kept SET a = 2",
    "DELETE FROM kept",
    "WITH gone AS (DELETE FROM kept) SELECT 1",
    "WITH more AS (INSERT INTO kept VALUES (2) RETURNING a) SELECT * FROM more",
    "EXPORT DATABASE '{folder}/export'",
    "CALL pragma_version()",
    "CHECKPOINT",
    "BEGIN",
    "EXPLAIN ANALYZE SELECT 1",
    "SELECT 1; DROP TABLE kept",
    "SELECT 1) AS a; DROP TABLE kept; SELECT * FROM (SELECT 1",
    "SELECT 1) UNION ALL (SELECT 2",
    "SELECT 1 /*",
    "",
    "-- nothing",
]


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox() as opened:
        yield opened


@pytest.mark.parametrize("escape", ESCAPES)
def test_untrusted_sql_reaches_nothing_outside_and_changes_nothing(escape, tmp_path):
    (tmp_path / "in.csv").write_text("a\n1\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    with open_sandbox() as opened:
        opened.execute("CREATE TABLE kept AS SELECT 1 AS a")
        sql = escape.replace("{folder}", str(tmp_path))
        with pytest.raises((NotOnlySelect, SandboxError)):
            opened.query(sql)
        with pytest.raises((NotOnlySelect, SandboxError)):
            opened.create_table(("copied",), sql)
        assert opened.query("SELECT * FROM kept").rows == [(1,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("sql", "columns", "types", "rows"),
    [
        ("SELECT 1 AS a, 'x' AS b", ("a", "b"), ("INTEGER", "VARCHAR"), [(1, "x")]),
        ("SELECT 1 AS a;", ("a",), ("INTEGER",), [(1,)]),
        ("SELECT 1 AS a -- why", ("a",), ("INTEGER",), [(1,)]),
        ("WITH t AS (SELECT 2 AS a) SELECT * FROM t", ("a",), ("INTEGER",), [(2,)]),
        ("SELECT 1.50 AS a", ("a",), ("DECIMAL(3,2)",), [(Decimal("1.50"),)]),
        ("SELECT DATE '2013-01-02' AS a", ("a",), ("DATE",), [(date(2013, 1, 2),)]),
        (
            "SELECT TIMESTAMPTZ '2013-01-02 03:04:05+01' AS a, 1 AS a",
            ("a", "a"),
            ("TIMESTAMP WITH TIME ZONE", "INTEGER"),
            [("2013-01-02 02:04:05+00", 1)],
        ),
    ],
)
def test_a_select_gives_columns_types_and_rows(sandbox, sql, columns, types, rows):
    answer = sandbox.query(sql)
    assert (answer.columns, answer.rows) in [
        (columns, rows),
        ((columns[0], f"{columns[0]}_1"), rows),
    ]
    assert answer.types == types


@pytest.mark.parametrize(
    ("sql", "message", "hint", "function"),
    [
        ("SELECT frob(1)", "scalar Function with name frob does not exist", "did", "frob"),
        (
            "SELECT b FROM (SELECT 1 AS a)",
            "referenced column `b` not found in FROM clause",
            "candidate bindings: `a`",
            None,
        ),
        ("SELECT 'abc'::INT", "could not convert string 'abc' to INT32", None, None),
        ("SELEC", "syntax error at or near `SELEC`", None, None),
    ],
)
def test_errors_are_one_sentence_without_the_echo_of_the_sql(sandbox, sql, message, hint, function):
    with pytest.raises(SandboxError) as caught:
        sandbox.query(sql)
    assert str(caught.value) == message
    assert (caught.value.hint or "").startswith(hint or "")
    assert caught.value.function == function


def test_a_long_computation_is_stopped_and_the_sandbox_still_works():
    with Sandbox(time_limit=0.1) as opened:
        with pytest.raises(TimeLimitReached) as caught:
            opened.query("SELECT count(*) FROM range(100000000000) a, range(1000) b")
        assert str(caught.value) == "stopped after its time limit of 0.1 seconds"
        assert opened.query("SELECT 1").rows == [(1,)]
        with opened.limited(0.05), pytest.raises(TimeLimitReached):
            _query_forever(opened)


def test_the_sooner_of_two_time_limits_holds():
    with Sandbox(time_limit=60) as opened, opened.limited(0.2):
        with opened.limited(60):
            assert opened.query("SELECT 1").rows == [(1,)]
        with (
            pytest.raises(TimeLimitReached, match=r"limit of 0\.1 seconds"),
            opened.limited(0.1),
        ):
            _query_forever(opened)
        with pytest.raises(TimeLimitReached, match=r"limit of 0\.2 seconds"):
            _query_forever(opened)


def _query_forever(opened: Sandbox) -> None:
    while True:
        opened.query("SELECT 1")


def test_rows_beyond_the_limit_are_not_read(sandbox):
    assert len(sandbox.query("FROM range(3)", max_rows=3).rows) == 3
    with pytest.raises(TooManyRows, match="more than 3 rows came out"):
        sandbox.query("FROM range(4)", max_rows=3)


def test_python_variables_are_no_relations(sandbox):
    frame = [(1,)]
    with pytest.raises(SandboxError):
        sandbox.query("SELECT * FROM frame")
    assert frame


def test_tables_and_schemas_have_any_name(sandbox):
    name = 'odd "name"; --'
    sandbox.create_schema(name)
    sandbox.create_table((name, name), "SELECT 1 AS a, [DATE '2020-01-01'] AS b")
    assert sandbox.describe((name, name)) == (("a", "INTEGER"), ("b", "DATE[]"))
    sandbox.create_schema(name)
    with pytest.raises(SandboxError):
        sandbox.describe((name, name))
    sandbox.drop_schema(name)
    sandbox.drop_schema(name)


def test_a_database_file_is_written_and_nothing_else_is_read(tmp_path):
    file = tmp_path / "out.duckdb"
    (tmp_path / "in.csv").write_text("a\n1\n")
    with open_sandbox(file) as opened:
        opened.create_table(("kept",), "SELECT 1 AS a")
        with pytest.raises(SandboxError):
            opened.query(f"SELECT * FROM read_csv('{tmp_path}/in.csv')")
    with open_sandbox(file) as opened:
        assert opened.query("SELECT * FROM kept").rows == [(1,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.duckdb"]


@pytest.mark.parametrize("content", [None, b"not a database, but long enough to be one" * 100])
def test_an_unusable_database_file_is_named(tmp_path, content):
    file = tmp_path / "missing" / "x.duckdb"
    if content:
        file = tmp_path / "x.duckdb"
        file.write_bytes(content)
    with pytest.raises(DatabaseFileUnusable) as caught:
        open_sandbox(file)
    assert str(caught.value).startswith(f"the database file `{file}` cannot be used: ")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "error", [NotOnlySelect(), TooManyRows(3), TimeLimitReached(2.5), SandboxError("")]
)
def test_errors_are_worded_for_people(error: HansaError):
    text = str(error)
    assert text
    assert not text.endswith(".")


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "EXPORT DATABASE '{folder}/export'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 4",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET temp_directory = '{folder}'",
        "RESET lock_configuration",
        "CREATE TABLE x AS SELECT * FROM read_csv('/etc/passwd')",
    ],
)
def test_the_database_itself_is_locked_down(statement, tmp_path):
    with open_sandbox() as opened, pytest.raises(SandboxError):
        opened.execute(statement.replace("{folder}", str(tmp_path)))
    assert list(tmp_path.iterdir()) == []
