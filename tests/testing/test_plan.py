"""A test computes the least: what the model reads, down to what is given."""

from __future__ import annotations

import pytest
from tests.testing.products import make_facts, make_product, make_source, make_test

from hansa.errors import HansaError, Place
from hansa.testing.plan import plan_test

READS = {
    "stg_flights": ("raw.flights",),
    "stg_planes": ("raw.planes",),
    "joined": ("stg_flights", "stg_planes", "reference.airlines"),
    "mart": ("joined", "stg_flights"),
    "other": ("raw.weather",),
    "ring_a": ("ring_b",),
    "ring_b": ("ring_a",),
}
PRODUCT = make_product(
    dict.fromkeys(READS, "select 1"),
    sources={"raw": {name: make_source(name) for name in ("flights", "planes", "weather")}},
)
FACTS = make_facts(PRODUCT, READS).models


@pytest.mark.parametrize(
    ("model", "given", "inputs", "models"),
    [
        (
            "mart",
            ["raw.flights"],
            {"raw.flights": True, "raw.planes": False, "reference.airlines": False},
            ["stg_flights", "stg_planes", "joined", "mart"],
        ),
        (
            "mart",
            ["joined"],
            {"joined": True, "raw.flights": False},
            ["stg_flights", "mart"],
        ),
        ("mart", ["joined", "stg_flights"], {"joined": True, "stg_flights": True}, ["mart"]),
        ("other", [], {"raw.weather": False}, ["other"]),
        ("ring_a", ["ring_b"], {"ring_b": True}, ["ring_a"]),
    ],
)
def test_a_plan_stops_at_given_inputs(model, given, inputs, models):
    test = make_test("t", model, {name: [{"a": 1}] for name in given}, [])
    plan = plan_test(test, PRODUCT, FACTS)
    assert {str(read): rows is not None for read, rows in plan.inputs.items()} == inputs
    assert list(plan.models) == models


@pytest.mark.parametrize(
    ("model", "given", "message", "hint", "line"),
    [
        (
            "marts",
            [],
            "test `t` is of `marts`, which is no model of this product",
            "did you mean `mart`?",
            2,
        ),
        (
            "other",
            ["raw.flights"],
            "test `t` gives `raw.flights`, which `other` does not read",
            "`other` reads `raw.weather`",
            10,
        ),
        (
            "mart",
            ["joined", "stg_flight"],
            "test `t` gives `stg_flight`, which `mart` does not read",
            "did you mean `stg_flights`?",
            20,
        ),
        # What a given model reads is not read any more.
        (
            "mart",
            ["joined", "raw.planes"],
            "test `t` gives `raw.planes`, which `mart` does not read",
            "`mart` reads `joined`, `raw.flights`, `stg_flights`",
            20,
        ),
        (
            "ring_a",
            [],
            "models read each other in a circle: `ring_a` -> `ring_b` -> `ring_a`",
            "break the circle, or give rows of one of its models",
            2,
        ),
    ],
)
def test_wrong_tests_are_told_with_their_place(model, given, message, hint, line):
    test = make_test("t", model, {name: [{"a": 1}] for name in given}, [])
    with pytest.raises(HansaError) as caught:
        plan_test(test, PRODUCT, FACTS)
    assert (str(caught.value), caught.value.hint) == (message, hint)
    assert caught.value.place == Place("tests/t.yaml", line)


def test_an_input_given_twice_is_refused():
    test = make_test("t", "other", {"raw.weather": [{"a": 1}]}, [])
    twice = type(test)(test.name, test.model, test.given * 2, test.expect)
    with pytest.raises(HansaError, match=r"test `t` gives `raw\.weather` twice"):
        plan_test(twice, PRODUCT, FACTS)


def test_tests_of_another_version_may_give_what_is_no_longer_read():
    test = make_test("t", "other", {"raw.flights": [{"a": 1}]}, [])
    plan = plan_test(test, PRODUCT, FACTS, lenient=True)
    assert [str(read) for read in plan.inputs] == ["raw.weather"]
