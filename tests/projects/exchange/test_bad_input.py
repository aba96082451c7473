"""Files that cannot be imported, or not whole: what is said, and where."""

from __future__ import annotations

import json

import pytest

from hansa.projects.exchange.formats import (
    TableNotImported,
    UnknownImportFormat,
    chosen,
    import_tables,
)
from hansa.projects.exchange.imported import ImportInvalid

DEEP_JSON = '{"items":' * 200 + "1" + "}" * 200
DEEP_SQL = "CREATE TABLE t (a integer CHECK (" + "(" * 200 + "a" + ")" * 200 + "));"


def _doubling(count: int) -> str:
    """Definitions of which each uses the one before twice."""
    definitions: dict[str, object] = {"b0": {"type": "integer"}}
    for number in range(1, count + 1):
        inner = {"$ref": f"#/$defs/b{number - 1}"}
        definitions[f"b{number}"] = {"properties": {"l": inner, "r": inner}}
    last = {"x": {"$ref": f"#/$defs/b{count}"}}
    return json.dumps({"title": "t", "properties": last, "$defs": definitions})


DOUBLING = _doubling(40)
AVRO_DOUBLING = json.dumps(
    [{"type": "record", "name": "r0", "fields": [{"name": "a", "type": "int"}]}]
    + [
        {
            "type": "record",
            "name": f"r{n}",
            "fields": [{"name": s, "type": f"r{n - 1}"} for s in "lr"],
        }
        for n in range(1, 41)
    ]
)

WRONG = {
    "x.json": [
        ("", "x.json:1:1: the file is empty"),
        ('{"title": "t",\n "properties"', "x.json:2:14: the file ends in the middle of a value"),
        ('{"a": 1,}', "x.json:1:9: no value follows the comma"),
        ('{"a": 1 "b": 2}', "x.json:1:9: a comma is missing between two values"),
        ('{"a": nope}', "x.json:1:7: `nope}` is not JSON"),
        ('{"a": [1}', "x.json:1:9: `}` does not close what is open here"),
        ('{"a": 1}\n x', "x.json:2:2: something follows the value"),
        ('{"a": "\\ud800"}', "x.json:1:7: the text holds an escape that JSON does not know"),
        ('{"a": 1, "a": 2}', "x.json:1:10: the key `a` stands twice, first in line 1"),
        ("[]", "x.json:1:1: a JSON Schema is an object"),
        ("{}", "x.json: the file describes no table"),
        (DEEP_JSON, "x.json:1:901: values are nested more than 100 levels deep"),
        (
            '{"properties": {"a": {"type": "integr"}}}',
            "x.json:1:31: `integr` is not a type of JSON Schema, for `a`",
        ),
        (
            '{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"c": {}}}',
            "x.json:1:31: the reference `#/$defs/b` leads nowhere",
        ),
        (
            '{"properties": {"a": {"$ref": "other.json"}}}',
            "x.json:1:31: the reference `other.json` leads out of the file",
        ),
        (
            '{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"$ref": "#/$defs/b"}}}',
            "x.json:1:70: the reference leads back to itself: #/$defs/b -> #/$defs/b",
        ),
        (
            '{"title": "t", "properties": {"a": {"$ref": "#/$defs/b"}},'
            ' "$defs": {"b": {"properties": {"next": {"$ref": "#/$defs/b"}}}}}',
            "x.json:1:99: the schema of `next` of `a` contains itself, and a column cannot",
        ),
        (DOUBLING, None),
        (
            '{"properties": {"a": {}}, "required": ["b"]}',
            "x.json:1:40: `required` names `b`, which is no property",
        ),
        ('{"properties": {"a": {}, "A": {}}}', "x.json:1:31: the column `A` of `x` stands twice"),
    ],
    "x.avsc": [
        ('{"type": "record", "name": "r", "fields": [', "x.avsc:1:44: the file ends in the middle"),
        ('"string"', "x.avsc:1:1: a table is a record, and this is something else"),
        ('{"type": "record", "fields": []}', "x.avsc:1:1: a named type has no `name`"),
        ('{"type": "record", "name": "r"}', "x.avsc:1:1: the record `r` has no list of `fields`"),
        (
            '{"type": "record", "name": "r", "fields": [{"name": "a"}]}',
            "x.avsc:1:44: the field `a` has no `type`",
        ),
        (
            '{"type": "record", "name": "r", "fields": [{"name": "a", "type": "strng"}]}',
            "x.avsc:1:66: `strng` is not a type of Avro, for `a`",
        ),
        (
            '{"type": "record", "name": "r", "fields": [{"name": "a", "type": ["null", "r"]}]}',
            "x.avsc:1:75: the type `r` contains itself at `a`, and a column cannot",
        ),
        (
            '{"type": "record", "name": "r", "fields":'
            ' [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}]}',
            "x.avsc:1:74: the column `a` of `r` stands twice",
        ),
        (AVRO_DOUBLING, None),
    ],
    "x.sql": [
        ("", "x.sql: the file describes no table"),
        ("CREATE TABLE t (a integer,\n b", "x.sql:2:2: this is not SQL of the dialect"),
        ("CREATE TABLE t (a 'x", "x.sql:1:21: a quote or comment is not closed"),
        (
            "CREATE TABLE t (a integer,\n  b intger);",
            "x.sql:2:3: `intger` is not a type in duckdb, for the column `b`",
        ),
        ("CREATE TABLE t (a integer, A text);", "x.sql:1:28: the column `A` of `t` stands twice"),
        (
            "CREATE TABLE t (a integer);\nCREATE TABLE T (a integer);",
            "x.sql:2:14: the table `T` stands twice",
        ),
        (
            "CREATE TABLE t (a integer, PRIMARY KEY (b));",
            "x.sql:1:14: the primary key of `t` names `b`, which is no column",
        ),
        (DEEP_SQL, "x.sql:1:132: the SQL is nested more than 100 levels deep"),
        ("SELECT 1;", "x.sql: the file describes no table"),
    ],
    "x.yml": [
        ("models: [", "x.yml:2:1: the file is not valid YAML"),
        ("version: 2\n", "x.yml:1:1: the file has no list of `models`"),
        ("models: [{description: x}]", "x.yml:1:10: a model has no `name`"),
        (
            "models:\n  - name: t\n    columns: [{name: a, data_type: intger}]",
            "x.yml:3:36: `intger` is not a type in duckdb, for the column `a`",
        ),
        ("models:\n  - name: t\n  - name: T\n", "x.yml:3:5: the table `T` stands twice"),
        (
            "models: [{name: t, columns: [{name: a, tests: [accepted_values]}]}]",
            "x.yml:1:48: the test `accepted_values` of `a` has no list of `values`",
        ),
        ("models: [{name: t, versions: [{}]}]", "x.yml:1:31: a version has no `v`"),
    ],
}
CASES = [(file, text, said) for file, found in WRONG.items() for text, said in found]


def problem(file: str, text: str) -> list[str]:
    with pytest.raises(ImportInvalid) as caught:
        import_tables(text.encode(), file, None, "duckdb", "duckdb")
    return [f"{one.place}: {one.message}" for one in caught.value.diagnostics]


@pytest.mark.parametrize(("file", "text", "said"), CASES)
def test_a_wrong_file_is_refused_at_its_place(file: str, text: str, said: str | None) -> None:
    (first, *_) = problem(file, text)
    assert first.startswith(said) if said else "more than 20,000 values" in first


@pytest.mark.parametrize("file", WRONG)
def test_bytes_that_are_no_text_are_refused(file: str) -> None:
    with pytest.raises(ImportInvalid) as caught:
        import_tables(b"\xff\xfe\x00", file, None, "duckdb", "duckdb")
    assert str(caught.value) == "the file is not UTF-8 text"


LOST = {
    "x.json": (
        '{"title": "t", "properties": {"a": {"type": ["integer", "string"]},'
        ' "b": {"type": "string", "contentEncoding": "base64"}}}',
        [
            "x.json:1:36: `a` may be integer or string, and a column has one type",
            "x.json:1:93: `contentEncoding` of `b` has no word in a contract",
        ],
    ),
    "x.avsc": (
        '{"type": "record", "name": "r", "fields": ['
        '{"name": "a", "type": ["int", "string"]},'
        ' {"name": "b", "type": {"type": "int", "logicalType": "week"}, "default": 3}]}',
        [
            "x.avsc:1:66: `a` is a union of 2 types, and a column has one",
            "x.avsc:1:159: the default of `b` has no word in a contract",
            "x.avsc:1:139: the logical type `week` of `b` is not known for int",
        ],
    ),
    "x.sql": (
        "CREATE TABLE t (a integer DEFAULT 1, b integer, UNIQUE (a, b), CHECK (a < b));\n"
        "CREATE INDEX i ON t (a);",
        [
            "x.sql:1:17: `DEFAULT 1` of `a` has no word in a contract",
            "x.sql:1:57: UNIQUE over 2 columns of `t` has no word in a contract",
            "x.sql:1:71: the check `a < b` of `t` has no word in a contract",
            "x.sql:2:1: the statement `CREATE INDEX …` describes no table",
        ],
    ),
    "x.yml": (
        "models:\n"
        "  - name: t\n"
        "    columns:\n"
        "      - name: a\n"
        "        constraints: [{type: not_null}]\n"
        "        tests: [{not_null: {where: x > 1}}, odd]\n",
        [
            "x.yml:6:17: the test `not_null` of `a` is not carried over",
            "x.yml:6:45: the test `odd` of `a` is not carried over",
            "x.yml:5:23: a constraint of `a` says nothing, as its contract is not enforced",
        ],
    ),
}


@pytest.mark.parametrize("file", LOST)
def test_what_is_lost_is_told(file: str) -> None:
    text, said = LOST[file]
    found = import_tables(text.encode(), file, None, "duckdb", "duckdb")
    assert [f"{one.place}: {one.message}" for one in found.notes] == said
    assert all(one.rule == "not_carried_over" for one in found.notes)


def test_the_form_has_to_be_known() -> None:
    with pytest.raises(UnknownImportFormat) as caught:
        import_tables(b"", "x.txt", None, "duckdb", "duckdb")
    assert str(caught.value) == "the file's name does not tell its form"
    with pytest.raises(UnknownImportFormat) as caught:
        import_tables(b"", "x.txt", "avr", "duckdb", "duckdb")
    assert caught.value.hint == "did you mean `avro`?"


def test_a_table_has_to_be_in_the_file() -> None:
    found = import_tables(b"CREATE TABLE orders (a text);", "x.sql", None, "duckdb", "duckdb")
    with pytest.raises(TableNotImported) as caught:
        chosen(found, ["order"], "x.sql")
    assert caught.value.hint == "did you mean `orders`?"
