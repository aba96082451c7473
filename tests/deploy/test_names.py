"""Names in a target: readable, stable, short enough, and never shared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.version import Version
from hansa.deploy.names import (
    DELTA_SUFFIX,
    interface_schema,
    line_schema,
    shorten,
    store_name,
    store_schema,
)

LIMIT = 63


@pytest.mark.parametrize(
    ("version", "schema", "line"),
    [
        ("1.4.0", "flights__v1_4_0", "flights__v1"),
        ("0.3.2", "flights__v0_3_2", "flights__v0_3"),
        ("2.0.0-rc.1", "flights__v2_0_0_rc_1", "flights__v2"),
        ("2.0.0-rc-1", "flights__v2_0_0_rc_1_9a09b11eba", "flights__v2"),
        ("2.0.0-RC.1", "flights__v2_0_0_rc_1_d991e7bc23", "flights__v2"),
        ("2.0.0--", "flights__v2_0_0_b5a07804df", "flights__v2"),
    ],
)
def test_schemas_of_versions(version: str, schema: str, line: str) -> None:
    parsed = Version.parse(version)
    assert interface_schema("flights", parsed, LIMIT) == schema
    assert line_schema("flights", parsed.line, LIMIT) == line


def test_store_names() -> None:
    assert store_schema("flights", LIMIT) == "flights__store"
    assert store_name("fct_flights", "a1b2c3d4e5f6", LIMIT) == "fct_flights__a1b2c3d4e5"


def test_long_names_are_cut_and_stay_apart() -> None:
    long = "a" * 62
    found = {store_schema(f"{long}{ending}", LIMIT) for ending in "bc"}
    assert len(found) == 2
    assert all(len(name) == LIMIT for name in found)
    names = {store_name("ü" * 60, fingerprint * 10, LIMIT) for fingerprint in "ab"}
    assert len(names) == 2
    assert all(len(f"{name}{DELTA_SUFFIX}".encode()) <= LIMIT for name in names)


NUMBERS = st.integers(0, 30)
IDENTIFIER = st.from_regex(
    r"(0|[1-9][0-9]{0,2}|[0-9]{0,2}[a-zA-Z-][0-9a-zA-Z-]{0,4})", fullmatch=True
)
VERSIONS = st.builds(
    lambda numbers, parts: Version.parse(
        ".".join(map(str, numbers)) + ("-" + ".".join(parts) if parts else "")
    ),
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.lists(IDENTIFIER, max_size=3),
)
PRODUCTS = st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True)


@given(st.tuples(PRODUCTS, VERSIONS), st.tuples(PRODUCTS, VERSIONS))
def test_releases_never_share_a_schema(one: tuple[str, Version], two: tuple[str, Version]) -> None:
    names = [interface_schema(*release, LIMIT).casefold() for release in (one, two)]
    assert (names[0] == names[1]) == (one == two)
    lines = [line_schema(product, version.line, LIMIT) for product, version in (one, two)]
    same_line = one[0] == two[0] and one[1].line == two[1].line
    assert (lines[0] == lines[1]) == same_line
    kinds = {store_schema(one[0], LIMIT), store_schema(two[0], LIMIT)}
    assert not kinds & {*names, *lines} or one[0] != two[0]


@given(st.text(min_size=1, max_size=90), st.integers(20, 63))
def test_shortened_names_fit(name: str, limit: int) -> None:
    found = shorten(name, limit)
    assert len(found.encode()) <= limit
    assert found == shorten(name, limit)
    assert found == name or len(name.encode()) > limit
