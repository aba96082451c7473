"""A check of files that did not change: over before the command line has been imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hansa.errors import HansaError
from hansa.ops.kept_check import find_unchanged

_DIRECTORY = "-C"


def answer(arguments: Sequence[str], environ: Mapping[str, str]) -> int | None:
    """The exit code of `hansa check --no-compare` where all files are as the last check saw them.

    None in all other cases: then nothing was printed, and the command line takes over.
    """
    directory = _directory_of(arguments)
    if directory is None:
        return None
    try:
        result = find_unchanged(directory, environ)
    except (HansaError, OSError):
        return None
    if result is None:
        return None
    from hansa.cli.check_text import print_uncompared
    from hansa.cli.render import flush

    print_uncompared(result)
    return flush(0 if result.passed else 1)


def _directory_of(arguments: Sequence[str]) -> Path | None:
    """The directory to check, None for any other command."""
    rest = list(arguments)
    directory = Path()
    if _DIRECTORY in rest:
        at = rest.index(_DIRECTORY)
        if at + 1 == len(rest):
            return None
        directory = Path(rest[at + 1])
        del rest[at : at + 2]
    return directory if rest == ["check", "--no-compare"] else None
