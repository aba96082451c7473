"""Groups versions of a model whose rows are proven equal, and folds each group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.core.facts import Fingerprints
from hansa.core.schema import TableSchema
from hansa.errors import HansaError
from hansa.sql.fold.exactness import steps_of
from hansa.sql.fold.filters import Part, flagged, unfiltered
from hansa.sql.fold.flatten import flattened
from hansa.sql.fold.forms import INPUT_SCHEMA, Aliases, Form, SelectForm, Unfoldable
from hansa.sql.fold.merge import Merger
from hansa.sql.fold.normal import Normaliser
from hansa.sql.fold.proofs import Proofs
from hansa.sql.fold.relations import Relations
from hansa.sql.fold.trees import give_aliases, named, shared_queries_once, tree_of
from hansa.sql.fold.values import FoldedTable, Folding, FoldInput, Projection, Version
from hansa.sql.parse import parse_select
from hansa.sql.wording import wording

Reshape = Callable[[Form], Form]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is known about the columns of a query: fingerprints, types, and how they come about."""

    fingerprints: Fingerprints
    schema: TableSchema | None
    steps: Mapping[str, str]

    def equals(self, name: str, other: Shape, column: str) -> bool:
        """Whether a column is proven to have another's values, and has exactly its type."""
        own = self.fingerprints.columns.get(name)
        if own is None or own != other.fingerprints.columns.get(column):
            return False
        if name in self.steps and self.steps[name] == other.steps.get(column):
            return True
        if self.schema is None or other.schema is None:
            return False
        one, two = self.schema.column(name), other.schema.column(column)
        return one is not None and two is not None and one.type == two.type and one.type.is_known


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One version, or several of the same SQL over the same inputs; the newest speaks for all."""

    versions: tuple[Version, ...]
    form: Form
    shape: Shape

    @property
    def newest(self) -> Version:
        return self.versions[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table in the making: its form, and for each of its members the columns it picks.

    `merged` is False while the table is its first member's own query. `flags` has the column
    that tells the rows of a member, for those that do not have all.
    """

    form: Form
    shape: Shape
    picks: Mapping[Member, tuple[tuple[str, str], ...]]
    merged: bool = False
    flags: Mapping[Member, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Bare:
    """A table without its filter, as a member; `condition` is the column that the filter is."""

    table: Table
    member: Member
    condition: str | None


@dataclass(slots=True)
class Folder:
    """Folds the versions of one model."""

    versions: Sequence[Version]
    dialect: str
    name_limit: int
    aliases: Aliases = field(default_factory=Aliases)
    reasons: dict[str, str] = field(default_factory=dict)
    relations: Relations = field(init=False)
    proofs: Proofs = field(init=False)
    merger: Merger = field(init=False)

    def __post_init__(self) -> None:
        self.relations = Relations.of(self.versions)
        self.proofs = Proofs(self.dialect, self.relations.schemas())
        self.merger = Merger(self.proofs.same_rows, self.name_limit)

    def folding(self) -> Folding:
        """Every version in exactly one table."""
        tables: list[FoldedTable] = []
        groups: dict[str, list[Member]] = {}
        for same in self._equal_versions():
            try:
                member = self._member(same)
            except (Unfoldable, HansaError, RecursionError) as problem:
                tables.append(_alone(same))
                self._explain(same, problem)
            else:
                groups.setdefault(member.shape.fingerprints.rows, []).append(member)
        places = {version.label: place for place, version in enumerate(self.versions)}
        made = [table for members in groups.values() for table in self._fold(members)]
        made.sort(key=lambda table: -max(places[one.newest.label] for one in table.picks))
        tables += [self._finished(table) for table in self._over_filters(made)]
        tables.sort(key=lambda table: places[table.versions[0]])
        alone = {table.versions[0] for table in tables if len(table.versions) == 1}
        known = {} if len(tables) < 2 else {name: self._reason(name) for name in sorted(alone)}
        return Folding(tuple(tables), known)

    def _reason(self, label: str) -> str:
        return self.reasons.get(label, "its rows are not proven equal to another version's")

    def _explain(self, versions: Sequence[Version], problem: Exception) -> None:
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        for version in versions:
            self.reasons[version.label] = reason

    def _equal_versions(self) -> list[tuple[Version, ...]]:
        """Versions of the same wording over the same inputs, put together."""
        found: dict[object, list[Version]] = {}
        for version in self.versions:
            inputs = [
                (read.relation, read.flag, sorted((read.columns or {}).items()))
                for read in version.inputs
            ]
            found.setdefault((wording(version.sql, self.dialect), repr(inputs)), []).append(version)
        return [tuple(versions) for versions in found.values()]

    def _member(self, versions: tuple[Version, ...]) -> Member:
        version = versions[-1]
        tree = parse_select(version.sql, self.dialect, version.label)
        reader = Normaliser(
            self.dialect, self.aliases, lambda name: self.relations.stored(version, name)
        )
        form = reader.form(tree)
        text = str(self.relations.bound(version, tree).sql(self.dialect, comments=False))
        shape = self._shape(text, form)
        if shape.fingerprints.opaque is not None:
            raise Unfoldable(shape.fingerprints.opaque)
        _check_names(tree, form, shape)
        return Member(versions, form, shape)

    def _shape(self, text: str, form: Form) -> Shape:
        return Shape(self.proofs.fingerprints(text), self.proofs.schema(text), steps_of(form))

    # One group

    def _fold(self, members: Sequence[Member]) -> list[Table]:
        """The fewest tables that hold members of equal rows, the newest member first."""
        newest_first = list(members)[::-1]
        as_written = self._tables(newest_first, lambda form: form)
        if len(as_written) == 1:
            return as_written
        opened = self._tables(newest_first, flattened)
        return opened if len(opened) < len(as_written) else as_written

    def _tables(self, members: list[Member], reshape: Reshape) -> list[Table]:
        tables = []
        while members:
            first, *others = members
            table = Table(reshape(first.form), first.shape, {first: _same(first.form.names)})
            members = []
            for member in others:
                try:
                    table = self._with(table, member, reshape)
                except Unfoldable as problem:
                    self._explain(member.versions, problem)
                    members.append(member)
            tables.append(table)
        return tables

    def _with(self, table: Table, member: Member, reshape: Reshape) -> Table:
        """The table with one more member; raises Unfoldable when it cannot hold it."""
        picks = {
            name: stored
            for name in member.form.names
            for stored in [_stored(table.shape, member.shape, name)]
            if stored is not None
        }
        wanted = [name for name in member.form.names if name not in picks]
        if not wanted:
            return Table(table.form, table.shape, _picked(table, member, picks), table.merged)
        merged = self.merger.merge(table.form, reshape(member.form), wanted)
        picks |= merged.names
        shape = self._shape(self.proofs.text(merged.form), merged.form)
        grown = Table(merged.form, shape, _picked(table, member, picks), True)
        _check(grown)
        return grown

    # Over groups

    def _over_filters(self, tables: Sequence[Table]) -> list[Table]:
        """The tables, those put together whose queries differ by their filters alone."""
        groups: dict[str, list[_Bare]] = {}
        found: list[Table] = []
        for table in tables:
            bare = self._bare(table) if len(tables) > 1 else None
            if bare is None:
                found.append(table)
            else:
                groups.setdefault(bare.member.shape.fingerprints.rows, []).append(bare)
        for group in groups.values():
            while group:
                group, merged = self._filtered(group)
                found.append(merged)
        return found

    def _bare(self, table: Table) -> _Bare | None:
        """The table's query without its filter, if that is proven to be the table's."""
        form = flattened(table.form)
        without = unfiltered(form)
        if without is None:
            return None
        try:
            _check(Table(form, self._shape(self.proofs.text(form), form), table.picks))
        except Unfoldable:
            return None
        bare, condition = without
        member = Member((), bare, self._shape(self.proofs.text(bare), bare))
        return None if member.shape.fingerprints.opaque else _Bare(table, member, condition)

    def _filtered(self, group: list[_Bare]) -> tuple[list[_Bare], Table]:
        """One table for the first and all that go with it, and those that do not."""
        first, *others = group
        form = first.member.form
        together = Table(form, first.member.shape, {first.member: _same(form.names)})
        held, left = [first], []
        for bare in others:
            try:
                together = self._with(together, bare.member, lambda form: form)
            except Unfoldable:
                left.append(bare)
            else:
                held.append(bare)
        if len(held) == 1:
            return left, first.table
        return left, self._flagged(together, held)

    def _flagged(self, together: Table, held: Sequence[_Bare]) -> Table:
        assert isinstance(together.form, SelectForm)
        names = [dict(together.picks[bare.member]) for bare in held]
        parts = [
            Part(
                tuple((name, at[name]) for name in bare.table.form.names),
                at[bare.condition] if bare.condition is not None else None,
            )
            for bare, at in zip(held, names, strict=True)
        ]
        result = flagged(together.form, parts, self.name_limit)
        picks, flags = {}, {}
        for bare, at, flag in zip(held, names, result.flags, strict=True):
            for member, columns in bare.table.picks.items():
                picks[member] = tuple((name, at[stored]) for name, stored in columns)
                if flag is not None:
                    flags[member] = flag
        shape = self._shape(self.proofs.text(result.form), result.form)
        return Table(result.form, shape, picks, True, flags)

    # What comes out

    def _finished(self, table: Table) -> FoldedTable:
        first = next(iter(table.picks))
        if not table.merged:
            sql, inputs = first.newest.sql, first.newest.inputs
        else:
            sql, inputs = self._written(table)
        projections = {
            version.label: Projection(columns, table.flags.get(member))
            for member, columns in table.picks.items()
            for version in member.versions
        }
        ordered = {
            version.label: projections[version.label]
            for version in self.versions
            if version.label in projections
        }
        return FoldedTable(sql, inputs, table.form.names, ordered)

    def _written(self, table: Table) -> tuple[str, tuple[FoldInput, ...]]:
        tree = shared_queries_once(tree_of(table.form))
        tidied = self.proofs.fingerprints(str(tree.sql(self.dialect)))
        if tidied != table.shape.fingerprints:
            tree = tree_of(table.form)
        give_aliases(tree, self.aliases.labels)
        numbers: list[int] = []
        for found in tree.find_all(exp.Table, bfs=False):
            if found.db != INPUT_SCHEMA:
                continue
            number = int(found.name)
            if number not in numbers:
                numbers.append(number)
            found.set("this", named(str(numbers.index(number))))
        inputs = tuple(self.relations.inputs[number] for number in numbers)
        return str(tree.sql(self.dialect, pretty=True)), inputs


def _alone(versions: Sequence[Version]) -> FoldedTable:
    """A table of one text whose columns are not looked at."""
    newest = versions[-1]
    return FoldedTable(newest.sql, newest.inputs, None, {one.label: None for one in versions})


def _same(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


def _stored(table: Shape, member: Shape, name: str) -> str | None:
    if table.equals(name, member, name):
        return name
    for stored in table.fingerprints.columns:
        if table.equals(stored, member, name):
            return stored
    return None


def _picked(
    table: Table, member: Member, picks: Mapping[str, str]
) -> dict[Member, tuple[tuple[str, str], ...]]:
    own = tuple((name, picks[name]) for name in member.form.names)
    return {**table.picks, member: own}


def _check(table: Table) -> None:
    """Raises Unfoldable unless every member is proven to be restored exactly."""
    for member, columns in table.picks.items():
        own = member.shape
        if table.shape.fingerprints.opaque is not None:
            raise Unfoldable(table.shape.fingerprints.opaque)
        if own.fingerprints.rows != table.shape.fingerprints.rows:
            raise Unfoldable("the merged query is not proven to have the same rows")
        for name, stored in columns:
            if not table.shape.equals(stored, own, name):
                raise Unfoldable(f"the column `{name}` is not proven to be restored")


def _check_names(tree: exp.Expr, form: Form, shape: Shape) -> None:
    """Raises Unfoldable unless the names of the query's columns are certain and distinct."""
    first = tree
    while not isinstance(first, exp.Select):
        first = first.this
    for node in first.expressions:
        if not isinstance(node, (exp.Alias, exp.Column, exp.Star)):
            raise Unfoldable("a column has no name")
    if len({name.casefold() for name in form.names}) < len(form.names):
        raise Unfoldable("two columns have the same name")
    if shape.schema is not None and shape.schema.names != form.names:
        raise Unfoldable("the names of its columns are not certain")
    if set(shape.fingerprints.columns) != set(form.names):
        raise Unfoldable("the names of its columns are not certain")
