"""What can go wrong, told so that a person can mend it.

Every error that reaches a user is a `HansaError`: it carries its data, words itself in one
sentence, and knows its slug (explained in `docs/errors.md`), its place and its hint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file as shown to people, and a 1-based line and column.

    Line 0 means the whole file; column 0 means the whole line.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        if not self.column:
            return f"{self.file}:{self.line}"
        return f"{self.file}:{self.line}:{self.column}"


class HansaError(Exception):
    """The base of all errors that are worded for people.

    A subclass sets `slug`, keeps its data as attributes and words it in `__str__`: one
    sentence, lowercase, no full stop, names in backticks. `place` and `hint` are printed
    beside the sentence, not in it. `exit_code` is what the command line ends with: 1 when a
    gate refused, 2 for invalid input or usage, 3 when something outside could not be reached.
    """

    slug: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2
    place: Place | None = None
    hint: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Its data travel between processes, whatever the arguments were that made it."""
        return _made_again, (type(self), self.args, self.__dict__)


def _made_again(kind: type[HansaError], args: tuple[Any, ...], data: dict[str, Any]) -> HansaError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(data)
    return error


class InvalidInput(HansaError):
    """The user's files or options are not valid; nothing was changed."""

    slug = "invalid-input"


class GateRefused(HansaError):
    """A check, test or gate said no; nothing was changed."""

    slug = "gate-refused"
    exit_code = 1


class OutsideUnreachable(HansaError):
    """Something outside (a registry, a target, the disk) could not be reached or written."""

    slug = "outside-unreachable"
    exit_code = 3
