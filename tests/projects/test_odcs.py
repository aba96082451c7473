from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.projects.samples import CONTRACT, lines

from hansa.projects import contract_shapes
from hansa.projects.decoding import Shape
from hansa.projects.odcs import validate_odcs

EXAMPLES = Path(__file__).parents[2] / "examples" / "flights"
STANDARD: dict[str, Any] = json.loads(
    (files("open_data_contract_standard") / "schema.json").read_text("utf-8")
)


def _keys(name: str) -> set[str]:
    definition = STANDARD["$defs"][name]
    keys = set(definition.get("properties", {}))
    for part in definition.get("allOf", []):
        if "$ref" in part:
            keys |= _keys(part["$ref"].rpartition("/")[2])
        elif "then" in part:
            inner = part["then"]
            keys |= (
                _keys(inner["$ref"].rpartition("/")[2])
                if "$ref" in inner
                else set(inner.get("properties", {}))
            )
    for option in definition.get("oneOf", []):
        keys |= set(option.get("properties", {}))
    return keys


# Keys that only 3.0 had, or that people write there.
OLDER = {"a quality check": {"validValues"}}
SHAPES: list[tuple[Shape, set[str]]] = [
    (contract_shapes.CONTRACT, set(STANDARD["properties"])),
    (contract_shapes.TABLE, _keys("SchemaObject")),
    (contract_shapes.PROPERTY, _keys("SchemaBaseProperty")),
    (contract_shapes.QUALITY, _keys("DataQuality")),
    (contract_shapes.RELATIONSHIP, _keys("RelationshipBase")),
    (contract_shapes.SERVICE_LEVEL, _keys("ServiceLevelAgreementProperty")),
    (contract_shapes.ROLE, _keys("Role")),
]


@pytest.mark.parametrize(("shape", "keys"), SHAPES, ids=[shape.what for shape, _ in SHAPES])
def test_the_keys_are_those_of_the_standard(shape: Shape, keys: set[str]) -> None:
    # items of arrays hold `properties` too, which the standard adds elsewhere
    assert set(shape.fields) - OLDER.get(shape.what, set()) == keys


@pytest.mark.parametrize("name", ["fleet", "flights", "punctuality", "reference", "weather"])
def test_the_examples_follow_the_standard(name: str) -> None:
    assert validate_odcs((EXAMPLES / name / "contract.yaml").read_bytes(), "f") == ()


PROBLEMS = {
    "types": (
        CONTRACT + "        required: perhaps\nslaProperties: {a: 1}\n",
        [
            "f:14:19 invalid_odcs: `schema.0.properties.1.required` is not valid in ODCS: input "
            "should be a valid boolean, unable to interpret input | write the value as the Open "
            "Data Contract Standard has it",
            "f:15:16 invalid_odcs: `slaProperties` is not valid in ODCS: input should be a valid "
            "list | write the value as the Open Data Contract Standard has it",
        ],
    ),
    "key": (
        CONTRACT + "extra: 1\n",
        [
            "f:14:8 invalid_odcs: `extra` is not valid in ODCS: extra inputs are not permitted | "
            "write the value as the Open Data Contract Standard has it"
        ],
    ),
    "list": ("- a\n", ["f:1:1 invalid_odcs: a contract is a mapping of keys | None"]),
    "not YAML": (
        "a: [\n",
        [
            "f:2:1 invalid_yaml: the file is not valid YAML: did not find expected node content | "
            "None"
        ],
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_what_the_standard_does_not_allow_is_told_at_its_place(case: str) -> None:
    text, expected = PROBLEMS[case]
    assert lines(validate_odcs(text.encode(), "f")) == expected
