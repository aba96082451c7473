"""Facts about one model: what it mentions, and what follows from its inputs' schemas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlglot import exp

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import Input, InputKind, ModelFacts, Reference
from hansa.core.product import Model
from hansa.core.schema import TableSchema
from hansa.errors import InvalidInput, Place
from hansa.sql.context import Context
from hansa.sql.mentions import outside_tables
from hansa.sql.parse import NotOneSelect, Positions, SqlInvalid, parse_select
from hansa.sql.queries import QueryReader
from hansa.sql.references import ReferenceInvalid
from hansa.sql.relations import (
    UNKNOWN_RELATION,
    Relation,
    relation_of_schema,
    schema_of_relation,
    tidy,
)

_NAMED = (exp.Alias, exp.Aliases, exp.Column, exp.Columns, exp.Star, exp.Dot)


class ParsedModel:
    """A model's SQL as a tree, with the places of its references."""

    def __init__(self, model: Model, dialect: str, file: str) -> None:
        """Raises SqlInvalid or NotOneSelect."""
        self.model = model
        self.dialect = dialect
        self.tree = parse_select(model.sql, dialect, file)
        self.positions = Positions(model.sql, file)
        self.tables = list(outside_tables(self.tree))

    def mentions(self) -> tuple[Reference, ...]:
        """All names after FROM by place, not yet resolved: every one is given as a model."""
        found = [
            Reference(Input(InputKind.MODEL, name, group), self._place(table))
            for table in self.tables
            for group, name in [name_of_table(table)]
        ]
        return tuple(sorted(found, key=lambda reference: reference.place))

    def _place(self, table: exp.Table) -> Place:
        first = table.args.get("catalog") or table.args.get("db") or table.this
        return self.positions.place(first.meta.get("start", 0))


def name_of_table(table: exp.Table) -> tuple[str, str]:
    """The group (empty for a bare name, dotted when there are more parts) and name of a table."""
    group = ".".join(
        part.name for part in (table.args.get("catalog"), table.args.get("db")) if part is not None
    )
    return group, table.name


def mentions_of(model: Model, dialect: str, file: str) -> tuple[ModelFacts, ParsedModel | None]:
    """The names a model mentions; for SQL that is wrong, the finding and no tree."""
    try:
        parsed = ParsedModel(model, dialect, file)
    except (SqlInvalid, NotOneSelect) as error:
        return ModelFacts(model.name, diagnostics=(finding_of(error),)), None
    return ModelFacts(model.name, references=parsed.mentions()), parsed


def finding_of(error: InvalidInput) -> Diagnostic:
    """An error about a file, as a finding."""
    return Diagnostic(error.slug.replace("-", "_"), str(error), error.hint, error.place)


def infer(
    parsed: ParsedModel,
    resolve: Callable[[str, str], Input],
    schema_of: Callable[[Input], TableSchema | None],
) -> ModelFacts:
    """All facts about a model.

    `resolve` gives the input of a group and name or raises ReferenceInvalid; `schema_of` gives
    an input's schema, None when its columns are not known.
    """
    reader = _ModelReader(parsed, resolve, schema_of)
    try:
        return reader.read()
    except RecursionError:
        place = parsed.positions.place(0)
        deep = SqlInvalid(
            "the SQL is nested too deeply", place, "split the query into CTEs or models"
        )
        return ModelFacts(parsed.model.name, diagnostics=(finding_of(deep),))


class _ModelReader:
    """Reads one model, its references resolved once each."""

    def __init__(
        self,
        parsed: ParsedModel,
        resolve: Callable[[str, str], Input],
        schema_of: Callable[[Input], TableSchema | None],
    ) -> None:
        self._parsed = parsed
        self._resolve = resolve
        self._schema_of = schema_of
        self._context = Context(parsed.dialect, parsed.positions, self._relation)
        self._relations: dict[tuple[str, str], Relation] = {}
        self._inputs: dict[tuple[str, str], Input] = {}

    def read(self) -> ModelFacts:
        relation = QueryReader(self._context).read(self._parsed.tree, None)
        for table in self._parsed.tables:  # a CTE that nothing reads mentions relations too
            self._relation(table)
        self._check_names(relation)
        findings = self._context.findings
        broken = any(finding.severity is Severity.ERROR for finding in findings)
        references = self._references()
        return ModelFacts(
            self._parsed.model.name,
            tuple(dict.fromkeys(reference.input for reference in references)),
            references,
            None if broken else schema_of_relation(relation),
            {field.name: tidy(field.origins) for field in relation.fields},
            tidy(relation.row_origins),
            self._context.deterministic,
            findings,
        )

    def _references(self) -> tuple[Reference, ...]:
        return tuple(
            Reference(self._inputs[mention.input.group, mention.input.name], mention.place)
            for mention in self._parsed.mentions()
            if (mention.input.group, mention.input.name) in self._inputs
        )

    def _relation(self, table: exp.Table) -> Relation:
        group, name = name_of_table(table)
        known = self._relations.get((group, name))
        if known is None:
            try:
                found = self._resolve(group, name)
            except ReferenceInvalid as error:
                self._context.report(error.rule, str(error), table, error.hint)
                return UNKNOWN_RELATION
            self._inputs[group, name] = found
            known = self._relations[group, name] = self._known(found)
        return known

    def _known(self, found: Input) -> Relation:
        schema = self._schema_of(found)
        if schema is None and found.kind is InputKind.MODEL:
            return UNKNOWN_RELATION  # what is wrong there is reported there
        return relation_of_schema(found, schema)

    def _check_names(self, relation: Relation) -> None:
        """A table's columns need names of their own."""
        first: exp.Expr = self._parsed.tree
        while not isinstance(first, exp.Select) and isinstance(first.this, exp.Expr):
            first = first.this
        for number, part in enumerate(first.expressions, 1):
            if not isinstance(part, _NAMED):
                self._context.report(
                    "unnamed_column",
                    f"column {number} has no name",
                    part,
                    "add `AS` and a name",
                    severity=Severity.WARNING,
                )
        counts = Counter(field.name.casefold() for field in relation.fields)
        for name in [name for name, count in counts.items() if count > 1]:
            hint = "give one of them another name with `AS`, or leave it out"
            self._context.report("duplicate_column", f"two columns are named `{name}`", first, hint)
