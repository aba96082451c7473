"""Keeps versions of a table whose rows are proven equal in one stored table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from hansa.core.schema import Column, TableSchema
from hansa.deploy.definition import Definition, Folded, ObjectKind, StoredObject
from hansa.deploy.names import INPUT_SCHEMA, store_name, store_schema
from hansa.deploy.order import unite
from hansa.errors import HansaError
from hansa.sql.fold import FoldedTable, FoldInput, Version, fold
from hansa.sql.views import Path, Stored, open_views

# the shape of a relation outside the store, None where it is not known
SchemaAt = Callable[[Path], TableSchema | None]

# part of the name of every folded table: raised when the same versions would fold differently
_FORMAT = "1"


class FoldRefused(Exception):
    """The engine could not compute a folded table; its versions are to be stored apart."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(reason)
        self.label = label
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FoldRules:
    """What folding needs to know of the target.

    `apart` are models whose versions are not folded, with the reason. `column_limit` is the
    longest name of a column, in bytes.
    """

    dialect: str
    name_limit: int
    column_limit: int
    schema_at: SchemaAt
    apart: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Apart:
    """A stored version of a model that shares its table with no other version, and why."""

    label: str
    relation: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoldedReleases:
    """The releases of a product as they are stored together, in the order they were given."""

    definitions: tuple[Definition, ...]
    apart: tuple[Apart, ...] = ()


def fold_releases(definitions: Sequence[Definition], rules: FoldRules) -> FoldedReleases:
    """The releases of one product with versions of tables folded; give the oldest first.

    What was folded before is folded anew, so the result follows from the releases alone.
    """
    plain = tuple(unfolded(definition) for definition in definitions)
    if len(plain) < 2:
        return FoldedReleases(plain)
    return _Releases(plain, rules).folded()


def unfolded(definition: Definition) -> Definition:
    """The release with every version stored apart."""
    if not definition.borrowed and not any(item.folded for item in definition.objects):
        return definition
    borrowed = set(definition.borrowed)
    objects = tuple(
        item.folded.apart if item.folded else item
        for item in definition.objects
        if item.relation not in borrowed
    )
    return replace(definition, objects=objects, borrowed=())


def is_too_wide(definitions: Iterable[Definition]) -> bool:
    """Whether a folded table holds a version that none of these releases has any more."""
    objects = {item.relation: item for one in definitions for item in one.objects}
    return any(
        version not in objects or objects[version].folded is None
        for item in objects.values()
        for version in item.versions
    )


@dataclass(slots=True)
class _Releases:
    """Folds label by label, what is read before what reads it."""

    plain: tuple[Definition, ...]
    rules: FoldRules
    items: dict[str, StoredObject] = field(init=False)
    store: str = field(init=False)
    # what versions became, and the folded tables, by relation
    views: dict[str, StoredObject] = field(default_factory=dict)
    tables: dict[str, StoredObject] = field(default_factory=dict)
    apart: list[Apart] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = store_schema(self.plain[0].product, self.rules.name_limit)
        self.items = {item.relation: item for item in unite(reversed(self.plain))}

    def folded(self) -> FoldedReleases:
        groups = self._groups()
        for label in self._order(groups):
            versions = groups[label]
            if len(versions) < 2:
                continue
            if label in self.rules.apart:
                self._keep_apart(label, versions, self.rules.apart[label])
            elif any(item.schema is None for item in versions):
                self._keep_apart(label, versions, "the columns of a version are not known")
            else:
                self._fold(label, versions)
        return FoldedReleases(tuple(map(self._rewritten, self.plain)), tuple(self.apart))

    def _keep_apart(self, label: str, versions: Iterable[StoredObject], reason: str) -> None:
        self.apart += [Apart(label, item.relation, reason) for item in versions]

    def _groups(self) -> dict[str, list[StoredObject]]:
        """The stored versions of each model, oldest first."""
        groups: dict[str, dict[str, StoredObject]] = {}
        fixed = {
            item.relation
            for definition in self.plain
            if not definition.folding
            for item in definition.objects
        }
        for definition in self.plain:
            for item in definition.objects:
                if item.kind is ObjectKind.TABLE and item.relation not in fixed:
                    # as the newest release that has it, since that names the columns
                    found = groups.setdefault(item.label, {})
                    found.pop(item.relation, None)
                    found[item.relation] = self.items[item.relation]
        return {label: list(found.values()) for label, found in groups.items()}

    def _order(self, groups: Mapping[str, object]) -> list[str]:
        """Labels after those they read; none that would read itself through another version."""
        below: dict[str, set[str]] = {}
        for definition in self.plain:
            for item in definition.objects:
                read = {self.items[name].label for name in self._own_inputs(item)}
                below.setdefault(item.label, set()).update(read)
        ordered: dict[str, None] = {}
        for label in sorted(groups, key=lambda name: (len(_reached(below, name)), name)):
            if label in _reached(below, label):
                reason = "it reads itself through another version of its inputs"
                self._keep_apart(label, (), reason)
            else:
                ordered[label] = None
        return list(ordered)

    def _own_inputs(self, item: StoredObject) -> Iterator[str]:
        for *schema, relation in item.inputs:
            if schema == [self.store] and relation in self.items:
                yield relation

    # One model

    def _fold(self, label: str, versions: Sequence[StoredObject]) -> None:
        opened, read = [], []
        for item in versions:
            stored = self._opened(item)
            inputs = [self._input(path) for path in stored.inputs]
            read += list(zip(inputs, stored.inputs, strict=True))
            opened.append(Version(item.relation, stored.sql, tuple(inputs)))
        folding = fold(opened, self.rules.dialect, self.rules.column_limit)
        for table in folding.tables:
            if len(table.versions) > 1 and table.columns is not None:
                self._store(table, versions, read)
        for relation, reason in folding.reasons.items():
            self.apart.append(Apart(label, relation, reason))

    def _opened(self, item: StoredObject) -> Stored:
        stored = Stored(item.sql, item.inputs)
        try:
            return open_views(stored, self._view_at, self.rules.dialect, INPUT_SCHEMA)
        except HansaError:
            # it is compared as it stands, over its views
            return stored

    def _view_at(self, path: Path) -> Stored | None:
        item = self.items.get(path[-1]) if path[:-1] == (self.store,) else None
        if item is None or item.kind is not ObjectKind.VIEW:
            return None
        return Stored(item.sql, item.inputs)

    def _input(self, path: Path) -> FoldInput:
        item = self.items.get(path[-1]) if path[:-1] == (self.store,) else None
        if item is None:
            return FoldInput(repr(path), self.rules.schema_at(path))
        view = self.views.get(item.relation)
        if view is None or view.folded is None:
            return FoldInput(repr(path), item.schema)
        how = view.folded
        stored = repr((self.store, how.relation))
        return FoldInput(stored, item.schema, dict(how.columns), how.flag)

    def _store(
        self,
        table: FoldedTable,
        versions: Sequence[StoredObject],
        read: Sequence[tuple[FoldInput, Path]],
    ) -> None:
        held = [item for item in versions if item.relation in table.projections]
        newest = held[-1]
        inputs = tuple(self._path(one, read) for one in table.inputs)
        fingerprint = _hash(newest.label, table.sql, *map(repr, inputs))
        folded = StoredObject(
            relation=store_name(newest.label, fingerprint, self.rules.name_limit),
            kind=ObjectKind.TABLE,
            label=newest.label,
            content=fingerprint,
            fingerprint=fingerprint,
            sql=table.sql,
            file=newest.file,
            inputs=inputs,
            storage=newest.storage,
            schema=TableSchema(tuple(Column(name) for name in table.columns or ())),
            versions=tuple(item.relation for item in held),
        )
        self.tables[folded.relation] = folded
        for item in held:
            projection = table.projections[item.relation]
            assert projection is not None
            self.views[item.relation] = replace(
                item,
                kind=ObjectKind.VIEW,
                sql=projection.sql((INPUT_SCHEMA, "0"), self.rules.dialect),
                inputs=((self.store, folded.relation),),
                folded=Folded(folded.relation, projection.columns, projection.flag, item),
            )

    def _path(self, wanted: FoldInput, read: Sequence[tuple[FoldInput, Path]]) -> Path:
        """Where an input of a folded table is: the version that is read, or the whole."""
        for one, path in read:
            if one.relation != wanted.relation:
                continue
            if wanted.columns is not None and one == wanted:
                return path
            if wanted.columns is None and one.columns is None:
                return path
            if wanted.columns is None:
                view = self.views[path[-1]]
                assert view.folded is not None
                return (self.store, view.folded.relation)
        raise LookupError(wanted.relation)

    # Releases

    def _rewritten(self, plain: Definition) -> Definition:
        own = {item.relation for item in plain.objects}
        objects = {item.relation: self._now(item, plain) for item in plain.objects}
        waiting = list(objects.values())
        while waiting:
            for *_, relation in waiting.pop().inputs:
                found = self.tables.get(relation) or self.items.get(relation)
                if found is not None and relation not in objects:
                    objects[relation] = self._now(found, plain)
                    waiting.append(objects[relation])
        borrowed = tuple(sorted(set(objects) - own))
        ordered = unite([replace(plain, objects=tuple(objects.values()))])
        return replace(plain, objects=ordered, borrowed=borrowed) if borrowed else plain

    def _now(self, item: StoredObject, plain: Definition) -> StoredObject:
        view = self.views.get(item.relation)
        if view is None or view.folded is None:
            return item
        # the release keeps its own wording of what it is when stored apart
        own = (
            item if item.relation in {one.relation for one in plain.objects} else view.folded.apart
        )
        return replace(view, label=own.label, folded=replace(view.folded, apart=own))


def _reached(below: Mapping[str, Collection[str]], label: str) -> set[str]:
    """The labels that one reads, through others too; itself only where it goes round."""
    found: set[str] = set()
    waiting = list(below.get(label, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += below.get(name, ())
    return found


def _hash(*parts: str) -> str:
    digest = sha256(_FORMAT.encode())
    for part in parts:
        data = part.encode()
        digest.update(f":{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()
