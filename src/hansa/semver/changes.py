"""The typed differences between two releases; rules give each of them its level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansa.core.datatype import DataType
from hansa.core.diagnostic import Place


@dataclass(frozen=True, slots=True)
class Change:
    """One difference that a reader could notice.

    `rule` is the id of the rule it falls under: the item, then what happened to it. `table` and
    `column` say where; a nested field's column is a path such as `address.zip` or `tags[]`.
    `old` and `new` are the two values that differ, as the contracts have them. `conditions` are
    facts that a rule's level or wording may depend on (`open_enum`, `proven`). `words` are
    further values for the rule's message; `remark` stands after it, `note` before the hint.
    `place` is in the new contract, or in the old one when the item is gone.
    """

    rule: str
    table: str | None = None
    column: str | None = None
    old: Any = None
    new: Any = None
    conditions: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = field(default=None, compare=False)
    note: str = ""
    remark: str = ""

    def wording(self) -> dict[str, str]:
        """The values that a rule's message may name, as texts."""
        return {
            "table": self.table or "",
            "column": self.column or "",
            "subject": self.subject,
            "old": show(self.old),
            "new": show(self.new),
            **self.words,
        }

    @property
    def subject(self) -> str:
        """What the change is about, for messages: a column, a table, or the product."""
        if self.column and self.table:
            return f"column `{self.column}` of `{self.table}`"
        if self.table:
            return f"table `{self.table}`"
        return "the product"


def show_values(values: Sequence[object], most: int = 5) -> str:
    """Values of a column as a message has them, in backticks; long lists are cut short."""
    texts = [f"`{show(value)}`" for value in values[:most]]
    if len(values) > most:
        texts.append(f"{len(values) - most} more")
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def show(value: object) -> str:
    """A value of a contract as a message has it: `(a, b)`, `decimal(10,2)`, `not set`."""
    match value:
        case None:
            return "not set"
        case bool():
            return "true" if value else "false"
        case DataType():
            return str(value)
        case tuple() | list() | set() | frozenset():
            return ", ".join(show(item) for item in value)
        case _:
            return str(value)
