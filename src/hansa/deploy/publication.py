"""Shows and hides releases: the views that readers use; inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hansa.core.release import ReleaseName
from hansa.deploy.definition import Definition, ObjectKind, StoredObject
from hansa.deploy.errors import ForeignObjects
from hansa.deploy.liveness import line_head, of_line
from hansa.deploy.names import interface_schema, line_schema, store_schema
from hansa.deploy.progress import silent
from hansa.deploy.simulation import settlement, without
from hansa.deploy.state import LiveRelease, ObjectRecord, TargetState
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.protocol import Engine, RelationKind
from hansa.sql.identifiers import quote, quote_path

Line = tuple[str, tuple[int, ...]]


class Publication:
    """The schemas of one target, kept in step with its state."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._records = StateStore(engine)

    def claim(self, product: str, schema: str, expected: Iterable[str]) -> None:
        """See that a schema is ours or can be. Raises ForeignObjects and changes nothing.

        `expected` are the relations that hansa knows of in it.
        """
        known = set(expected)
        owner = self._records.schemas().get(schema) if self._records.exists() else None
        relations = tuple(found.name for found in self._engine.relations(schema))
        foreign = relations if owner != product else tuple(r for r in relations if r not in known)
        if foreign:
            raise ForeignObjects(schema, foreign)

    def make_schema(self, product: str, schema: str) -> None:
        """Make a schema that was claimed, and remember that it is ours."""
        self._engine.create_schema(schema)
        if schema not in self._records.schemas():
            self._records.add_schema(schema, product)

    def show_release(self, definition: Definition) -> None:
        """Make the interface schema of a release show exactly its contract's columns."""
        store = store_schema(definition.product, self._engine.name_limit)
        tables = {
            table.contract.name: (
                (store, table.relation),
                tuple(column.name for column in table.contract.columns),
            )
            for table in definition.tables
        }
        self._show(definition.product, self._interface(definition.name), tables)

    def show_line(self, line: Line, state: TargetState) -> None:
        """Make a major line's schema show its newest live release, or nothing."""
        product, numbers = line
        schema = line_schema(product, numbers, self._engine.name_limit)
        head = line_head(of_line(state.releases, product, numbers))
        if head is None:
            self._hide(schema)
            return
        interface = self._interface(head.name)
        tables = {
            table.contract.name: (
                (interface, table.contract.name),
                tuple(column.name for column in table.contract.columns),
            )
            for table in head.definition.tables
        }
        self._show(product, schema, tables)

    def hide_release(self, name: ReleaseName) -> None:
        """Take a release's interface away, and forget it."""
        self._hide(self._interface(name))
        self._records.remove_release(name)

    def settle(self, product: str) -> tuple[tuple[ReleaseName, ...], tuple[str, ...]]:
        """Remove what nothing keeps live, and free what nothing reads.

        Returns the removed releases, and the stored tables that were dropped with them. Lines
        of the product, and of every product that lost a release, show their newest release.
        """
        before = self._records.load()
        settled = settlement(before, product)
        for release in settled.removed:
            self.hide_release(release.name)
        gone = settled.removed
        state = without(before, [release.name for release in gone])
        products = {product, *(release.name.product for release in gone)}
        lines = {
            (release.name.product, release.name.version.line)
            for release in before.releases
            if release.name.product in products
        }
        for name in sorted(products):
            self._point_anew(state.of(name), [r for r in gone if r.name.product == name])
        dropped = self.free(settled.unused)
        for name in sorted(products):
            if not state.of(name):
                self._hide(store_schema(name, self._engine.name_limit))
        for line in sorted(lines):
            self.show_line(line, state)
        return tuple(release.name for release in gone), dropped

    def free(self, unused: Sequence[ObjectRecord]) -> tuple[str, ...]:
        """Drop stored objects that nothing reads, views first; returns the tables among them."""
        dropped = []
        for record in sorted(unused, key=lambda one: (one.kind.holds_rows, one.relation)):
            store = store_schema(record.product, self._engine.name_limit)
            kinds = {found.name: found.kind for found in self._engine.relations(store)}
            if record.relation in kinds:
                self._drop(store, record.relation, kinds[record.relation])
            self._records.remove_object(record.product, record.relation)
            if record.kind.holds_rows:
                dropped.append(f"{store}.{record.relation}")
        return tuple(sorted(dropped))

    def _point_anew(self, live: Sequence[LiveRelease], gone: Sequence[LiveRelease]) -> None:
        """Views of removed releases that others share must not read what went with those."""
        if not gone or not live:
            return
        former = {item.relation: item for item in _views(release.definition for release in gone)}
        for item in unite(release.definition for release in live):
            before = former.get(item.relation)
            if before is not None and before.inputs != item.inputs:
                Workshop(self._engine, live[0].name.product, silent).show(item)

    def _show(
        self,
        product: str,
        schema: str,
        tables: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
    ) -> None:
        self.make_schema(product, schema)
        for found in self._engine.relations(schema):
            if found.name not in tables:
                self._drop(schema, found.name, found.kind)
        dialect = self._engine.dialect
        for name, (path, columns) in tables.items():
            view = quote_path((schema, name), dialect)
            chosen = ", ".join(quote(column, dialect) for column in columns) or "*"
            select = f"SELECT {chosen} FROM {quote_path(path, dialect)}"
            self._engine.execute(f"CREATE OR REPLACE VIEW {view} AS {select}")

    def _hide(self, schema: str) -> None:
        """Drop a schema of ours with its views; what others put there keeps the schema."""
        if schema not in self._records.schemas():
            return
        for found in self._engine.relations(schema):
            if found.kind is RelationKind.VIEW:
                self._drop(schema, found.name, found.kind)
        if not self._engine.relations(schema):
            name = quote(schema, self._engine.dialect)
            self._engine.execute(f"DROP SCHEMA IF EXISTS {name}")
        self._records.remove_schema(schema)

    def _drop(self, schema: str, relation: str, kind: RelationKind) -> None:
        name = quote_path((schema, relation), self._engine.dialect)
        self._engine.execute(f"DROP {kind.value.upper()} {name}")

    def _interface(self, name: ReleaseName) -> str:
        return interface_schema(name.product, name.version, self._engine.name_limit)


def unite(definitions: Iterable[Definition]) -> tuple[StoredObject, ...]:
    """The objects of several releases of a product, each once and after those it reads.

    Where releases share one, the first definition's is taken: give the newest first.
    """
    objects: dict[str, StoredObject] = {}
    for definition in definitions:
        for item in definition.objects:
            objects.setdefault(item.relation, item)
    ordered: dict[str, StoredObject] = {}

    def visit(item: StoredObject) -> None:
        if item.relation in ordered:
            return
        for path in item.inputs:
            below = objects.get(path[-1])
            if below is not None and below is not item:
                visit(below)
        ordered[item.relation] = item

    for item in objects.values():
        visit(item)
    return tuple(ordered.values())


def _views(definitions: Iterable[Definition]) -> Iterable[StoredObject]:
    for definition in definitions:
        yield from (item for item in definition.objects if item.kind is ObjectKind.VIEW)
