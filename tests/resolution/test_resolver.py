"""Resolution by scenarios: a registry, requirements, and the lock or the error they give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.resolution.registries import constraints, pin, source

from hansa.errors import HansaError
from hansa.resolution import resolve

SCENARIOS = [
    pytest.param(scenario, id=f"{file.stem}-{scenario['name']}")
    for file in sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))
    for scenario in yaml.safe_load(file.read_text())
]


def run(scenario: dict[str, Any]) -> dict[str, Any]:
    """What the scenario gives, in the form in which it says what it expects."""
    upgrade = scenario.get("upgrade")
    requires = constraints(scenario["requires"])
    try:
        chosen = resolve(
            scenario.get("root", "report"),
            requires,
            source(scenario["registry"]),
            locked=dict(pin(each) for each in scenario.get("locked", [])),
            upgrade=None if upgrade is None else frozenset(upgrade),
            allow_skew=frozenset(scenario.get("allow_skew", [])),
        )
    except HansaError as error:
        return {"slug": error.slug, "error": str(error), "hint": error.hint}
    assert all(pin(f"{name}@{lock.version}") == (name, lock) for name, lock in chosen.items())
    return {"lock": [f"{name}@{lock.version}" for name, lock in chosen.items()]}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: dict[str, Any]) -> None:
    expected = {key: scenario[key] for key in ("lock", "error", "hint") if key in scenario}
    if "error" in expected:
        expected["slug"] = scenario.get("slug", "resolution-failed")
    assert run(scenario) == expected


def test_a_resolution_without_requirements_is_empty() -> None:
    assert resolve("report", {}, source({})) == {}


def test_each_product_is_asked_for_once() -> None:
    registry = source(
        {
            "base@1.0.0": [],
            "base@2.0.0": [],
            "left@1.0.0": ["base@1.0.0"],
            "left@1.1.0": ["base@2.0.0"],
            "right@1.0.0": ["base@1.0.0"],
        }
    )
    resolve("report", constraints({"left": "^1", "right": "^1"}), registry)
    assert sorted(registry.asked) == ["base", "left", "right"]
