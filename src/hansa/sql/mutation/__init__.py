"""Small wrong changes to a model's SQL, which unit tests should notice."""

from __future__ import annotations

from hansa.sql.mutation.mutants import Mutant, Operator, make_mutants, regenerated
from hansa.sql.mutation.rewriting import LineChange, differing_lines

__all__ = [
    "LineChange",
    "Mutant",
    "Operator",
    "differing_lines",
    "make_mutants",
    "regenerated",
]
