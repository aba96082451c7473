"""Folding: several versions of a model in one stored table, each restored exactly.

Versions fold only where the prover has shown that their rows are equal. The merged query may be
found in any way, as it is brought into canonical form itself: for every version its rows, and
each column that the version picks, must have the fingerprints of the version's own query, and
the column's type must be the same by inference or by the same steps.
"""

from __future__ import annotations

from collections.abc import Sequence

from hansa.sql.fold.folding import Folder
from hansa.sql.fold.values import FoldedTable, Folding, FoldInput, Projection, Version

__all__ = ["FoldInput", "FoldedTable", "Folding", "Projection", "Version", "fold"]


def fold(versions: Sequence[Version], dialect: str, name_limit: int = 63) -> Folding:
    """The tables that hold all versions, in `dialect`, the dialect of their SQL.

    Give the versions oldest first: columns are called as in the newest. Labels must differ.
    `name_limit` is the longest name, in bytes, that the engine allows. Never raises for SQL
    that is wrong or not understood: such a version has a table of its own.
    """
    return Folder(versions, dialect, name_limit).folding()
