"""Compiled SQL brought back to the lines of the template that it came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from hansa.projects.dbt.lexemes import closing_of, words_of
from hansa.projects.dbt.relations import INJECTED

_WITH = re.compile(
    r"(?P<with>\bwith\s+(?:recursive\s+)?)?(?P<name>" + INJECTED + r"\w+) as (?=\()", re.I
)
_COMMA = re.compile(r"\s*,")
# A statement or comment of the template leaves nothing; an expression leaves its value.
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_SILENT = re.compile(r"\{\{-?\s*config\s*\(", re.DOTALL)
_HOLE = "\0"
_VISIBLE = re.compile(r"[^\n]")
_LITERAL = re.compile(f"[^{_HOLE}]+")
# a longer model is shown by its compiled lines: lining up takes the square of their number
_LINES_AT_MOST = 5_000


def without_injected(sql: str, dialect: str, keep_lines: bool = False) -> str:
    """The SQL without the CTEs that dbt made of ephemeral models.

    What reads them still names them; `RelationNames.rename` turns that into the models. With
    `keep_lines` empty lines stand for them, so that the others stay where they are.
    """
    while (found := _WITH.search(sql)) is not None:
        end = closing_of(sql, found.end(), dialect)
        if end < 0:
            return sql
        start = found.start("name")
        comma = _COMMA.match(sql, end)
        if comma is not None:
            end = comma.end()
        elif found["with"]:
            start = found.start()
        between = "\n" * sql.count("\n", start, end) if keep_lines else ""
        sql = f"{sql[:start].rstrip(' ')} {between}{sql[end:].lstrip(' ')}"
    return sql


def lay_out(sql: str, template: str, dialect: str) -> str | None:
    """The same SQL with each line where its template has it, and columns where that is possible.

    None where a line of the template became several, as in a loop or by a macro.
    """
    if _HOLE in template:
        return None
    masked = list(map(str.rstrip, _masked(template).split("\n")))
    rendered = list(map(str.rstrip, sql.split("\n")))
    if max(len(masked), len(rendered)) > _LINES_AT_MOST:
        return None
    lines = _in_place(masked, rendered) or _line_up(masked, rendered)
    if lines is None:
        return None
    laid = "\n".join(
        _in_columns(masked[number], line, dialect) if line and line != masked[number] else line
        for number, line in enumerate(lines)
    ).rstrip()
    # whatever was moved, the SQL has to be the same: a text over two lines would not be
    same = laid == sql.rstrip() or words_of(laid, dialect) == words_of(sql, dialect)
    return laid if same else None


def _masked(template: str) -> str:
    """The template with a hole for each expression; statements and comments become space."""

    def mask(found: re.Match[str]) -> str:
        text = found[0]
        blank = _VISIBLE.sub(" ", text)
        if text.startswith("{{") and not _SILENT.match(text):
            return _HOLE + blank[1:]
        return blank

    return _JINJA.sub(mask, template)


def _in_place(masked: Sequence[str], rendered: list[str]) -> list[str] | None:
    """The lines as they are, where each is already at its template's: so most models are."""
    if len(masked) != len(rendered):
        return None
    for before, after in zip(masked, rendered, strict=True):
        if before != after and (
            _HOLE not in before or not _pattern(before.strip()).fullmatch(after.strip())
        ):
            return None
    return rendered


def _line_up(masked: Sequence[str], rendered: Sequence[str]) -> list[str] | None:
    """For each line of the template what it became; None when a line became several."""
    before = [(at, line.strip()) for at, line in enumerate(masked) if line.strip()]
    after = [line for line in rendered if line.strip()]
    result = [""] * len(masked)
    matcher = SequenceMatcher(
        None, [line for _, line in before], [line.strip() for line in after], autojunk=False
    )
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            pairs = list(zip(range(start, end), range(first, last), strict=True))
        else:
            found = _match_gap(before[start:end], after[first:last])
            if found is None:
                return None
            pairs = [(start + one, first + other) for one, other in found]
        for one, other in pairs:
            result[before[one][0]] = after[other]
    return result


def _match_gap(
    before: Sequence[tuple[int, str]], after: Sequence[str]
) -> list[tuple[int, int]] | None:
    """Lines of the template, in order, with what they became; some became nothing."""
    pairs = []
    at = 0
    for number, (_, line) in enumerate(before):
        if at < len(after) and _pattern(line).fullmatch(after[at].strip()):
            pairs.append((number, at))
            at += 1
    return pairs if at == len(after) else None


def _pattern(line: str) -> re.Pattern[str]:
    parts = [re.escape(part.strip()) for part in re.split(f"{_HOLE} *", line)]
    return re.compile(r"\s*.*?\s*".join(parts))


def _in_columns(masked: str, rendered: str, dialect: str) -> str:
    """The line with its literal parts in the columns of the template, unless values are longer."""
    laid, at = "", 0
    for part in _LITERAL.finditer(masked):
        literal = part[0].strip()
        found = rendered.find(literal, at)
        if not literal or found < 0:
            continue
        column = part.start() + len(part[0]) - len(part[0].lstrip())
        laid += rendered[at:found]
        if len(laid.rstrip()) < column:
            laid = laid.rstrip().ljust(column)
        laid += literal
        at = found + len(literal)
    laid = (laid + rendered[at:]).rstrip()
    return laid if words_of(laid, dialect) == words_of(rendered, dialect) else rendered
