"""Announced ends of major lines, as those who pin them are told."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

from hansa.core.release import Deprecation, ReleaseName
from hansa.ops import clock
from hansa.ops import deploy as deploy_op
from hansa.ops import operate as operate_op
from hansa.ops.sunset import is_near, sunset_warnings
from hansa.registry.client import Registry
from hansa.registry.errors import UnknownProduct
from hansa.registry.open import open_registry

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("days", "near"), [(91, False), (90, True), (1, True), (0, True), (-1, True), (-400, True)]
)
def test_ninety_days_before_and_ever_after(days: int, near: bool) -> None:
    assert is_near(Deprecation("a", "1", TODAY + timedelta(days=days)), TODAY) is near


def test_an_end_without_a_date_warns_nobody() -> None:
    assert not is_near(Deprecation("a", "1"), TODAY)


def test_what_cannot_be_asked_stops_nothing() -> None:
    def lost() -> Registry:
        raise UnknownProduct("a", (), "nowhere")

    assert sunset_warnings(lost, [ReleaseName.parse("a@1.0.0")], TODAY) == ()


def test_every_verb_of_a_dependent_warns(
    tmp_path: Path, hansa: Hansa, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for command, place in (
        ("publish", "orders"),
        ("deploy", "orders"),
        ("lock", "sales"),
        ("publish", "sales"),
        ("deprecate orders@1 --sunset 2026-08-30 --message 'take 2'", "orders"),
    ):
        assert hansa(command, place).code == 0
    days = {"2026-06-01": "in 90 days", "2026-08-30": "passed"}
    from hansa.cli.verbs import lock as lock_verb

    # `hansa test` asks the clock itself, and late
    modules = (deploy_op, operate_op, lock_verb, clock)
    for text, when in days.items():
        for module in modules:
            monkeypatch.setattr(module, "today", lambda text=text: date.fromisoformat(text))
        notice = f"warning: `orders` 1.x is deprecated, sunset 2026-08-30 ({when}): take 2\n"
        for command in ("lock", "test", "deploy", "run"):
            outcome = hansa(command, "sales")
            assert (outcome.code, outcome.err) == (0, notice), command
        assert hansa("deploy --format json", "sales").json["warnings"] == [notice[9:-1]]
    for module in modules:
        monkeypatch.setattr(module, "today", lambda: date(2026, 5, 31))
    for command in ("test", "deploy", "run"):
        assert hansa(command, "sales").err == "", command
    registry = open_registry(str(tmp_path / "registry"), tmp_path)
    assert registry.deprecations("orders")[0].sunset == date(2026, 8, 30)
