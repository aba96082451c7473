"""The fate of mutants: killed, survived, refused or proven equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansa.ops.workspace import Workspace
from hansa.testing import workers
from hansa.testing.exercise import Exercise
from hansa.testing.mutation import Fate, MutationReport, Sample, measure_mutation
from hansa.testing.probing import Probes

PRODUCT = """\
name: p
description: d
owner: {team: t}
sources:
  raw:
    tables:
      t:
        path: t.csv
        columns: {a: {type: integer, required: true}, b: varchar}
        primary_key: [a]
"""
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: p
name: p
version: 1.0.0
status: active
schema: []
"""
MODEL = "SELECT a\nFROM raw.t\nWHERE a > 1\n"


def make_tests(*values: int, expect: tuple[int, ...]) -> str:
    rows = "".join(f"          - {{a: {value}}}\n" for value in values)
    out = ", ".join(f"{{a: {value}}}" for value in expect)
    return (
        "unit_tests:\n  - name: one\n    model: m\n    given:\n      - input: raw.t\n"
        f"        rows:\n{rows}    expect:\n      rows: [{out}]\n"
    )


def measure(
    tmp_path: Path,
    tests: str,
    sample: Sample = Sample(),  # noqa: B008
    model: str = MODEL,
) -> MutationReport:
    files = {
        "product.yaml": PRODUCT,
        "contract.yaml": CONTRACT,
        "models/m.sql": model,
        "tests/t.yaml": tests,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    space = Workspace(tmp_path, require_interface=False)
    return measure_mutation(space.product, space.facts, space.interfaces, sample=sample)


def fates(report: MutationReport) -> dict[str, Fate]:
    return {one.mutant.after: one.fate for model in report.models for one in model.mutants}


FULL = make_tests(0, 1, 2, 3, expect=(2, 3))


def test_a_test_of_both_sides_and_the_bound_kills_all(tmp_path: Path) -> None:
    report = measure(tmp_path, FULL)
    assert fates(report) == {
        "SELECT DISTINCT a FROM raw.t WHERE a > 1": Fate.EQUIVALENT,
        "a = 1": Fate.KILLED,
        "a <> 1": Fate.KILLED,
        "a < 1": Fate.KILLED,
        "a <= 1": Fate.KILLED,
        "a >= 1": Fate.KILLED,
        "TRUE": Fate.KILLED,
        "FALSE": Fate.KILLED,
        "2": Fate.KILLED,
        "0": Fate.KILLED,
    }
    assert report.percent == 100


def test_a_test_without_the_bound_lets_changes_of_it_survive(tmp_path: Path) -> None:
    report = measure(tmp_path, make_tests(0, 3, expect=(3,)))
    survived = {text for text, fate in fates(report).items() if fate is Fate.SURVIVED}
    assert survived == {"a >= 1", "2", "0"}
    assert report.percent < 100


def test_without_tests_all_valid_mutants_survive(tmp_path: Path) -> None:
    report = measure(tmp_path, "unit_tests: []\n")
    assert report.count(Fate.KILLED) == 0
    assert report.percent == 0


def test_a_failing_test_kills_nothing_and_is_named(tmp_path: Path) -> None:
    report = measure(tmp_path, make_tests(0, 3, expect=(7,)))
    assert report.failing == ("one",)
    assert report.count(Fate.KILLED) == 0


def test_the_same_seed_draws_the_same_sample(tmp_path: Path) -> None:
    first = measure(tmp_path, FULL, Sample(size=4, seed=7))
    again = measure(tmp_path, FULL, Sample(size=4, seed=7))
    assert first == again
    assert sum(len(model.mutants) for model in first.models) == 4
    assert first.made == 10


ARMS = """\
SELECT
  a,
  CASE
    WHEN a = 1
    THEN b LIKE 'x%'
    WHEN a = 2
    THEN b LIKE 'y%'
  END AS f
FROM raw.t
"""


def a_test(name: str, row: str, expect: str) -> str:
    return (
        f"  - name: {name}\n    model: m\n    given: [{{input: raw.t, rows: [{row}]}}]\n"
        f"    expect: {{rows: [{expect}]}}\n"
    )


def test_a_mutant_meets_no_test_whose_rows_do_not_reach_it(tmp_path: Path) -> None:
    first = a_test("first", "{a: 1, b: xx}", "{a: 1, f: true}")
    second = a_test("second", "{a: 2, b: zz}", "{a: 2, f: false}")
    report = measure(tmp_path, f"unit_tests:\n{first}{second}", model=ARMS)
    judged = {one.mutant.after: one for one in report.models[0].mutants}
    # the other test does not compute the arm, and is not tried
    assert judged["b LIKE 'x'"].runs == 1
    assert (judged["b LIKE 'x'"].fate, judged["b LIKE 'x'"].test) == (Fate.KILLED, "first")
    assert (judged["b LIKE '%y%'"].fate, judged["b LIKE '%y%'"].runs) == (Fate.SURVIVED, 1)
    # what a test shows an outcome of is tried on it first
    assert (judged["a <> 2"].test, judged["a <> 2"].runs) == ("second", 1)
    assert report.runs == sum(one.runs for one in report.models[0].mutants)


def test_leaving_tests_out_changes_no_fate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(1, "xx", "true"), (1, "ax", "false"), (2, "zz", "false"), (3, "y", "null")]
    tests = "".join(
        a_test(f"t{number}", f"{{a: {a}, b: {b}}}", f"{{a: {a}, f: {f}}}")
        for number, (a, b, f) in enumerate(rows)
    )
    few = measure(tmp_path, f"unit_tests:\n{tests}", model=ARMS)
    monkeypatch.setattr(Exercise, "may_notice", lambda *_: True)
    all_ = measure(tmp_path, f"unit_tests:\n{tests}", model=ARMS)
    assert fates(few) == fates(all_)
    assert few.runs < all_.runs


def test_an_outcome_that_cannot_be_asked_leaves_no_test_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Probes, "answer", lambda *_: None)
    first = a_test("first", "{a: 3, b: xx}", "{a: 3, f: null}")
    report = measure(tmp_path, f"unit_tests:\n{first}", model=ARMS)
    assert all(one.runs == 1 for one in report.models[0].mutants)


@pytest.mark.parametrize(("jobs", "forked"), [(1, False), (2, True), (2, False)])
def test_the_number_of_workers_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, forked: bool
) -> None:
    monkeypatch.setattr(workers, "can_fork", lambda: forked)
    expected = measure(tmp_path, FULL)
    space = Workspace(tmp_path, require_interface=False)
    assert measure_mutation(space.product, space.facts, space.interfaces, jobs=jobs) == expected
