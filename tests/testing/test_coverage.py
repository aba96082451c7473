"""What a recorder says after tests ran."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.product import UnitTest
from hansa.sql.analysis import analyse_product
from hansa.testing import probing, workers
from hansa.testing.coverage import CoverageRecorder, CoverageReport, Numbers
from hansa.testing.runner import run_tests

from .products import make_product, make_source, make_test

counts = st.integers(min_value=0, max_value=1000)
numbers = st.builds(Numbers, counts, counts, counts, counts)


@given(numbers, numbers, numbers)
def test_numbers_add_as_counts_do(one: Numbers, two: Numbers, three: Numbers) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + Numbers() == one


def test_nothing_to_cover_is_covered() -> None:
    assert Numbers().percent == 100.0


SOURCES = {"raw": {"t": make_source("t", "a integer!", "b integer")}}
MODELS = {
    "staged": "SELECT a, COALESCE(b, 0) AS b FROM raw.t",
    "shown": "SELECT a, CASE WHEN b > 1 THEN 'big' ELSE 'small' END AS size FROM staged",
}
BIG = make_test("big", "shown", {"raw.t": [{"a": 1, "b": 2}]}, [{"a": 1, "size": "big"}])
SMALL = make_test("small", "shown", {"raw.t": [{"a": 1}]}, [{"a": 1}])
GIVEN = make_test("given", "shown", {"staged": [{"a": 1, "b": 0}]}, [{"a": 1}])


def cover(
    *tests: UnitTest, contexts: bool = False, jobs: int = 1, **changes: str
) -> CoverageReport:
    product = make_product(MODELS | changes, ("shown",), SOURCES, tests)
    facts = analyse_product(product, {})
    recorder = CoverageRecorder(product, facts, {}, contexts=contexts)
    run_tests(product, facts, {}, observe=recorder, jobs=jobs)
    return recorder.report()


def shown(report: CoverageReport) -> dict[str, dict[str, str]]:
    return {
        model.model: {
            f"{one.obligation.kind} {one.obligation.outcome}": str(one.status)
            for one in model.obligations
        }
        for model in report.models
    }


def test_a_private_model_is_reached_through_a_public_one() -> None:
    assert shown(cover(BIG)) == {
        "shown": {"case arm 1": "met", "case else": "unmet"},
        "staged": {"coalesce argument 1": "met", "coalesce argument 2": "unmet"},
    }


def test_a_given_model_is_not_covered() -> None:
    assert shown(cover(GIVEN)) == {
        "shown": {"case arm 1": "unmet", "case else": "met"},
        "staged": {"coalesce argument 1": "unmet", "coalesce argument 2": "unmet"},
    }


def test_tests_add_up() -> None:
    report = cover(BIG, SMALL)

    assert report.numbers == Numbers(4, 4, 0, 0)
    assert report.numbers.percent == 100.0


def test_without_tests_everything_is_missing() -> None:
    assert cover().numbers == Numbers(4, 0, 0, 0)


def test_contexts_name_every_test_that_shows_an_outcome() -> None:
    case = cover(SMALL, GIVEN, contexts=True).models[0].obligations[1]

    assert (case.obligation.outcome, case.tests) == ("else", ("small", "given"))


@pytest.mark.parametrize("forked", [True, False])
@pytest.mark.parametrize("contexts", [True, False])
def test_the_number_of_workers_changes_nothing(monkeypatch, contexts, forked) -> None:
    monkeypatch.setattr(workers, "can_fork", lambda: forked)
    alone = cover(BIG, SMALL, GIVEN, contexts=contexts)
    beside = cover(BIG, SMALL, GIVEN, contexts=contexts, jobs=3)

    assert (beside.numbers, beside.asserted) == (alone.numbers, alone.asserted)
    assert contexts is False or beside == alone


def test_a_public_column_is_asserted_when_a_test_expects_it() -> None:
    report = cover(SMALL)

    assert report.asserted.columns == ("shown.a", "shown.size")
    assert report.asserted.asserted == {"shown.a"}
    assert report.asserted.percent == 50.0


def test_a_model_that_cannot_be_read_is_never_covered() -> None:
    report = cover(BIG, staged="SELEC")

    assert shown(report)["staged"] == {"query measured": "unmeasurable"}
    assert report.numbers == Numbers(3, 0, 1, 0)
    [note] = report.notes
    assert note.rule == "coverage_not_measured"
    assert note.message.startswith("model `staged` could not be measured: ")
    assert str(note.place).startswith("models/staged.sql:1:1")


def test_too_deep_a_query_is_never_covered() -> None:
    deep = "SELECT a, " + "(" * 3000 + "b" + ")" * 3000 + " AS b FROM raw.t"
    report = cover(BIG, staged=deep)

    assert shown(report)["staged"] == {"query measured": "unmeasurable"}
    assert [note.rule for note in report.notes] == ["coverage_not_measured"]


def test_what_takes_too_long_to_ask_is_unmeasurable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PROBE_TIME_LIMIT", 0.0)
    report = cover(BIG)

    assert set(shown(report)["shown"].values()) == {"unmeasurable"}
    assert {note.rule for note in report.notes} == {"coverage_out_of_time"}
    assert report.notes[0].message == (
        "what test `big` shows of model `shown` took more than 0 seconds to measure"
    )


def test_what_no_probe_can_ask_is_unmeasurable() -> None:
    opaque = "SELECT * FROM query('SELECT 1 AS a')"
    changed = cover(BIG, staged=f"SELECT x.a, b FROM raw.t AS x NATURAL JOIN ({opaque}) AS y")

    assert shown(changed)["staged"] == {
        "join matched": "unmeasurable",
        "join left only": "unmeasurable",
        "join right only": "unmeasurable",
    }
    assert changed.numbers == Numbers(5, 1, 3, 0)


def test_failing_tests_cover_too() -> None:
    failing = make_test("wrong", "shown", {"raw.t": [{"a": 1, "b": 2}]}, [{"a": 7}])

    assert shown(cover(failing)) == shown(cover(BIG))


@pytest.mark.parametrize("sql", ["SELECT a, 1 / b AS b FROM raw.t", "SELECT a, b FROM raw.t"])
def test_models_without_constructs_have_no_obligations(sql: str) -> None:
    assert shown(cover(BIG, staged=sql))["staged"] == {}
