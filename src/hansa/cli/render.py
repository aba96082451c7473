"""The only module that prints: sentences, tables, findings, JSON, progress."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.level import Level
from hansa.errors import HansaError, OutsideUnreachable, Place
from hansa.ops.progress import Lasting

if TYPE_CHECKING:
    # colour and layout are imported where somebody sees them
    from rich.console import Console

    from hansa.cli.options import Format

# A text and its style.
_Part = tuple[str, str]
# what moves the cursor back or rings: a text from a file may not do that to a terminal or a log
_CONTROL = dict.fromkeys((7, 8, 11, 12, 13))
# wide enough for any table where nobody reads on a terminal (a file, a pipe, a CI log)
_PIPE_WIDTH = 4000

_LEVEL_STYLES = {
    Level.MAJOR: "bold red",
    Level.MINOR: "yellow",
    Level.PATCH: "green",
    Level.NONE: "dim",
}


def _is_plain(stderr: bool = False) -> bool:
    """Whether nobody can see styles: a file, a pipe, a log."""
    stream = sys.stderr if stderr else sys.stdout
    asked = any(os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    return not asked and not stream.isatty()


def _print(*lines: Sequence[_Part], stderr: bool = False) -> None:
    if _is_plain(stderr):
        stream = sys.stderr if stderr else sys.stdout
        for line in lines:
            text = "".join(part for part, _ in line).translate(_CONTROL).expandtabs()
            stream.write(text + "\n")
        return
    from rich.text import Text

    console = _console(stderr)
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

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
    _print(*([(line, style or "")] for line in lines))


def print_sentence(kind: str, sentence: str) -> None:
    """`error: …`, `warning: …` or `hint: …` on standard error."""
    style = {"error": "bold red", "warning": "yellow", "hint": "cyan"}.get(kind, "")
    _print([(f"{kind}:", style), (" ", ""), (sentence, "")], stderr=True)


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
    lines: list[Sequence[_Part]] = []
    for diagnostic in diagnostics:
        lines.append(_diagnostic_line(diagnostic))
        if diagnostic.waived or diagnostic.reason:
            word = "waived" if diagnostic.waived else "reason"
            lines.append([(f"  {word}: {diagnostic.reason or ''}", "dim")])
        elif diagnostic.hint:
            lines.append([("  hint:", "cyan"), (" ", ""), (diagnostic.hint, "")])
    _print(*lines, stderr=stderr)


def _diagnostic_line(diagnostic: Diagnostic) -> list[_Part]:
    if diagnostic.level is not None:
        word, style = str(diagnostic.level), _LEVEL_STYLES[diagnostic.level]
    else:
        word = diagnostic.severity.value
        style = "bold red" if diagnostic.severity is Severity.ERROR else "yellow"
    return [
        (word, "dim" if diagnostic.waived else style),
        (f" [{diagnostic.rule}] ", "dim"),
        (_placed(diagnostic.place, diagnostic.message), ""),
    ]


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], right: str = "") -> None:
    """A table on standard output; `right` names the headers, by commas, that align right."""
    from rich.table import Table
    from rich.text import Text

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
    if format.value == "json":
        print_json(as_json())
    else:
        as_text()


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A reporter for long work: one changing line on a terminal, nothing elsewhere.

    Messages that last are notes on standard error, wherever that goes.
    """
    if quiet or _is_plain(stderr=True):
        yield _note
        return
    from rich.text import Text

    console = _console(stderr=True)
    if not console.is_terminal:
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


def flush(code: int) -> int:
    """Write what is still to be written; a reader who went away gets no complaint."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print_sentence("error", word_os_error(error))
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OutsideUnreachable.exit_code
    return code


def word_os_error(error: OSError) -> str:
    """What the system said, as a sentence."""
    reason = (error.strerror or str(error)).lower()
    return f"`{error.filename}`: {reason}" if error.filename else reason
