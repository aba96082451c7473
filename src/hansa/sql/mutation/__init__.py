"""Small wrong changes to a model's SQL, which unit tests should notice."""

from __future__ import annotations

from hansa.sql.mutation.mutants import Mutant, Operator, make_mutants, regenerated

__all__ = ["Mutant", "Operator", "make_mutants", "regenerated"]
