"""The lineage of a product's public tables as OpenLineage job events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from hansa import __version__
from hansa.core.facts import Input, InputKind, Origin, ProductFacts
from hansa.core.product import Product
from hansa.core.release import Lockfile
from hansa.core.schema import TableSchema
from hansa.core.version import Version
from hansa.ops.lineage import TableLineage, resolve_lineage

Json = dict[str, Any]

NAMESPACE = "hansa"
SPEC = "https://openlineage.io/spec"
PRODUCER = f"urn:hansa:{__version__}"


def facet(version: str, name: str, **content: object) -> Json:
    """One facet of the specification, in that version of it."""
    url = f"{SPEC}/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **content}


def lineage_events(
    product: Product, facts: ProductFacts, lockfile: Lockfile, moment: datetime
) -> Iterator[Json]:
    """One job event for each public table, down to sources and required tables.

    Datasets are named `product.table` and `product.source.table` in the namespace `hansa`;
    their version facet tells the release. What decides rows stands in the column lineage
    facet's `dataset`; its kind (filter, join, grouping) is not told apart.
    """
    writer = EventWriter(product, lockfile)
    lineage = resolve_lineage(facts)
    for table in product.contract.tables:
        if table.name in lineage:
            model = facts.models[table.name]
            schema = model.schema or table.schema
            yield writer.event(table.name, lineage[table.name], schema, moment)


class EventWriter:
    """Words the parts of events for one release of a product."""

    def __init__(self, product: Product, lockfile: Lockfile) -> None:
        self._product = product
        self._locked = lockfile.locked

    def event(
        self, table: str, lineage: TableLineage, schema: TableSchema, moment: datetime
    ) -> Json:
        name = f"{self._product.name}.{table}"
        return {
            "eventTime": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "producer": PRODUCER,
            "schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/JobEvent",
            "job": {"namespace": NAMESPACE, "name": name, "facets": self.job_facets(table)},
            "inputs": [self.dataset(entry) for entry in lineage.inputs],
            "outputs": [
                {
                    "namespace": NAMESPACE,
                    "name": name,
                    "facets": self.output_facets(lineage, schema),
                }
            ],
        }

    def output_facets(self, lineage: TableLineage, schema: TableSchema) -> Json:
        """The release, columns and column lineage of a model's rows."""
        return {
            "version": self._version(self._product.version),
            "schema": self._schema(schema),
            "columnLineage": self._column_lineage(lineage, schema),
        }

    def job_facets(self, table: str) -> Json:
        """Who owns a model, and its SQL."""
        owner = self._product.owner
        owners = [{"name": owner.contact or owner.team, "type": "OWNER"}]
        model = self._product.models.get(table)
        facets = {"ownership": facet("1-0-1", "OwnershipJobFacet", owners=owners)}
        if model:
            facets["sql"] = facet(
                "1-1-0", "SQLJobFacet", query=model.sql, dialect=self._product.dialect
            )
        return facets

    def dataset(self, entry: Input) -> Json:
        """What a model reads, with the release that it is of."""
        dataset: Json = {"namespace": NAMESPACE, "name": self._name(entry)}
        pin = self._locked.get(entry.group) if entry.kind is InputKind.REQUIRED else None
        if pin:
            dataset["facets"] = {"version": self._version(pin.version)}
        return dataset

    def _name(self, entry: Input) -> str:
        own = entry.kind is not InputKind.REQUIRED
        return f"{self._product.name}.{entry}" if own else str(entry)

    def _version(self, version: Version) -> Json:
        return facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=str(version))

    def _schema(self, schema: TableSchema) -> Json:
        fields = [
            {"name": column.name, "type": str(column.type), "ordinal_position": position}
            for position, column in enumerate(schema.columns, start=1)
        ]
        return facet("1-2-0", "SchemaDatasetFacet", fields=fields)

    def _column_lineage(self, lineage: TableLineage, schema: TableSchema) -> Json:
        fields = {
            name: {"inputFields": list(self._fields(lineage.columns.get(name, ())))}
            for name in schema.names
        }
        rows = [self._field(origin, {"type": "INDIRECT"}) for origin in lineage.rows]
        return facet("1-2-0", "ColumnLineageDatasetFacet", fields=fields, dataset=rows)

    def _fields(self, origins: Iterable[Origin]) -> Iterator[Json]:
        for origin in origins:
            subtype = "IDENTITY" if origin.direct else "TRANSFORMATION"
            yield self._field(origin, {"type": "DIRECT", "subtype": subtype})

    def _field(self, origin: Origin, transformation: Mapping[str, str]) -> Json:
        return {
            "namespace": NAMESPACE,
            "name": self._name(origin.input),
            "field": origin.column,
            "transformations": [dict(transformation)],
        }
