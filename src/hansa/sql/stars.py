"""Stars in select lists, expanded to the columns that are known."""

from __future__ import annotations

import re

from sqlglot import exp

from hansa.core.facts import Input, InputKind
from hansa.sql.outputs import Output
from hansa.sql.reading import Reader
from hansa.sql.relations import Relation, Value, indirect
from hansa.sql.scopes import NameProblem, Scope, Source


def star_of(part: exp.Expr) -> exp.Star | None:
    """The star in `*` and `t.*`, None in all other items."""
    if isinstance(part, exp.Star):
        return part
    if isinstance(part, exp.Column) and isinstance(part.this, exp.Star):
        return part.this
    return None


class StarReader:
    """Expands the stars of one select list into its outputs."""

    def __init__(self, reader: Reader, scope: Scope, outputs: list[Output]) -> None:
        self._reader = reader
        self._context = reader.context
        self._scope = scope
        self._outputs = outputs
        # where a column that no star could name comes from, if that is only one input
        self.opened: set[Input | None] = set()

    def read(self, part: exp.Expr, star: exp.Star) -> bool:
        """Add the columns of a star; False when some of them are not known."""
        qualifier = _qualifier(part)
        sources = [source for source in self._scope.sources if _is_named(source, qualifier)]
        if qualifier and not sources:
            return self._read_struct(part, qualifier)
        edits = _Edits(self._reader, star, self._scope)
        complete = True
        for source in sources:
            if not source.relation.complete:
                complete = False
                self.opened.add(source.relation.input)
                self._report_unknown(part, source.relation)
            for position in self._scope.positions_of(source):
                if qualifier or position not in self._scope.hidden:
                    self._outputs.extend(edits.apply(position, merged=not qualifier))
        edits.report_unused(complete)
        return complete

    def _read_struct(self, part: exp.Expr, qualifier: list[str]) -> bool:
        """`s.*` of a struct column gives its fields."""
        try:
            found = self._scope.find(qualifier)
        except NameProblem as problem:
            self._context.report(problem.rule, problem.message, part, problem.hint)
            return False
        origins = indirect(found.value.origins)
        self._outputs += [
            Output(name, Value(kind, True, origins)) for name, kind in found.value.type.fields
        ]
        return bool(found.value.type.fields)

    def read_columns(self, part: exp.Columns) -> bool:
        """COLUMNS('pattern') of DuckDB adds the columns whose names match."""
        pattern = part.this
        if not isinstance(pattern, (exp.Literal, exp.Star)) or not all(
            source.relation.complete for source in self._scope.sources
        ):
            self._context.report(
                "unknown_columns",
                "the columns that COLUMNS gives are not known here",
                part,
                "name the columns you need",
            )
            return False
        for position, (_, field) in enumerate(self._scope.columns):
            matches = isinstance(pattern, exp.Star) or _matches(pattern.name, field.name)
            if position not in self._scope.hidden and matches:
                self._outputs.append(Output(field.name, self._scope.value_at(position), position))
        return True

    def _report_unknown(self, part: exp.Expr, relation: Relation) -> None:
        """A relation of unknown columns; silent where an error reported before made it so."""
        if relation.label is None:
            return
        hint = "name the columns you need"
        if relation.input is not None and relation.input.kind is InputKind.REQUIRED:
            hint = "run `hansa sync` to fetch the interfaces of required products"
        elif relation.input is not None:
            hint = f"declare the columns of `{relation.label}` in product.yaml, or {hint}"
        self._context.report(
            "unknown_columns", f"the columns of `{relation.label}` are not known here", part, hint
        )


class _Edits:
    """EXCLUDE, REPLACE and RENAME of one star."""

    def __init__(self, reader: Reader, star: exp.Star, scope: Scope) -> None:
        self._context = reader.context
        self._scope = scope
        self._nodes: dict[str, exp.Expr] = {}
        self._used: set[str] = set()
        self._replaced: dict[str, Value] = {}
        self._renamed: dict[str, str] = {}
        self._excluded = {part.name.casefold() for part in star.args.get("except_") or []}
        for part in star.args.get("except_") or []:
            self._nodes[part.name.casefold()] = part
        for part in star.args.get("replace") or []:
            self._nodes[part.alias.casefold()] = part
            self._replaced[part.alias.casefold()] = reader.value(part.this, scope)
        for part in star.args.get("rename") or []:
            self._nodes[part.this.name.casefold()] = part
            self._renamed[part.this.name.casefold()] = reader.context.name_of(part.args["alias"])

    def apply(self, position: int, *, merged: bool) -> list[Output]:
        """The column at a position as the star shows it; nothing when it is excluded."""
        scope = self._scope
        name = scope.columns[position][1].name
        folded = name.casefold()
        self._used.add(folded)
        if folded in self._excluded:
            return []
        if folded in self._replaced:
            return [Output(name, self._replaced[folded])]
        shown = self._renamed.get(folded, name)
        together = scope.merged.get(scope.shown.get(position, "")) if merged else None
        if together is None:
            return [Output(shown, scope.value_at(position), position)]
        single = together[0] if len(together) == 1 else None
        return [Output(shown, scope.merged_value(together), single)]

    def report_unused(self, complete: bool) -> None:
        """A column that EXCLUDE, REPLACE or RENAME names must be there."""
        for name, node in self._nodes.items():
            if complete and name not in self._used:
                self._context.report(
                    "unknown_column", f"`{name}` is not a column of the star", node
                )


def _qualifier(part: exp.Expr) -> list[str]:
    if not isinstance(part, exp.Column):
        return []
    pieces = (part.args.get("db"), part.args.get("table"))
    return [piece.name for piece in pieces if piece is not None]


def _is_named(source: Source, qualifier: list[str]) -> bool:
    if not qualifier:
        return True
    if source.name.casefold() != qualifier[-1].casefold():
        return False
    return len(qualifier) == 1 or source.group.casefold() == qualifier[0].casefold()


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
