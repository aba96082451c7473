"""Reads the promises of a contract that checks keep: quality and relationships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hansa.core.contract import Quality, Relationship
from hansa.core.suggestion import did_you_mean
from hansa.projects.contract_shapes import CONDITIONS, METRICS, OLD_METRICS, RANGES
from hansa.projects.decoding import Record


@dataclass(frozen=True, slots=True)
class Names:
    """The tables and columns of a document, and their stable ids."""

    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tables_by_id: Mapping[str, str] = field(default_factory=dict)
    columns_by_id: Mapping[tuple[str, str], str] = field(default_factory=dict)


def collect_names(tables: tuple[Record, ...]) -> Names:
    """Every name that a relationship of the document can point to."""
    columns: dict[str, frozenset[str]] = {}
    table_ids: dict[str, str] = {}
    column_ids: dict[tuple[str, str], str] = {}
    for table in tables:
        name = table.get("name")
        if name is None:
            continue
        properties = table.get("properties", ())
        columns[name] = frozenset(item.get("name") for item in properties if item.get("name"))
        table_ids[table.get("id") or name] = name
        for item in properties:
            if item.get("name"):
                column_ids[name, item.get("id") or item.get("name")] = item.get("name")
    return Names(columns, table_ids, column_ids)


def read_quality(record: Record) -> tuple[Quality, ...]:
    """The quality checks of a table or column; problems are noted."""
    found = (_read_check(check) for check in record.get("quality", ()))
    return tuple(check for check in found if check is not None)


def _read_check(record: Record) -> Quality | None:
    reader = record.reader
    metric = record.get("metric") or record.get("rule")
    kind = record.get("type", "library")
    if kind == "library" and metric is None:
        hint = "add `metric:` with one of " + ", ".join(METRICS)
        if "query" in record.node.entries:
            hint = "add `type: sql`"
        reader.report("missing_key", record.node, "a library check has no `metric`", hint)
        return None
    if kind == "sql" and record.get("query") is None:
        message = "an sql check has no `query`"
        reader.report("missing_key", record.node, message, "add `query: SELECT …`")
        return None
    arguments: dict[str, Any] = dict(record.get("arguments", {}))
    if kind == "library":
        if record.get("validValues"):
            arguments.setdefault("validValues", list(record.get("validValues")))
        metric = OLD_METRICS.get(metric, metric)
        if metric not in METRICS:
            key = "metric" if record.get("metric") else "rule"
            hint = did_you_mean(metric, METRICS) or "the metrics are " + ", ".join(METRICS)
            message = f"`{metric}` is not a metric of the standard"
            reader.report("unknown_metric", record.at(key), message, hint)
            return None
    conditions = _read_conditions(record, kind)
    return Quality(
        kind=kind,
        name=record.get("name"),
        metric=metric if kind == "library" else None,
        arguments=tuple(arguments.items()),
        query=record.get("query"),
        conditions=conditions,
        unit=record.get("unit"),
        severity=record.get("severity", "error"),
        description=record.get("description"),
        place=reader.place(record.node),
    )


def _read_conditions(record: Record, kind: str) -> tuple[tuple[str, Any], ...]:
    keys = (*CONDITIONS, *RANGES)
    # `mustBe: null` is a condition too, so the document is asked, not the valid values.
    given = [key for key in keys if key in record.node.entries]
    if kind in ("library", "sql"):
        if not given:
            hint = "add a comparison such as `mustBe: 0` or `mustBeGreaterThan: 0`"
            message = "the check does not say what its result must be"
            record.reader.report("missing_key", record.node, message, hint)
        elif len(given) > 1:
            message = f"the check has {len(given)} comparisons, and the standard allows one"
            hint = "write one check for each, or use `mustBeBetween`"
            record.reader.report("conflicting_keys", record.node, message, hint)
    return tuple((key, record.get(key)) for key in given)


def read_relationships(
    record: Record, table: str, column: str | None, names: Names
) -> tuple[Relationship, ...]:
    """The foreign keys of a table, or of one of its columns.

    References into other documents are left out: nothing here can check them.
    """
    found = (
        _read_relationship(item, table, column, names) for item in record.get("relationships", ())
    )
    return tuple(relationship for relationship in found if relationship is not None)


def _read_relationship(
    record: Record, table: str, column: str | None, names: Names
) -> Relationship | None:
    reader, targets = record.reader, record.get("to", ())
    if not targets or any("#" in target for target in targets):
        return None
    if column is None and not record.get("from"):
        message = "a relationship of a table has no `from`"
        reader.report("missing_key", record.node, message, f"add `from: {table}.…`")
        return None
    if column is not None and record.get("from"):
        message = "a relationship of a column has a `from`"
        reader.report("conflicting_keys", record.at("from"), message, "remove `from`")
        return None
    sources = [_split(source, names) for source in record.get("from", ())]
    columns = (column,) if column is not None else tuple(name for _, name in sources)
    ends = [_split(target, names) for target in targets]
    place = reader.place(record.node)
    if len(ends) != len(columns) or len({end for end, _ in ends}) != 1:
        message = "a relationship pairs as many columns of one table as of the other"
        hint = "write `from` and `to` as lists of the same length"
        reader.report("invalid_relationship", place, message, hint)
        return None
    relationship = Relationship(columns, ends[0][0], tuple(name for _, name in ends), place)
    others = {source for source, _ in sources} - {table, ""}
    if others:
        message = f"the relationship of `{table}` begins at `{min(others)}`"
        reader.report("invalid_relationship", record.at("from"), message, f"write `{table}.…`")
        return None
    return relationship if _check_ends(record, table, relationship, names) else None


def _check_ends(record: Record, table: str, relationship: Relationship, names: Names) -> bool:
    """Whether both ends exist, as far as this document can tell."""
    reader, to_table = record.reader, relationship.to_table
    ends = [(table, relationship.columns, "from")]
    if to_table in names.columns:
        ends.append((to_table, relationship.to_columns, "to"))
    elif "." not in to_table:
        hint = did_you_mean(to_table, names.columns)
        hint = hint or "write `table.column`, or `product.table.column` for a required product"
        message = f"the relationship points to `{to_table}`, which is no table of this contract"
        reader.report("unknown_table", record.at("to"), message, hint)
        return False
    for name, columns, key in ends:
        for column in columns:
            if column not in names.columns[name]:
                message = f"the table `{name}` has no column `{column}`"
                hint = did_you_mean(column, names.columns[name])
                reader.report("unknown_column", record.at(key), message, hint)
                return False
    return True


def _split(reference: str, names: Names) -> tuple[str, str]:
    """A reference as table and column, from `table.column` or `schema/id/properties/id`."""
    parts = reference.strip("/").split("/")
    if len(parts) == 4 and parts[0] == "schema" and parts[2] == "properties":
        table = names.tables_by_id.get(parts[1], parts[1])
        return table, names.columns_by_id.get((table, parts[3]), parts[3])
    table, _, column = reference.rpartition(".")
    return table, column
