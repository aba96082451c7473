"""`${NAME}` in targets, registries and paths, filled from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hansa.errors import Place
from hansa.projects.errors import UndefinedVariable

_VARIABLE = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand_variables(text: str, environ: Mapping[str, str], place: Place | None = None) -> str:
    """The text with every `${NAME}` replaced; `$$` stands for one dollar sign.

    A value is never read for variables again. Raises UndefinedVariable, which names the
    variable and shows no value, as values may be secrets.
    """

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "$"
        if name not in environ:
            raise UndefinedVariable(name, tuple(environ), place)
        return environ[name]

    return _VARIABLE.sub(fill, text)
