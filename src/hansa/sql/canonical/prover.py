"""Fingerprints of a product's models, each resolved down to sources and required tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.core.facts import Fingerprints, Input, InputKind
from hansa.core.product import Model
from hansa.core.schema import TableSchema
from hansa.errors import HansaError
from hansa.sql.canonical.opaque import (
    Tables,
    opaque_relation,
    output_names,
    relation_digest,
)
from hansa.sql.canonical.queries import QueryReader
from hansa.sql.canonical.relations import Atom, Block, Relation, Source, digest_of, fresh_copy
from hansa.sql.canonical.session import Reading, Session
from hansa.sql.canonical.terms import Unprovable
from hansa.sql.parse import parse_select

# Part of every fingerprint: a change of the form makes all fingerprints differ.
FORM = "hansa-canonical-1"


@dataclass(slots=True, eq=False)
class Prover:
    """Brings a product's models into canonical form; each model only once, however many read it.

    `schemas` has the shape of every source and required table that the models read, and of
    models where it is known. `lines` has the pinned major line of required products: tables of
    another line are other tables.

    `marks` tells for some inputs what they hold, as a text that is equal only for the same rows
    and columns: then this decides, not their names. A marked model is not opened further.
    """

    models: Mapping[str, Model]
    schemas: Mapping[Input, TableSchema]
    dialect: str
    lines: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[Input, str] = field(default_factory=dict)
    _session: Session = field(init=False)
    _relations: dict[str, Relation] = field(default_factory=dict)
    _problems: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _inputs: dict[tuple[str, str], list[Input]] = field(default_factory=dict)
    _folded: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._session = Session(self.dialect)
        for known in self.schemas:
            key = (known.group.casefold(), known.name.casefold())
            self._inputs.setdefault(key, []).append(known)
        for name in self.models:
            self._folded.setdefault(name.casefold(), []).append(name)

    def fingerprints(self, table: str) -> Fingerprints:
        """The fingerprints of one model; `opaque` says why when nothing could be proven."""
        relation = self._model(table)
        problem = self._problems.get(table)
        if problem is None:
            try:
                return self._proven(relation)
            except (Unprovable, RecursionError) as error:
                problem = _reason(error)
                names = [name for name, _ in relation.columns]
                relation = self._opaque(table, names)
        return self._unproven(table, relation, problem)

    def _proven(self, relation: Relation) -> Fingerprints:
        session = self._session
        block, renamer = fresh_copy(session.terms, relation.block)
        terms = [session.logic.typed(renamer.term(term)) for _, term in relation.columns]
        names = [name for name, _ in relation.columns]
        if relation.wild is not None:
            raise Unprovable("the columns of an input are not known")
        if len(set(names)) < len(names):
            raise Unprovable("two columns have the same name")
        closed = session.close(block, tuple(terms))
        rows = digest_of(FORM, self.dialect, "rows", closed.digest)
        columns = {
            name: digest_of(FORM, self.dialect, "column", closed.label(term))
            for name, term in zip(names, terms, strict=True)
        }
        return Fingerprints(rows, columns)

    def _unproven(self, table: str, relation: Relation, problem: str) -> Fingerprints:
        digest = digest_of(FORM, self.dialect, "opaque", relation_digest(self._session, relation))
        names = [name for name, _ in relation.columns] or list(self._known_names(table))
        columns = {name: digest_of("column", digest, name) for name in names}
        return Fingerprints(digest, columns, problem)

    def _known_names(self, table: str) -> tuple[str, ...]:
        schema = self.schemas.get(Input(InputKind.MODEL, table))
        return schema.names if schema is not None else ()

    def _model(self, name: str) -> Relation:
        done = self._relations.get(name)
        if done is not None:
            return done
        if name in self._open:
            raise Unprovable("the models form a cycle")
        self._open.append(name)
        try:
            relation = self._read(name)
        # A mistake in reading odd SQL must not stop a check: the model becomes its text.
        except Exception as error:
            self._problems[name] = _reason(error)
            relation = self._opaque(name)
        finally:
            self._open.pop()
        self._relations[name] = relation
        return relation

    def _read(self, name: str) -> Relation:
        model = self.models[name]
        tree = parse_select(model.sql, self.dialect, model.path)
        reading = Reading(name, tree, self.dialect)
        reader = QueryReader(self._session, reading, Tables(self._table, self._session.traits))
        return reader.subquery(tree, None)

    def _table(self, group: str, name: str) -> Relation | None:
        """The relation of a model, a source or a required table."""
        if not group:
            found = self._folded.get(name.casefold(), [])
            exact = [candidate for candidate in found if candidate == name] or found
            if len(exact) != 1:
                return None
            stored = Input(InputKind.MODEL, exact[0])
            if stored in self.marks:
                return self._base(stored) if stored in self.schemas else None
            return self._model(exact[0])
        inputs = self._inputs.get((group.casefold(), name.casefold()), [])
        exact_inputs = [known for known in inputs if known.name == name] or inputs
        if len(exact_inputs) == 1:
            return self._base(exact_inputs[0])
        number = self._session.terms.fresh()
        line = self.lines.get(group, "")
        digest = self._marked(group, name) or digest_of(
            "table", "", group.casefold(), name.casefold(), line
        )
        atom = Atom(digest)
        return Relation(Block((Source(number, atom),)), (), wild=number)

    def _base(self, known: Input) -> Relation:
        """A source or required table: one source with its declared columns and keys."""
        terms, schema = self._session.terms, self.schemas[known]
        number = terms.fresh()
        labels = {column.name: column.name.casefold() for column in schema.columns}
        if len(set(labels.values())) < len(labels):
            labels = {name: name for name in labels}
        shapes = {labels[item.name]: (item.type, item.nullable) for item in schema.columns}
        keys = tuple(
            frozenset(labels[name] for name in key)
            for key in sorted(schema.keys, key=sorted)
            if key <= labels.keys()
        )
        line = self.lines.get(known.group, "") if known.kind is InputKind.REQUIRED else ""
        digest = self._marked(known.group, known.name) or digest_of(
            "table", known.kind.value, known.group, known.name, line
        )
        columns = tuple(
            (item.name, terms.leaf("ref", number, labels[item.name], item.type, item.nullable))
            for item in schema.columns
        )
        source = Source(number, Atom(digest, keys, shapes))
        return Relation(Block((source,)), columns)

    def _marked(self, group: str, name: str) -> str | None:
        """The digest of what an input holds, where that is known."""
        wanted = (group.casefold(), name.casefold())
        found = {
            mark
            for known, mark in self.marks.items()
            if (known.group.casefold(), known.name.casefold()) == wanted
        }
        return digest_of("held", sorted(found)) if found else None

    def _opaque(self, name: str, known: Sequence[str] = ()) -> Relation:
        """A model as its text and everything that it reads."""
        model = self.models[name]
        reads: list[str] = []
        names = list(dict.fromkeys(known)) or list(self._known_names(name))
        text = model.sql
        try:
            tree = parse_select(model.sql, self.dialect, model.path)
            text = tree.sql(self.dialect, comments=False)
            names = names or (output_names(tree) or [])
            reads = self._reads(tree)
        except (HansaError, Unprovable, RecursionError):
            # The inputs are unknown, so everything that could be one counts.
            reads = [other.sql for other in self.models.values()]
        digest = digest_of("model", name, text, reads)
        return opaque_relation(self._session, digest, names)

    def _reads(self, tree: exp.Expr) -> list[str]:
        """The digests of all relations that the query names, CTEs of the query left out."""
        found = set()
        for table in tree.find_all(exp.Table):
            relation = self._table(table.db, table.name)
            if relation is not None:
                digest = relation_digest(self._session, relation)
                found.add(digest_of(table.db, table.name, digest))
        return sorted(found)


def _reason(error: Exception) -> str:
    match error:
        case Unprovable():
            return error.reason
        case HansaError():
            return str(error)
        case RecursionError():
            return "the SQL is nested too deeply"
        case _:
            return f"the SQL is not understood ({type(error).__name__})"
