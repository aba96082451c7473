"""Conditions of many atoms: the outcomes that masking allows, and probes that do not explode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sql.coverage.measuring import Case, instrument_case

from hansa.engines.sandbox import Sandbox, open_sandbox

Met = list[set[str]]
Formula = tuple[object, ...]
Value = bool | None


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        opened.create_schema("given")
        opened.execute("CREATE TABLE given.t (a int, b int, s varchar)")
        yield opened


def met(sandbox: Sandbox, condition: str, rows: Sequence[tuple[object, ...]]) -> Met:
    """The outcomes that rows of `a` and `b` show of each atom, in the order of the text."""
    sandbox.execute("DELETE FROM given.t")
    for row in rows:
        sandbox.execute("INSERT INTO given.t (a, b) VALUES (?, ?)", list(row))
    found = instrument_case(Case("chain", sql=[f"SELECT a FROM t WHERE {condition}"]))
    shown: dict[int, bool] = {}
    for probe in found.probes:
        answer = sandbox.query(next(iter(probe.queries))).rows[0]
        shown |= dict(zip(probe.obligations, answer, strict=True))
    assert len(shown) == len(found.obligations)
    places = groupby(enumerate(found.obligations), key=lambda one: (one[1].line, one[1].column))
    return [{one.outcome for at, one in group if shown[at]} for _, group in places]


def test_an_atom_of_and_decides_while_no_other_is_false(sandbox: Sandbox) -> None:
    condition = " AND ".join(f"a <> {number}" for number in range(30))

    assert met(sandbox, condition, [(500, 0)]) == [{"true"}] * 30
    one = met(sandbox, condition, [(7, 0)])
    assert one == [{"false"} if at == 7 else set() for at in range(30)]
    assert met(sandbox, condition, [(None, 0)]) == [{"null"}] * 30


def test_an_atom_of_or_decides_while_no_other_is_true(sandbox: Sandbox) -> None:
    condition = " OR ".join(f"a = {number}" for number in range(30))

    assert met(sandbox, condition, [(500, 0)]) == [{"false"}] * 30
    assert met(sandbox, condition, [(29, 0)]) == [set()] * 29 + [{"true"}]
    assert met(sandbox, condition, [(None, 0)]) == [{"null"}] * 30


@pytest.mark.parametrize("word", ["AND", "OR"])
def test_a_hundred_atoms_are_measured(sandbox: Sandbox, word: str) -> None:
    operator, outcome = ("<>", "true") if word == "AND" else ("=", "false")
    condition = f" {word} ".join(f"a {operator} {number}" for number in range(100))
    rows = [(500, 0), (None, 0)]

    assert met(sandbox, condition, rows) == [{outcome, "null"}] * 100


def test_two_false_atoms_of_and_mask_each_other(sandbox: Sandbox) -> None:
    condition = " AND ".join(["a > 0", "b > 0", *(f"a <> {number}" for number in range(3, 31))])

    assert met(sandbox, condition, [(0, 0)]) == [set()] * 30
    assert met(sandbox, condition, [(0, 1)]) == [{"false"}] + [set()] * 29
    assert met(sandbox, condition, [(1, None)]) == [{"true"}, {"null"}] + [{"true"}] * 28


def test_a_false_part_of_or_masks_nothing_but_its_own_atoms(sandbox: Sandbox) -> None:
    condition = " OR ".join(f"(a = {number} AND b = 1)" for number in range(15))

    # every part is false; in part 3 only `b = 1` is false, in the others `a = …` is, or both are
    expected: Met = [set(), set()] * 15
    expected[7] = {"false"}
    assert met(sandbox, condition, [(3, 2)]) == expected
    # part 3 is true and masks the others; its own atoms decide
    expected[6], expected[7] = {"true"}, {"true"}
    assert met(sandbox, condition, [(3, 1)]) == expected
    # `a` is NULL: `b = 1` is true, so it is each `a = …` that decides; `b` too, as NULL masks not
    assert met(sandbox, condition, [(None, 1)]) == [{"null"}, {"true"}] * 15


def test_probes_grow_with_the_atoms_and_not_with_their_square() -> None:
    def length(atoms: int, word: str) -> int:
        condition = f" {word} ".join(f"a <> {number}" for number in range(100, 100 + atoms))
        found = instrument_case(Case("chain", sql=[f"SELECT a FROM t WHERE {condition}"]))
        return sum(len(next(iter(probe.queries))) for probe in found.probes)

    for word in ("AND", "OR"):
        assert length(100, word) < 5 * length(25, word)


def formulas() -> st.SearchStrategy[Formula]:
    atoms = st.tuples(
        st.just("atom"), st.sampled_from("ab"), st.sampled_from(("=", "<", ">")), st.integers(0, 3)
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(st.just("NOT"), inner),
            st.tuples(st.sampled_from(("AND", "OR")), inner, inner),
        ),
        max_leaves=16,
    )


def text(formula: Formula) -> str:
    match formula:
        case ("atom", column, operator, number):
            return f"{column} {operator} {number}"
        case ("NOT", inner):
            return f"NOT ({text(inner)})"
        case (word, left, right):
            return f"({text(left)} {word} {text(right)})"
    raise AssertionError


def value(formula: Formula, row: dict[str, int | None]) -> Value:
    """Three-valued logic, as SQL has it."""
    match formula:
        case ("atom", column, operator, number):
            cell = row[column]
            if cell is None:
                return None
            return {"=": cell == number, "<": cell < number, ">": cell > number}[operator]
        case ("NOT", inner):
            found = value(inner, row)
            return None if found is None else not found
        case (word, left, right):
            sides = (value(left, row), value(right, row))
            deciding = word == "OR"
            if deciding in sides:
                return deciding
            return None if None in sides else not deciding
    raise AssertionError


def outcomes_of(
    formula: Formula, row: dict[str, int | None], decides: bool = True
) -> Iterator[set[str]]:
    """What one row shows of each atom: its value, if no neighbour on the way up masks it."""
    match formula:
        case ("atom", *_):
            names = {True: "true", False: "false", None: "null"}
            yield {names[value(formula, row)]} if decides else set()
        case ("NOT", inner):
            yield from outcomes_of(inner, row, decides)
        case (word, left, right):
            masking = word == "OR"
            yield from outcomes_of(left, row, decides and value(right, row) is not masking)
            yield from outcomes_of(right, row, decides and value(left, row) is not masking)


_CELLS = st.one_of(st.none(), st.integers(0, 3))


@settings(max_examples=40, deadline=None)
@given(formula=formulas(), rows=st.lists(st.tuples(_CELLS, _CELLS), max_size=3))
def test_outcomes_are_those_of_a_plain_evaluation(
    sandbox: Sandbox, formula: Formula, rows: list[tuple[int | None, int | None]]
) -> None:
    expected: Met = [set() for _ in outcomes_of(formula, {"a": None, "b": None})]
    for a, b in rows:
        for total, shown in zip(expected, outcomes_of(formula, {"a": a, "b": b}), strict=True):
            total |= shown

    assert met(sandbox, text(formula), rows) == expected
