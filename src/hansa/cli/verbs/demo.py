"""hansa demo."""

from __future__ import annotations

import os
import shlex
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption
from hansa.cli.render import print_json, print_lines, print_sentence
from hansa.ops.demo import Chapter, Edit, Run, Say, apply_change, prepare_demo
from hansa.ops.demo_story import STORY

app = typer.Typer()

_WIDTH = 88
_INTERRUPTED = 130


@app.command("demo")
def demo_verb(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Play it here and leave everything to explore."),
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Play the main job on real data: five teams, one contract each, several releases live."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hansa-demo-") as temporary:
        place = keep.absolute() if keep else Path(temporary, "flights")
        prepare_demo(place)
        unexpected = _play(place, quiet=format is Format.JSON)
    seconds = round(time.monotonic() - started, 1)
    if format is Format.JSON:
        steps = sum(isinstance(step, Run) for step in STORY)
        kept = str(place) if keep else None
        print_json({"commands": steps, "unexpected": unexpected, "seconds": seconds, "kept": kept})
    elif keep:
        print_lines("", f"Everything is in {keep}. Try there:", "", *_next_steps(keep))
    else:
        print_lines("", "`hansa demo --keep DIR` leaves everything in DIR to explore.")
    if unexpected:
        raise typer.Exit(1)


def _play(place: Path, quiet: bool) -> list[str]:
    """Tell and run every step; the commands that ended otherwise than the story says."""
    unexpected = []
    with _environment(place), _silence(quiet):
        for step in STORY:
            match step:
                case Chapter(title):
                    print_lines("", title, "=" * len(title), style="bold")
                case Say(text):
                    print_lines("", *textwrap.wrap(" ".join(text.split()), _WIDTH))
                case Edit():
                    written = apply_change(place, step)
                    print_lines("", *textwrap.wrap(f"({step.summary})", _WIDTH), style="italic")
                    print_lines(*(f"  edited {step.product}/{name}" for name in written))
                case Run():
                    code = _run(step, place)
                    if code == _INTERRUPTED:
                        raise KeyboardInterrupt
                    if code != step.expect:
                        unexpected.append(f"{step.product}: hansa {step.command}")
                        print_sentence("error", f"expected exit code {step.expect}, got {code}")
    return unexpected


def _run(step: Run, place: Path) -> int:
    from hansa.cli.app import run

    print_lines("", f"{step.product}$ hansa {step.command}", style="bold cyan")
    arguments = shlex.split(step.command)
    before = Path.cwd()
    os.chdir(place / step.product)
    try:
        return run(arguments)
    finally:
        os.chdir(before)


@contextmanager
def _environment(place: Path) -> Iterator[None]:
    """The demo's directory is nobody's git checkout, wherever it lies."""
    before = os.environ.get("GIT_CEILING_DIRECTORIES")
    os.environ["GIT_CEILING_DIRECTORIES"] = str(place.parent)
    try:
        yield
    finally:
        if before is None:
            del os.environ["GIT_CEILING_DIRECTORIES"]
        else:
            os.environ["GIT_CEILING_DIRECTORIES"] = before


@contextmanager
def _silence(quiet: bool) -> Iterator[None]:
    """Keep the played commands' output away from a program that asked for JSON."""
    if not quiet:
        yield
        return
    from contextlib import redirect_stderr, redirect_stdout

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def _next_steps(keep: Path) -> list[str]:
    return [
        f"  cd {shlex.quote(str(keep))}/punctuality",
        "  hansa tree                     what this release is built on",
        "  hansa diff punctuality@1.0.0   what changed since, and what that required",
        "  hansa status                   what is live in the warehouse, and what it costs",
        "  hansa explain column_renamed   why a rename is major",
        "  edit models/*.sql, then: hansa check && hansa test",
    ]
