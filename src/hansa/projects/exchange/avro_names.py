"""Names that Avro allows, for names that SQL allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_OTHER = re.compile(r"[^A-Za-z0-9_]", re.ASCII)


def is_avro_name(text: str) -> bool:
    """Whether Avro allows the text as a name or a symbol."""
    return bool(_NAME.match(text))


def avro_name(text: str) -> str:
    """The nearest name that Avro allows."""
    name = _OTHER.sub("_", text)
    return name if is_avro_name(name) else f"_{name}"


@dataclass(slots=True)
class Unique:
    """Gives out names, each once."""

    _taken: set[str] = field(default_factory=set)

    def name(self, text: str) -> str:
        """The nearest name that Avro allows and that was not given out before."""
        wanted = found = avro_name(text)
        number = 2
        while found in self._taken:
            found, number = f"{wanted}_{number}", number + 1
        self._taken.add(found)
        return found
