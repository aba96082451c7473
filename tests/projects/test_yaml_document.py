from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.projects import yaml_document
from hansa.projects.yaml_document import (
    Mapping,
    Scalar,
    Sequence,
    YamlInvalid,
    parse_document,
    plain,
    read_document,
)

VALUES: dict[str, Any] = {
    "NO": "NO",
    "on": "on",
    "yes": "yes",
    "off": "off",
    "2026-01-31": "2026-01-31",
    "2026-01-31 10:00:00": "2026-01-31 10:00:00",
    "12:30": "12:30",
    "1_000": "1_000",
    "null": None,
    "~": None,
    "": None,
    "true": True,
    "FALSE": False,
    "tRue": "tRue",
    "0": 0,
    "-17": -17,
    "007": 7,
    "0o17": 15,
    "0x1F": 31,
    "1.5": 1.5,
    ".5": 0.5,
    "1e3": 1000.0,
    "1.": 1.0,
    "1.4.0": "1.4.0",
    "+": "+",
    ".": ".",
    ".inf": math.inf,
    "-.inf": -math.inf,
    "'1'": "1",
    '"true"': "true",
    "!!str 5": "5",
    "!!int '5'": 5,
    "^1.2": "^1.2",
    "é": "é",
    "\uff19": "\uff19",
}


@pytest.mark.parametrize("text", VALUES)
def test_plain_scalars_are_read_as_yaml_1_2_has_them(text: str) -> None:
    found = parse_document(f"k: {text}", "a")
    assert plain(found) == {"k": VALUES[text]}
    assert type(plain(found)["k"]) is type(VALUES[text])


def test_nan_is_read() -> None:
    assert math.isnan(plain(parse_document(".nan", "a")))


def test_a_number_with_thousands_of_digits_stays_a_text() -> None:
    assert plain(parse_document("9" * 5000, "a")) == "9" * 5000


def test_every_key_and_value_knows_its_place() -> None:
    node = read_document(b"\xef\xbb\xbfa:\n  - x\n  - {\xc3\xa9: 1, b: [2]}\n", "f.yaml")
    assert node == Mapping(
        1,
        1,
        {
            "a": yaml_document.Entry(
                "a",
                Scalar(1, 1, "a", "a"),
                Sequence(
                    2,
                    3,
                    [
                        Scalar(2, 5, "x", "x"),
                        Mapping(
                            3,
                            5,
                            {
                                "é": yaml_document.Entry(
                                    "é", Scalar(3, 6, "é", "é"), Scalar(3, 9, "1", 1)
                                ),
                                "b": yaml_document.Entry(
                                    "b",
                                    Scalar(3, 12, "b", "b"),
                                    Sequence(3, 15, [Scalar(3, 16, "2", 2)]),
                                ),
                            },
                        ),
                    ],
                ),
            )
        },
    )


def test_keys_are_always_text() -> None:
    assert plain(parse_document("{1: a, true: b, null: c, on: d}", "a")) == {
        "1": "a",
        "true": "b",
        "null": "c",
        "on": "d",
    }


def test_an_alias_stands_for_its_anchor() -> None:
    assert plain(parse_document("a: &x {b: 1}\nc: *x\nd: *x", "a")) == {
        "a": {"b": 1},
        "c": {"b": 1},
        "d": {"b": 1},
    }


def test_an_empty_file_is_null() -> None:
    assert plain(read_document(b"", "a")) is None
    assert plain(read_document(b"# only a comment\n", "a")) is None


def _bomb() -> bytes:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for at in range(1, 12):
        rows.append(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]")
    return "\n".join(rows).encode()


INVALID = {
    "tab": (
        b"a:\n\tb: 1\n",
        "f:2:1 invalid_yaml: the file is not valid YAML: found character that cannot start any "
        "token | indent with spaces instead of tabs",
    ),
    "colon": (
        b"a: b: c\n",
        "f:1:5 invalid_yaml: the file is not valid YAML: mapping values are not allowed in this "
        "context | put a text that holds `: ` in quotes",
    ),
    "open bracket": (
        b"a: [1\n",
        "f:2:1 invalid_yaml: the file is not valid YAML: did not find expected ',' or ']' | close "
        "the bracket, or put a comma between the items",
    ),
    "duplicate": (
        b"a: 1\nb: 2\na: 3\n",
        "f:3:1 duplicate_key: the key `a` stands twice, first in line 1 | keep one of the two",
    ),
    "two documents": (
        b"a: 1\n---\nb: 2\n",
        "f:2:1 invalid_yaml: the file holds more than one YAML document | keep one document and "
        "remove the line `---`",
    ),
    "python tag": (
        b"a: !!python/object/apply:os.system [ls]\n",
        "f:1:4 invalid_yaml: the tag `!!python/object/apply:os.system` is not allowed | remove the "
        "tag",
    ),
    "own tag": (b"- !x 1\n", "f:1:3 invalid_yaml: the tag `!x` is not allowed | remove the tag"),
    "complex key": (
        b"? [a]\n: b\n",
        "f:1:3 invalid_yaml: a key is a list or a mapping | use a text",
    ),
    "unknown alias": (
        b"a: *b\n",
        "f:1:4 invalid_yaml: no anchor `&b` stands before this alias | None",
    ),
    "own alias": (
        b"&a [*a]\n",
        "f:1:5 invalid_yaml: the anchor `&a` contains itself | None",
    ),
    "alias bomb": (
        _bomb(),
        "f:6:55 invalid_yaml: the file holds too many values | split it, or shorten it",
    ),
    "deep": (
        b"[" * 200_000,
        "f:1:101 invalid_yaml: values are nested more than 100 levels deep | write the values with "
        "less nesting",
    ),
    "deep block": (
        b"- " * 200_000 + b"x",
        "f:1:201 invalid_yaml: values are nested more than 100 levels deep | write the values with "
        "less nesting",
    ),
    "not UTF-8": (
        b"a: 1\nb: \xff\n",
        "f:2 not_text: the file is not UTF-8 text | save the file as UTF-8 text",
    ),
    "NUL": (b"a: 1\n\0", "f:2 not_text: the file holds NUL characters | write it as text"),
    "control character": (
        b"a: 1\nb: x\x07\n",
        "f:2:5 invalid_yaml: the file holds a control character, which YAML does not allow | "
        "remove it, or write it as an escape",
    ),
    "too large": (
        b"#" * (yaml_document.MAX_BYTES + 1),
        "f file_too_large: the file is larger than 16 MiB | split it, or shorten it",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_what_cannot_be_read_is_told_with_its_place(case: str) -> None:
    data, expected = INVALID[case]
    with pytest.raises(YamlInvalid) as caught:
        read_document(data, "f")
    error = caught.value
    assert f"{error.place} {error.rule}: {error.message} | {error.hint}" == expected


def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [1, 'b', {c: null}]\nd: *x\ne: |\n  text\n"
    fast = parse_document(text, "f")
    monkeypatch.setattr(yaml_document, "_LOADER", yaml.SafeLoader)
    assert parse_document(text, "f") == fast
    with pytest.raises(YamlInvalid):
        parse_document("a: b: c", "f")
    with pytest.raises(YamlInvalid):
        parse_document("a: \x07", "f")


# JSON is YAML but for two things: pairs of surrogates in escapes, and DEL as it is.
_TEXT = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="\x7f"),
    max_size=50,
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(_JSON)
def test_json_is_read_as_it_is(value: Any) -> None:
    text = json.dumps(value)
    assert plain(parse_document(text, "f")) == value


def _problem(data: bytes) -> YamlInvalid | None:
    try:
        plain(read_document(data, "f"))
    except YamlInvalid as error:
        return error
    return None


@settings(deadline=None)
@given(st.text() | st.text(alphabet="[]{}:,-&*!|>'\"%@ \n\tabc?#<"))
def test_any_text_is_read_or_refused(text: str) -> None:
    problem = _problem(text.encode())
    assert problem is None or problem.place.file == "f"


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    problem = _problem(data)
    assert problem is None or problem.place.file == "f"
