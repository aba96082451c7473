"""Measures stored tables after they were published, and remembers it in the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hansa.deploy.definition import StoredObject
from hansa.deploy.names import store_schema
from hansa.deploy.state_store import StateStore
from hansa.engines.protocol import Engine


def record_sizes(engine: Engine, product: str, stored: Sequence[StoredObject]) -> Mapping[str, int]:
    """Rows of each table by `schema.relation`; a run that ends before this lacks only numbers."""
    tables = [item for item in stored if item.kind.holds_rows]
    if not tables:
        return {}
    engine.settle()
    store = store_schema(product, engine.name_limit)
    sizes = {item.relation: engine.size((store, item.relation)) for item in tables}
    records = StateStore(engine)
    with engine.transaction():
        for relation, size in sizes.items():
            records.set_size(product, relation, size)
    return {f"{store}.{relation}": size.rows for relation, size in sizes.items()}
