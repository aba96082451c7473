"""Shows and hides releases: the views that readers use; inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from hansa.core.release import ReleaseName
from hansa.deploy.definition import Definition, ObjectKind, StoredObject
from hansa.deploy.errors import ForeignObjects
from hansa.deploy.liveness import line_head, of_line
from hansa.deploy.names import (
    PREVIOUS_SUFFIX,
    TAKEN_SUFFIX,
    interface_schema,
    line_schema,
    store_schema,
)
from hansa.deploy.order import unite
from hansa.deploy.simulation import settlement, without
from hansa.deploy.state import LiveRelease, ObjectRecord, TargetState
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.protocol import Engine, RelationKind
from hansa.sql.identifiers import quote, quote_path

Line = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Leave:
    """The products that may lose releases, and the schemas in which readers will notice."""

    products: frozenset[str]
    schemas: tuple[str, ...]


class Publication:
    """The schemas of one target, kept in step with its state."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._records = StateStore(engine)
        # roles of the release that was shown last which the target does not know
        self.roles_missing: tuple[str, ...] = ()

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
        self.roles_missing = self._engine.grant(self._interface(definition.name), definition.roles)
        self._engine.grant(store, ())

    def show_lines(self, product: str, state: TargetState) -> None:
        """Make the schemas of a product's major lines show their newest live releases."""
        for line in sorted({release.name.version.line for release in state.of(product)}):
            self._show_line((product, line), state)

    def _show_line(self, line: Line, state: TargetState) -> bool:
        """Show the newest release of a line; gives whether there is one."""
        product, numbers = line
        head = line_head(of_line(state.releases, product, numbers))
        if head is None:
            return False
        interface = self._interface(head.name)
        tables = {
            table.contract.name: (
                (interface, table.contract.name),
                tuple(column.name for column in table.contract.columns),
            )
            for table in head.definition.tables
        }
        self._show(product, self._line_of(head.name), tables)
        self._engine.grant(self._line_of(head.name), head.definition.roles)
        return True

    @contextmanager
    def leaving(
        self, product: str, state: TargetState, gone: Iterable[LiveRelease] = ()
    ) -> Iterator[Leave]:
        """What may be taken away when the state is this, and those releases are gone.

        Releases of another product go only when its lock is free, which is then held: whoever
        works on that product is not disturbed, and the next command takes them away.
        """
        leaving = [*gone, *settlement(state, product).removed]
        with ExitStack() as stack:
            held = {product}
            for other in sorted({release.name.product for release in leaving} - held):
                if stack.enter_context(self._engine.try_lock(other)):
                    held.add(other)
            schemas = [
                schema
                for release in leaving
                if release.name.product in held
                for schema in (self._interface(release.name), self._line_of(release.name))
            ]
            yield Leave(frozenset(held), tuple(schemas))

    def settle(
        self, product: str, products: Collection[str], retired: Sequence[LiveRelease] = ()
    ) -> tuple[tuple[ReleaseName, ...], tuple[str, ...]]:
        """Remove what is retired and what nothing keeps live, and free what nothing reads.

        `products` are those whose releases may go. Returns the removed releases, and the stored
        tables that were dropped with them. Lines of the product, and of every product that lost
        a release, show their newest release.
        """
        before = self._records.load()
        settled = settlement(
            without(before, [release.name for release in retired]), product, products
        )
        gone = [*retired, *settled.removed]
        for release in gone:
            self._records.remove_release(release.name)
        state = without(before, [release.name for release in gone])
        losers = {product, *(release.name.product for release in gone)}
        for name in sorted(losers):
            self._point_anew(state.of(name), [r for r in gone if r.name.product == name])
        lines = {
            (release.name.product, release.name.version.line)
            for release in before.releases
            if release.name.product in losers
        }
        limit = self._engine.name_limit
        hidden = [self._interface(release.name) for release in gone]
        for line in sorted(lines):
            if not self._show_line(line, state):
                hidden.append(line_schema(*line, limit))
        hidden += [store_schema(name, limit) for name in sorted(losers) if not state.of(name)]
        return tuple(release.name for release in gone), self.free(settled.unused, hidden)

    def free(self, unused: Sequence[ObjectRecord], hidden: Iterable[str] = ()) -> tuple[str, ...]:
        """Drop stored objects that nothing reads, and schemas that show nothing any more.

        All go together, as what of one product goes may read what goes of another. Returns the
        tables among the objects. What others put into a schema of ours keeps it.
        """
        ours = self._records.schemas()
        schemas = [schema for schema in hidden if schema in ours]
        relations = [
            (schema, found)
            for schema in schemas
            for found in self._engine.relations(schema)
            if found.kind is RelationKind.VIEW
        ]
        dropped = []
        for record in unused:
            store = store_schema(record.product, self._engine.name_limit)
            names = {record.relation + end for end in ("", PREVIOUS_SUFFIX, TAKEN_SUFFIX)}
            there = [r for r in self._engine.relations(store) if r.name in names]
            relations += [(store, found) for found in there]
            self._records.remove_object(record.product, record.relation)
            if record.kind.holds_rows:
                dropped.append(f"{store}.{record.relation}")
        self._engine.drop(tuple(dict.fromkeys(relations)))
        for schema in schemas:
            if not self._engine.relations(schema):
                self._engine.drop_schema(schema)
            self._records.remove_schema(schema)
        return tuple(sorted(dropped))

    def _point_anew(self, live: Sequence[LiveRelease], gone: Sequence[LiveRelease]) -> None:
        """Views of removed releases that others share must not read what went with those."""
        if not gone or not live:
            return
        former = {item.relation: item for item in _views(release.definition for release in gone)}
        for item in unite(release.definition for release in live):
            before = former.get(item.relation)
            if before is not None and before.inputs != item.inputs:
                Workshop(self._engine, live[0].name.product).show(item)

    def _show(
        self,
        product: str,
        schema: str,
        tables: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
    ) -> None:
        self.make_schema(product, schema)
        left = [r for r in self._engine.relations(schema) if r.name not in tables]
        self._engine.drop([(schema, relation) for relation in left])
        dialect = self._engine.dialect
        for name, (path, columns) in tables.items():
            chosen = ", ".join(quote(column, dialect) for column in columns) or "*"
            select = f"SELECT {chosen} FROM {quote_path(path, dialect)}"
            self._engine.create_view((schema, name), select)

    def _line_of(self, name: ReleaseName) -> str:
        return line_schema(name.product, name.version.line, self._engine.name_limit)

    def _interface(self, name: ReleaseName) -> str:
        return interface_schema(name.product, name.version, self._engine.name_limit)


def _views(definitions: Iterable[Definition]) -> Iterable[StoredObject]:
    for definition in definitions:
        yield from (item for item in definition.objects if item.kind is ObjectKind.VIEW)
