"""What live releases cost in a target, and what taking one out would free."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.release import ReleaseName
from hansa.deploy.names import store_schema
from hansa.deploy.simulation import settlement, without
from hansa.deploy.state import LiveRelease, TargetState


@dataclass(frozen=True, slots=True)
class Freed:
    """What goes with a release: other releases that only it keeps, tables, their bytes.

    `tables` are schemas and relations, with a dot.
    """

    releases: tuple[ReleaseName, ...] = ()
    tables: tuple[str, ...] = ()
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ProductCost:
    """What the live releases of one product take together, and what its newest takes alone.

    Of a folded table, the newest takes the share that its columns are of all.
    """

    product: str
    releases: int
    bytes: int
    bytes_of_one: int

    @property
    def ratio(self) -> float | None:
        """All releases against one; None where one takes nothing or is not measured."""
        return self.bytes / self.bytes_of_one if self.bytes_of_one else None


def freed_by(state: TargetState, name: ReleaseName, name_limit: int) -> Freed:
    """What removing a live release would free, by itself."""
    before = {
        (record.product, record.relation) for record in settlement(state, name.product).unused
    }
    settled = settlement(without(state, [name]), name.product)
    gone = [
        record
        for record in settled.unused
        if (record.product, record.relation) not in before and record.kind.holds_rows
    ]
    return Freed(
        tuple(release.name for release in settled.removed),
        tuple(f"{store_schema(record.product, name_limit)}.{record.relation}" for record in gone),
        sum(record.bytes or 0 for record in gone),
    )


def cost_of(state: TargetState, product: str) -> ProductCost | None:
    """The cost of a product's live releases; None when none is live."""
    live = state.of(product)
    if not live:
        return None
    every = {use.relation for use in state.uses if use.release.product == product}
    return ProductCost(product, len(live), _bytes(state, product, every), _bytes_of(state, live[0]))


def _bytes_of(state: TargetState, release: LiveRelease) -> int:
    """What the release would take if it were the only one."""
    definition = release.definition
    columns = {
        item.relation: len(item.schema.columns)
        for item in definition.objects
        if item.versions and item.schema
    }
    own: dict[str, set[str]] = {}
    for item in definition.objects:
        if item.folded is not None and item.relation not in definition.borrowed:
            held = own.setdefault(item.folded.relation, set())
            held.update(stored for _, stored in item.folded.columns)
    plain = {item.relation for item in definition.objects} - set(definition.borrowed)
    shares = sum(
        _bytes(state, definition.product, {relation}) * len(held) / columns[relation]
        for relation, held in own.items()
        if columns.get(relation)
    )
    return _bytes(state, definition.product, plain) + round(shares)


def _bytes(state: TargetState, product: str, relations: set[str]) -> int:
    records = (state.objects.get((product, relation)) for relation in relations)
    return sum(record.bytes or 0 for record in records if record is not None)
