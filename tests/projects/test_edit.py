from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.projects.edit import add_requirement, remove_requirement, set_version
from hansa.projects.errors import ProductInvalid, UneditableFile
from hansa.projects.roundtrip import edit_document, quote_scalar
from hansa.projects.yaml_document import parse_document, plain

PRODUCT = """\
# who we are
name:   sales   # kept as it is
owner: {team: a,  contact: "b@example.com"}

requires:
    flights: ^1.2     # pinned by hand
    # the next one is new
    weather: "~2.0"

description: >-
  folded
  text
"""


ADDED: dict[str, tuple[str, str, str, str]] = {
    "after the last": (
        PRODUCT,
        "fleet",
        "^1.0",
        PRODUCT.replace('"~2.0"\n', '"~2.0"\n    fleet: ^1.0\n'),
    ),
    "another constraint": (PRODUCT, "flights", ">=1.2 <3", PRODUCT.replace("^1.2", "'>=1.2 <3'")),
    "constraint in quotes": (PRODUCT, "weather", "~2.1", PRODUCT.replace('"~2.0"', "~2.1")),
    "a number needs quotes": (PRODUCT, "flights", "1.2", PRODUCT.replace("^1.2", "'1.2'")),
    "no requirements yet": (
        "name: sales\nowner:\n  team: a\n  contact: b\n\n# data\nsources: {}\n",
        "flights",
        "^1",
        "name: sales\nowner:\n  team: a\n  contact: b\nrequires:\n  flights: ^1\n\n"
        "# data\nsources: {}\n",
    ),
    "no line end": ("name: sales", "flights", "^1", "name: sales\nrequires:\n  flights: ^1\n"),
    "empty": ("", "flights", "^1", "requires:\n  flights: ^1\n"),
    "windows": (
        "name: sales\r\nowner: {team: a}\r\n",
        "flights",
        "^1",
        "name: sales\r\nowner: {team: a}\r\nrequires:\r\n  flights: ^1\r\n",
    ),
    "null": (
        "name: sales  # us\nrequires:\n",
        "flights",
        "^1",
        "name: sales  # us\nrequires:\n  flights: ^1\n",
    ),
    "on one line": (
        "name: sales  # us\nrequires: {flights: ^1}\n",
        "fleet",
        "^2",
        "name: sales  # us\nrequires: {flights: ^1, fleet: ^2}\n",
    ),
    "on one line, another constraint": (
        "requires: {flights: ^1, fleet: ^2}\n",
        "flights",
        "^3",
        "requires: {flights: ^3, fleet: ^2}\n",
    ),
}


@pytest.mark.parametrize("case", ADDED)
def test_a_requirement_is_added_and_nothing_else_changes(case: str) -> None:
    text, name, constraint, expected = ADDED[case]
    assert add_requirement(text, name, constraint) == expected


REMOVED: dict[str, tuple[str, str, str]] = {
    "first": (PRODUCT, "flights", PRODUCT.replace("    flights: ^1.2     # pinned by hand\n", "")),
    "last": (PRODUCT, "weather", PRODUCT.replace('    weather: "~2.0"\n', "")),
    "unknown": (PRODUCT, "fleet", PRODUCT),
    "only": ("name: a\nrequires:\n  b: ^1\n# end\n", "b", "name: a\n# end\n"),
    "on one line": ("requires: {b: ^1, c: ^2}\n", "b", "requires: {c: ^2}\n"),
    "only, on one line": ("name: a\nrequires: {b: ^1}\n", "b", "name: a\n"),
}


@pytest.mark.parametrize("case", REMOVED)
def test_a_requirement_is_removed_and_nothing_else_changes(case: str) -> None:
    text, name, expected = REMOVED[case]
    assert remove_requirement(text, name) == expected


VERSIONS: dict[str, tuple[str, str]] = {
    "version: 1.0.0   # ours\n": "version: 2.0.0   # ours\n",
    'a: 1\nversion: "1.0.0"\n': "a: 1\nversion: 2.0.0\n",
    "{a: b, version: 1.0.0, c: d}\n": "{a: b, version: 2.0.0, c: d}\n",
    "version:\n  1.0.0\nb: 1.0.0\n": "version:\n  2.0.0\nb: 1.0.0\n",
    "a: 1  # x\n": "a: 1  # x\nversion: 2.0.0\n",
}


@pytest.mark.parametrize("text", VERSIONS)
def test_the_version_is_set_and_nothing_else_changes(text: str) -> None:
    assert set_version(text, "2.0.0") == VERSIONS[text]


def test_a_value_over_several_lines_is_not_edited() -> None:
    with pytest.raises(UneditableFile) as caught:
        set_version("version: >-\n  1.0\n  .0\n", "2.0.0")
    assert f"{caught.value.place}: {caught.value}" == (
        "contract.yaml: the file cannot be edited: the value is not written on one line"
    )
    assert caught.value.hint == "write the value `2.0.0` in line 1 yourself"


def test_a_list_cannot_be_edited() -> None:
    with pytest.raises(UneditableFile) as caught:
        add_requirement("- a\n", "flights", "^1")
    assert str(caught.value) == "the file cannot be edited: it is not a mapping of keys"


def test_a_broken_file_is_told_with_its_place() -> None:
    with pytest.raises(ProductInvalid) as caught:
        remove_requirement("a: [\n", "flights")
    assert str(caught.value.place) == "product.yaml:2:1"
    with pytest.raises(UneditableFile) as uneditable:
        edit_document("a: [\n", "f.yaml", lambda data: None)
    assert uneditable.value.hint == "mend the file first"


@settings(deadline=None)
@given(st.text())
def test_any_text_survives_as_a_scalar(text: str) -> None:
    if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        return
    assert plain(parse_document(f"k: {quote_scalar(text)}\n", "f")) == {"k": text}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
        st.sampled_from(["^1", "1.2", ">=1 <2", "*"]),
    ),
    st.booleans(),
)
def test_requirements_come_and_go_in_any_order(wanted: dict[str, str], flow: bool) -> None:
    start = "name: a\nrequires: {x__: ^1}\n" if flow else "# c\nname: a\n"
    text = start
    for name, constraint in wanted.items():
        text = add_requirement(text, name, constraint)
    found = plain(parse_document(text, "f")).get("requires", {})
    assert found == ({"x__": "^1"} if flow else {}) | wanted
    for name in wanted:
        text = remove_requirement(text, name)
    assert plain(parse_document(text, "f")) == plain(parse_document(start, "f"))
