"""Which columns have the same type, whatever the engine: those computed by the same steps."""

from __future__ import annotations

from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from sqlglot import exp

from hansa.sql.fold.forms import (
    Form,
    OtherSource,
    SetForm,
    TableSource,
    key_of,
    substituted,
)


class _Where(Enum):
    """In which scope a column's value is computed."""

    STORED = "in a stored relation"
    HERE = "in this scope"
    BELOW = "in a scope below"


class _Steps(NamedTuple):
    """How a column is computed; `inside` stands for it within another expression.

    Engines fit constants to what stands beside them. So a value that another scope computed is
    never taken there for one that is computed in place.
    """

    digest: str
    where: _Where

    @property
    def inside(self) -> str:
        return self.digest if self.where is _Where.STORED else _digest("value", self.digest)

    def passed_on(self) -> _Steps:
        """The column of a scope that only passes it on."""
        return self if self.where is _Where.STORED else _Steps(self.digest, _Where.BELOW)


_Source = dict[str, _Steps] | str


def steps_of(form: Form) -> dict[str, str]:
    """For each column a digest of how it is computed, down to stored relations.

    Two columns of equal digests have the same type, whatever the engine.
    """
    return {name: steps.digest for name, steps in _steps(form).items()}


def _steps(form: Form) -> dict[str, _Steps]:
    if isinstance(form, SetForm):
        left, right = _steps(form.left), _steps(form.right)
        return {
            name: _Steps(_digest("set", _of_side(left[name]), _of_side(right[other])), _Where.HERE)
            for name, other in zip(form.names, form.right.names, strict=True)
        }
    known: dict[str, _Source] = {}

    def change(column: exp.Column) -> exp.Expr:
        if column.table not in known:
            return column.copy()
        return exp.Var(this=_column(known[column.table], column).inside)

    for item in form.items:
        match item.source:
            case TableSource(relation=relation):
                known[item.alias] = _digest("relation", str(relation))
            case OtherSource(node=node):
                known[item.alias] = _digest("other", key_of(substituted(node, change)))
            case source:
                known[item.alias] = _steps(source)
    found = {}
    for name, part in form.columns:
        if isinstance(part, exp.Column) and part.table in known:
            found[name] = _column(known[part.table], part).passed_on()
        else:
            found[name] = _Steps(_digest("step", key_of(substituted(part, change))), _Where.HERE)
    return found


def _of_side(steps: _Steps) -> str:
    return steps.inside if steps.where is _Where.BELOW else steps.digest


def _column(source: _Source, column: exp.Column) -> _Steps:
    if isinstance(source, str):
        return _Steps(_digest("column", source, key_of(column.this)), _Where.STORED)
    return source[column.name]


def _digest(*parts: str) -> str:
    return sha256(repr(parts).encode()).hexdigest()
