"""Lineage as OpenLineage events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

from hansa import __version__

PRODUCER = f"urn:hansa:{__version__}"
SPEC = "https://openlineage.io/spec"


class Strict(BaseModel):
    """What the specification lists and nothing else."""

    model_config = ConfigDict(extra="forbid")


class Facet(Strict):
    producer: str = Field(alias="_producer", pattern="^[a-z]+:")
    schema_url: str = Field(
        alias="_schemaURL",
        pattern=r"^https://openlineage\.io/spec/facets/\d-\d-\d/(\w+)\.json#/\$defs/\w+$",
    )


class Transformation(Strict):
    type: Literal["DIRECT", "INDIRECT"]
    subtype: str | None = None
    description: str | None = None
    masking: bool | None = None


class InputField(Strict):
    namespace: str
    name: str
    field: str
    transformations: list[Transformation] = []


class Fields(Strict):
    input_fields: list[InputField] = Field(alias="inputFields")


class ColumnLineage(Facet):
    fields: dict[str, Fields]
    dataset: list[InputField] = []


class SchemaField(Strict):
    name: str
    type: str | None = None
    ordinal_position: int | None = None


class Schema(Facet):
    fields: list[SchemaField] = []


class DatasetVersion(Facet):
    version: str = Field(alias="datasetVersion")


class DatasetFacets(Strict):
    table_schema: Schema | None = Field(default=None, alias="schema")
    version: DatasetVersion | None = None
    column_lineage: ColumnLineage | None = Field(default=None, alias="columnLineage")


class Dataset(Strict):
    namespace: str
    name: str
    facets: DatasetFacets = DatasetFacets()


class Owner(Strict):
    name: str
    type: str | None = None


class Ownership(Facet):
    owners: list[Owner]


class Sql(Facet):
    query: str
    dialect: str | None = None


class JobFacets(Strict):
    ownership: Ownership | None = None
    sql: Sql | None = None


class Job(Strict):
    namespace: str
    name: str
    facets: JobFacets = JobFacets()


class JobEvent(Strict):
    event_time: AwareDatetime = Field(alias="eventTime")
    producer: Annotated[str, Field(pattern="^[a-z]+:")]
    schema_url: Literal["https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"] = (
        Field(alias="schemaURL")
    )
    job: Job
    inputs: list[Dataset] = []
    outputs: list[Dataset] = []


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Hansa:
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for command, product in (("publish", "orders"), ("lock", "sales")):
        assert hansa(command, product).code == 0
    return hansa


def facet(version: str, name: str, **content: Any) -> dict[str, Any]:
    url = f"{SPEC}/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **content}


def field(relation: str, column: str, **transformation: str) -> dict[str, Any]:
    return {
        "namespace": "hansa",
        "name": relation,
        "field": column,
        "transformations": [transformation],
    }


def test_a_table_is_one_event_down_to_the_sources(shop: Hansa) -> None:
    (event,) = shop("export lineage --format json", "orders").json["events"]
    relation = "orders.raw.orders"
    same = {"type": "DIRECT", "subtype": "IDENTITY"}
    made = {"type": "DIRECT", "subtype": "TRANSFORMATION"}
    assert {**event, "eventTime": "then"} == {
        "eventTime": "then",
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/JobEvent",
        "job": {
            "namespace": "hansa",
            "name": "orders.fct_orders",
            "facets": {
                "ownership": facet(
                    "1-0-1",
                    "OwnershipJobFacet",
                    owners=[{"name": "checkout@example.com", "type": "OWNER"}],
                ),
                "sql": facet(
                    "1-1-0", "SQLJobFacet", query=ORDERS["models/fct_orders.sql"], dialect="duckdb"
                ),
            },
        },
        "inputs": [{"namespace": "hansa", "name": relation}],
        "outputs": [
            {
                "namespace": "hansa",
                "name": "orders.fct_orders",
                "facets": {
                    "version": facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion="1.0.0"),
                    "schema": facet(
                        "1-2-0",
                        "SchemaDatasetFacet",
                        fields=[
                            {"name": "id", "type": "integer", "ordinal_position": 1},
                            {"name": "customer", "type": "varchar", "ordinal_position": 2},
                            {"name": "amount", "type": "decimal(10,2)", "ordinal_position": 3},
                            {"name": "size", "type": "varchar", "ordinal_position": 4},
                        ],
                    ),
                    "columnLineage": facet(
                        "1-2-0",
                        "ColumnLineageDatasetFacet",
                        fields={
                            "id": {"inputFields": [field(relation, "id", **same)]},
                            "customer": {"inputFields": [field(relation, "customer", **made)]},
                            "amount": {"inputFields": [field(relation, "amount", **same)]},
                            "size": {"inputFields": [field(relation, "amount", **made)]},
                        },
                        dataset=[field(relation, "amount", type="INDIRECT")],
                    ),
                },
            }
        ],
    }


def test_events_follow_the_specification_one_a_line(shop: Hansa) -> None:
    for product in ("orders", "sales"):
        lines = shop("export lineage", product).out.splitlines()
        events = [JobEvent.model_validate_json(line) for line in lines]
        assert len(events) == 1
        for event in events:
            known = {(one.namespace, one.name) for one in event.inputs}
            lineage = event.outputs[0].facets.column_lineage
            assert lineage is not None
            used = [*lineage.dataset]
            used += [one for some in lineage.fields.values() for one in some.input_fields]
            assert {(one.namespace, one.name) for one in used} <= known


def test_required_tables_are_named_with_the_pinned_version(shop: Hansa) -> None:
    event = json.loads(shop("export lineage", "sales").out)
    version = facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion="1.0.0")
    assert event["inputs"] == [
        {"namespace": "hansa", "name": "orders.fct_orders", "facets": {"version": version}}
    ]


def test_sql_with_errors_is_refused(shop: Hansa, tmp_path: Path) -> None:
    (tmp_path / "orders/models/fct_orders.sql").write_text("select nope from stg_orders\n")
    outcome = shop("export lineage", "orders")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error [unknown_column] models/fct_orders.sql:1:8: ")
