"""Which lines of which models are new since an older version of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# As git has it: a file is a renamed one when half of it stayed.
_ALIKE = 0.5
# More pairs than this are not compared: a file then counts as new.
_PAIRS_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file with lines that its older version lacks; `old` is that one's path, if any."""

    path: str
    old: str | None
    lines: frozenset[int]


def find_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[ChangedFile, ...]:
    """The files of `new`, text by path, that have new lines, sorted; lines count from 1."""
    origins = _find_origins(old, new)
    found = []
    for path, text in sorted(new.items()):
        origin = origins.get(path)
        lines = new_lines("" if origin is None else old[origin], text)
        if lines:
            found.append(ChangedFile(path, origin, lines))
    return tuple(found)


def new_lines(old: str, new: str) -> frozenset[int]:
    """The lines of `new` that a line diff shows as added or changed."""
    after = _lines(new)
    matcher = SequenceMatcher(None, _lines(old), after, autojunk=False)
    changed: set[int] = set()
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind != "equal":
            changed.update(range(start + 1, end + 1))
    return frozenset(changed)


def line_ranges(lines: frozenset[int]) -> tuple[tuple[int, int], ...]:
    """First and last line of each stretch of lines."""
    ranges: list[tuple[int, int]] = []
    for line in sorted(lines):
        if ranges and ranges[-1][1] == line - 1:
            ranges[-1] = ranges[-1][0], line
        else:
            ranges.append((line, line))
    return tuple(ranges)


def _lines(text: str) -> list[str]:
    """Lines as positions count them, whichever way they end; the last may end in none."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if not lines[-1] else lines


def _find_origins(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The older path of each file that has one: the same, or a file that is gone."""
    origins = {path: path for path in new if path in old}
    for pairs in (_same_text, _same_name, _alike):
        gone = sorted(set(old) - set(origins.values()))
        come = sorted(set(new) - set(origins))
        for path, before in pairs({one: old[one] for one in gone}, {one: new[one] for one in come}):
            if path not in origins and before not in origins.values():
                origins[path] = before
    return origins


def _same_text(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    by_text: dict[str, list[str]] = {}
    for before, text in old.items():
        by_text.setdefault(text, []).append(before)
    for path, text in new.items():
        for before in by_text.get(text, ()):
            yield path, before


def _same_name(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A model that moved to another folder keeps its name."""
    by_name = {posixpath.basename(before): before for before in old}
    for path in new:
        name = posixpath.basename(path)
        if name in by_name:
            yield path, by_name[name]


def _alike(old: Mapping[str, str], new: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Pairs of which half of the lines stayed, those most alike first."""
    if len(old) * len(new) > _PAIRS_AT_MOST:
        return ()
    scored = []
    for path, text in new.items():
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(_lines(text))
        for before, earlier in old.items():
            matcher.set_seq1(_lines(earlier))
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
                scored.append((-matcher.ratio(), path, before))
    return [(path, before) for score, path, before in sorted(scored) if -score >= _ALIKE]
