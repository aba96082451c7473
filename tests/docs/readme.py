"""Reads a tutorial's blocks: commands with their shown output, files to write, edits to make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"#.*\bends with (\d+)")


@dataclass(frozen=True)
class Command:
    """One `$ ` line, the exit code that its comment announces, and the output shown below it."""

    text: str
    code: int
    shown: tuple[str, ...]


@dataclass(frozen=True)
class NewFile:
    """A file whose first line names its path in a comment."""

    path: str
    text: str


@dataclass(frozen=True)
class Edit:
    """One hunk: the lines that are there, and those that take their place."""

    path: str
    old: str
    new: str


Step = Command | NewFile | Edit


def read_steps(markdown: str) -> list[Step]:
    """The steps of a tutorial in their order; an edit waits for the `cd` of the next block."""
    steps: list[Step] = []
    waiting: list[Step] = []
    for match in _BLOCK.finditer(markdown):
        kind, body = match.groups()
        if kind == "console":
            found = _commands(body)
            steps += [*found[:1], *waiting, *found[1:]] if waiting else found
            waiting = []
        elif kind == "diff":
            waiting += _edits(body)
        elif kind == "sql" and body.startswith("-- "):
            first, _, rest = body.partition("\n")
            steps.append(NewFile(first.removeprefix("-- "), rest))
    return steps


def _commands(body: str) -> list[Step]:
    commands: list[Step] = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        announced = _EXIT.search(line)
        text = line.split("#")[0].strip()
        commands.append(Command(text, int(announced[1]) if announced else 0, tuple(shown)))
    return commands


def _edits(body: str) -> list[Step]:
    edits: list[Step] = []
    for part in re.split(r"^--- ", body, flags=re.MULTILINE)[1:]:
        path, _, rest = part.partition("\n")
        for hunk in rest.split("@@\n")[1:]:
            lines = hunk.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            new = "".join(line[1:] for line in lines if line[0] in " +")
            edits.append(Edit(path.strip(), old, new))
    return edits


def apply(step: NewFile | Edit, directory: Path) -> None:
    """Write the file, or make the edit; what is to be replaced must be there exactly once."""
    path = directory / step.path
    if isinstance(step, NewFile):
        path.write_text(step.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    assert text.count(step.old) == 1, f"{step.path} does not hold once:\n{step.old}"
    path.write_text(text.replace(step.old, step.new), encoding="utf-8")


def matches(shown: tuple[str, ...], printed: str) -> bool:
    """Whether output is what is shown; `…` stands for any text, alone on a line for any lines."""
    if not shown:
        return True
    pattern = ""
    for line in shown:
        if line == "…":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.split("…")) + r"[ ]*\n"
    return re.fullmatch(pattern, printed) is not None
