"""hansa test --mutate, as people and programs see it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hansa.cli.app import run as run_hansa

EXAMPLE = Path(__file__).parents[2] / "examples" / "flights" / "reference"


def run(capsys: pytest.CaptureFixture[str], directory: Path, *options: str) -> tuple[int, str, str]:
    shutil.copytree(EXAMPLE, directory / "reference")
    given = ["test", "-C", str(directory / "reference"), *options]
    code = run_hansa(given)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_counts_every_mutant_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, tmp_path, "--mutate", "--only", "stg_airports", "--format", "json")
    found = json.loads(out)["mutation"]
    assert code == 0
    assert list(found["models"]) == ["stg_airports"]
    mutants = found["models"]["stg_airports"]["mutants"]
    counted = sum(found[fate] for fate in ("killed", "survived", "invalid", "equivalent"))
    assert len(mutants) == counted == found["made"] > 0
    assert all((one["test"] is not None) == (one["status"] == "killed") for one in mutants)


def test_a_score_below_the_threshold_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--only", "airports", "--fail-under-mutation", "100")
    code, out, error = run(capsys, tmp_path, *options)
    assert code == 1
    assert (
        "airports.sql:15:14: relational: = becomes <=\n"
        "  @@ line 15 @@\n"
        "  -         WHEN time_zone = 'America/Anchorage' THEN 'alaska'\n"
        "  +         WHEN time_zone <= 'America/Anchorage' THEN 'alaska'\n"
    ) in out
    assert "mutation score: " in error
    assert "% is below the 100% asked for" in error


def test_an_unknown_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, tmp_path, "--mutate", "--only", "airport")
    assert code == 2
    assert error == (
        "error: there is no model `airport` whose SQL could be changed\n"
        "hint: did you mean `airports` or `stg_airports`?\n"
    )
