"""Two sessions at work in one target."""

from __future__ import annotations

import pytest
from tests.targets import Target

from hansa.engines.errors import TargetBusy
from hansa.engines.protocol import Engine


def test_a_product_is_changed_by_one_session_at_a_time(engine: Engine, target: Target) -> None:
    other = target.open(patience=0.2)
    with engine.lock("flights"):
        with pytest.raises(TargetBusy) as caught, other.lock("flights"):
            pass
        assert "`flights`" in str(caught.value)
        assert caught.value.exit_code == 3
        with other.lock("fleet"):
            pass
    with other.lock("flights"):
        pass


def test_a_lock_is_tried_without_waiting(engine: Engine, target: Target) -> None:
    other = target.open(patience=60)
    with engine.lock("flights"):
        with other.try_lock("flights") as held:
            assert held is False
        with other.try_lock("fleet") as held:
            assert held is True
    with other.try_lock("flights") as held:
        assert held is True
        with engine.try_lock("flights") as second:
            assert second is False
    with engine.try_lock("flights") as held:
        assert held is True


def test_a_lock_ends_with_an_error(engine: Engine, target: Target) -> None:
    def fail() -> None:
        with engine.lock("flights"):
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  what the block raised is passed on
        fail()
    with target.open(patience=0.2).lock("flights"):
        pass


def test_one_session_switches_at_a_time(engine: Engine, target: Target) -> None:
    other = target.open(patience=0.2)
    with engine.switch(()), pytest.raises(TargetBusy), other.switch(()):
        pass
    with other.switch(()):
        pass


@pytest.mark.never("spark", reason="it has no transactions of DDL", raises=AssertionError)
def test_what_is_made_beside_does_not_disturb_others(engine: Engine, target: Target) -> None:
    other = target.open(patience=1)
    engine.create_schema("a")
    other.create_schema("b")
    with engine.transaction():
        engine.create_table(("a", "t"), "SELECT 1 AS x")
        other.create_table(("b", "t"), "SELECT 2 AS x")
        assert other.relations("a") == ()
    assert [found.name for found in other.relations("a")] == ["t"]
