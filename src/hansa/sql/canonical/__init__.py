"""Canonical form of SQL: fingerprints that are equal only where the results are.

The law: take two versions of a model, and any database that satisfies the declared types, keys
and NOT NULLs of both. If both versions' `rows` fingerprints are equal, and the fingerprints of a
set of columns are equal too, then the two results, projected to these columns, are equal as bags.
Column fingerprints say nothing where the rows' fingerprints differ.

Three readings make the law exact. A query that fails (overflow, a cast that is not possible) on
some data has no result there: engines may evaluate in any order, so the law speaks of data on
which both versions run. Where SQL leaves a result open (ties under LIMIT or in ROW_NUMBER, sums
of floats), equal means that the same results are possible. Functions of the clock are taken to
see the same clock; truly volatile ones are only ever equal to the same call in the same text.
"""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.facts import Fingerprints, Input
from hansa.core.product import Model
from hansa.core.schema import TableSchema
from hansa.sql.canonical.prover import FORM, Prover

__all__ = ["FORM", "Prover", "fingerprints"]


def fingerprints(
    table: str,
    models: Mapping[str, Model],
    schemas: Mapping[Input, TableSchema],
    dialect: str,
) -> Fingerprints:
    """The fingerprints of one model, resolved through other models to sources.

    Never raises for SQL that is wrong or not understood: then `opaque` tells the reason. To
    fingerprint many models of one product, make one Prover and ask it for each.
    """
    return Prover(models, schemas, dialect).fingerprints(table)
