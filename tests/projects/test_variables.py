from __future__ import annotations

import pytest

from hansa.errors import Place
from hansa.projects.errors import UndefinedVariable
from hansa.projects.variables import expand_variables

ENVIRON = {"HOST": "warehouse", "PASSWORD": "${HOST}", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("duckdb:///a.duckdb", "duckdb:///a.duckdb"),
        ("postgresql://${HOST}/a", "postgresql://warehouse/a"),
        ("${HOST}${HOST}${EMPTY}", "warehousewarehouse"),
        ("${PASSWORD}", "${HOST}"),
        ("$HOST", "$HOST"),
        ("$${HOST}", "${HOST}"),
        ("${}", "${}"),
        ("${1}", "${1}"),
        ("a$$b", "a$b"),
    ],
)
def test_variables_are_taken_from_the_environment_once(text: str, expected: str) -> None:
    assert expand_variables(text, ENVIRON) == expected


def test_an_unset_variable_is_named_and_no_value_is_shown() -> None:
    place = Place("product.yaml", 3, 9)
    with pytest.raises(UndefinedVariable) as caught:
        expand_variables("${HOST}:${PASWORD}", {"PASSWORD": "geheim"}, place)
    assert str(caught.value) == "the environment variable `HOST` is not set"
    assert (caught.value.place, caught.value.hint) == (place, "set it: `export HOST=…`")
    with pytest.raises(UndefinedVariable) as caught:
        expand_variables("${PASWORD}", {"PASSWORD": "geheim"}, place)
    assert caught.value.hint == "did you mean `PASSWORD`?"
    assert "geheim" not in f"{caught.value} {caught.value.hint} {caught.value.args}"
