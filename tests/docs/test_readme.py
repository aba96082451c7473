"""The README's five minutes, played: commands, edits, exit codes and shown output."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.docs.readme import Command, apply, matches, read_steps

from hansa.cli.app import PANELS, run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tutorial_is_true(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HANSA_REGISTRY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    here = tmp_path / "work"
    here.mkdir()
    ran = 0
    for step in read_steps(README):
        if not isinstance(step, Command):
            apply(step, here)
            continue
        program, *arguments = shlex.split(step.text)
        if program == "cd":
            here = (here / arguments[0]).resolve(strict=True)
            continue
        assert program == "hansa"
        monkeypatch.chdir(here)
        capfd.readouterr()
        code = run(arguments)
        printed = capfd.readouterr()
        assert code == step.code, f"{step.text}\n{printed.out}{printed.err}"
        shown = "\n".join(step.shown)
        assert matches(step.shown, printed.out), f"{step.text}\n{printed.out}\nis not\n{shown}"
        ran += 1
    assert ran > 15


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ((), "anything\n", True),
        (("a",), "a\n", True),
        (("a",), "a\nb\n", False),
        (("a", "…"), "a\n", True),
        (("a", "…", "c"), "a\nb\nb\nc\n", True),
        (("a", "…", "c"), "a\nb\n", False),
        (("a … c",), "a b c\n", True),
        (("a … c",), "a b\nc\n", False),
        (("(a)",), "a\n", False),
    ],
)
def test_shown_output_is_compared(shown: tuple[str, ...], printed: str, fits: bool) -> None:
    assert matches(shown, printed) is fits


def test_every_verb_is_in_the_table_of_commands() -> None:
    table = README.split("## Commands")[1].split("\n## ")[0]
    named = set(re.findall(r"[a-z]+", " ".join(re.findall(r"^\| (.*?) \| ", table, re.MULTILINE))))
    assert {verb for verbs in PANELS.values() for verb in verbs} - named == set()


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
