"""The only module that prints: sentences, tables, findings, JSON, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hansa.cli.options import Format
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level
from hansa.errors import HansaError, Place
from hansa.ops.progress import Lasting

# wide enough for any table where nobody reads on a terminal (a file, a pipe, a CI log)
_PIPE_WIDTH = 4000

_LEVEL_STYLES = {
    Level.MAJOR: "bold red",
    Level.MINOR: "yellow",
    Level.PATCH: "green",
    Level.NONE: "dim",
}


def _console(stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def print_json(data: Any) -> None:
    """One JSON document on standard output, keys in the order given."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")


def print_text(text: str) -> None:
    """A finished text on standard output, byte for byte, for other programs to read."""
    sys.stdout.write(text)


def print_lines(*lines: str, style: str | None = None) -> None:
    """Plain lines on standard output; never reads markup in them."""
    console = _console()
    for line in lines:
        console.print(Text(line, style=style or ""), soft_wrap=True)


def print_sentence(kind: str, sentence: str) -> None:
    """`error: …`, `warning: …` or `hint: …` on standard error."""
    style = {"error": "bold red", "warning": "yellow", "hint": "cyan"}.get(kind, "")
    _console(stderr=True).print(Text.assemble((f"{kind}:", style), " ", sentence), soft_wrap=True)


def print_error(error: HansaError) -> None:
    """An error with its place and its hint; all findings where it carries several."""
    diagnostics: Sequence[Diagnostic] = getattr(error, "diagnostics", ())
    if diagnostics:
        print_diagnostics(diagnostics, stderr=True)
        return
    print_sentence("error", _placed(error.place, str(error)))
    if error.hint:
        print_sentence("hint", error.hint)


def _placed(place: Place | None, sentence: str) -> str:
    return f"{place}: {sentence}" if place else sentence


def print_diagnostics(diagnostics: Iterable[Diagnostic], stderr: bool = False) -> None:
    """Findings one under the other: severity or level, rule, place, sentence, hint."""
    console = _console(stderr)
    for diagnostic in diagnostics:
        console.print(_diagnostic_line(diagnostic), soft_wrap=True)
        if diagnostic.waived or diagnostic.reason:
            word = "waived" if diagnostic.waived else "reason"
            console.print(Text(f"  {word}: {diagnostic.reason or ''}", "dim"), soft_wrap=True)
        elif diagnostic.hint:
            console.print(Text.assemble(("  hint:", "cyan"), " ", diagnostic.hint), soft_wrap=True)


def _diagnostic_line(diagnostic: Diagnostic) -> Text:
    if diagnostic.level is not None:
        word, style = str(diagnostic.level), _LEVEL_STYLES[diagnostic.level]
    else:
        word = diagnostic.severity.value
        style = "bold red" if diagnostic.severity is Severity.ERROR else "yellow"
    return Text.assemble(
        (f"{word}", "dim" if diagnostic.waived else style),
        (f" [{diagnostic.rule}] ", "dim"),
        _placed(diagnostic.place, diagnostic.message),
    )


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], right: str = "") -> None:
    """A table on standard output; `right` names the headers, by commas, that align right."""
    aligned = {name.strip() for name in right.split(",")}
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, justify="right" if header in aligned else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = _console()
    with console.capture() as capture:
        console.print(table)
    # cells are padded to the width of the column: what ends a line is of no use to anybody
    for line in capture.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def answer(format: Format, as_json: Callable[[], Any], as_text: Callable[[], None]) -> None:
    """Answer in the format that was asked for."""
    if format is Format.JSON:
        print_json(as_json())
    else:
        as_text()


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A reporter for long work: one changing line on a terminal, nothing elsewhere.

    Messages that last are notes on standard error, wherever that goes.
    """
    console = _console(stderr=True)
    if quiet or not console.is_terminal:
        yield _note
        return
    with console.status("") as status:

        def report(message: str) -> None:
            _note(message)
            status.update(Text(message))

        yield report


def _note(message: str) -> None:
    if isinstance(message, Lasting):
        print_sentence("note", message)


def diagnostic_json(diagnostic: Diagnostic) -> Mapping[str, Any]:
    """The stable JSON of one finding; documented in docs/json.md."""
    data: dict[str, Any] = {"rule": diagnostic.rule}
    if diagnostic.level is not None:
        data["level"] = str(diagnostic.level)
    else:
        data["severity"] = diagnostic.severity.value
    data |= {
        "table": diagnostic.table,
        "column": diagnostic.column,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }
    place = diagnostic.place
    data["place"] = (
        {"file": place.file, "line": place.line, "column": place.column} if place else None
    )
    if diagnostic.level is not None:
        data |= {"waived": diagnostic.waived, "reason": diagnostic.reason}
    return data


def format_bytes(count: int) -> str:
    """Bytes in the unit that a person would use: `1.4 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
