"""How the public tables changed, and all that the two contracts differ in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hansa.core.contract import Contract, ContractTable, Relationship
from hansa.semver.changes import Change
from hansa.semver.columns import column_changes
from hansa.semver.extras import definition_of, extra, is_set
from hansa.semver.matching import TableMatch, TablePair
from hansa.semver.promises import withdrawn_tests
from hansa.semver.quality import quality_changes
from hansa.semver.side import Side
from hansa.semver.terms import term_changes
from hansa.semver.texts import description_changes, words
from hansa.semver.versions import predecessor_remark, successor_remark


def interface_changes(
    old: Side, new: Side, tables: TableMatch, history: Sequence[Contract] = ()
) -> Iterator[Change]:
    """Every difference of the two contracts: the product's first, then table by table.

    `history` holds the contracts of earlier releases of the old one's major line, oldest
    first; it tells whether a column's name was used before.
    """
    yield from term_changes(old, new)
    for table in tables.removed:
        made_private = table.name in new.models
        rule = "table_made_private" if made_private else "table_removed"
        place = new.contract.place if made_private else table.place
        instead = successor_remark(table, new.contract)
        yield Change(rule, table.name, place=place, remark=instead)
    for pair in tables.kept:
        yield from _table_changes(pair, old, new)
        yield from column_changes(pair, history)
        yield from withdrawn_tests(pair, old, new)
    for table in tables.added:
        follows = predecessor_remark(table, old.contract)
        yield Change("table_added", table.name, place=table.place, remark=follows)


def _table_changes(pair: TablePair, old: Side, new: Side) -> Iterator[Change]:
    before, after, name = pair.old, pair.new, pair.new.name
    if pair.renamed:
        yield Change("table_renamed", before.name, None, before.name, name, place=after.place)
    if (before.kind or "table") != (after.kind or "table"):
        yield Change("table_kind_changed", name, None, before.kind, after.kind, place=after.place)
    yield from _key_changes(pair)
    yield from _grain_changes(before, after)
    yield from _relationship_changes(pair)
    yield from quality_changes(name, None, before.quality, after.quality)
    yield from _access_changes(pair, old, new)
    if before.deprecated != after.deprecated:
        rule = "deprecated" if after.deprecated else "undeprecated"
        instead = successor_remark(after, new.contract) if after.deprecated else ""
        yield Change(rule, name, place=after.place, remark=instead)
    yield from _definition_changes(before, after)
    yield from description_changes(before, after, Change("", name, place=after.place))


def _key_changes(pair: TablePair) -> Iterator[Change]:
    """The order of a key's columns says nothing about which rows are alike."""
    before = tuple(pair.new_name(column) for column in pair.old.primary_key)
    after = pair.new.primary_key
    if set(before) == set(after):
        return
    rule = "primary_key_changed" if before else "primary_key_added"
    words = {"old": _key_text(before), "new": _key_text(after)}
    yield Change(rule, pair.new.name, None, before, after, words=words, place=pair.new.place)


def _key_text(columns: Sequence[str]) -> str:
    return f"({', '.join(columns)})" if columns else "not set"


def _grain_changes(old: ContractTable, new: ContractTable) -> Iterator[Change]:
    before, after = (_meaning(table.granularity) for table in (old, new))
    if before and before != after:
        yield Change(
            "granularity_changed",
            new.name,
            None,
            _in_one_line(old.granularity),
            _in_one_line(new.granularity),
            place=new.place,
        )


def _meaning(text: str | None) -> str:
    """A sentence without letter case and punctuation, which do not change what it says."""
    letters = (letter if letter.isalnum() else " " for letter in words(text).casefold())
    return " ".join("".join(letters).split())


def _in_one_line(text: str | None) -> str | None:
    return words(text) or None


def _relationship_changes(pair: TablePair) -> Iterator[Change]:
    before = {
        (tuple(pair.new_name(column) for column in link.columns), link.to_table, link.to_columns)
        for link in _links(pair.old)
    }
    after = {(link.columns, link.to_table, link.to_columns) for link in _links(pair.new)}
    for rule, links in (
        ("relationship_removed", before - after),
        ("relationship_added", after - before),
    ):
        for columns, to_table, to_columns in sorted(links):
            yield Change(
                rule,
                pair.new.name,
                columns[0] if len(columns) == 1 else None,
                words={
                    "columns": ", ".join(columns),
                    "target": f"{to_table}({', '.join(to_columns)})",
                },
                place=pair.new.place,
            )


def _links(table: ContractTable) -> Iterator[Relationship]:
    yield from table.relationships
    for column in table.columns:
        yield from column.relationships


def _access_changes(pair: TablePair, old: Side, new: Side) -> Iterator[Change]:
    before, after, name = pair.old, pair.new, pair.new.name
    mandatory = "require_partition_filter"
    if is_set(after, mandatory) and not is_set(before, mandatory):
        yield Change("mandatory_filter_added", name, place=after.place)
    if extra(before, "partitioned") != extra(after, "partitioned"):
        yield Change("partitioning_changed", name, place=after.place)
    was = before.name in old.append_only or is_set(before, "append_only")
    still = name in new.append_only or is_set(after, "append_only")
    if was and not still:
        yield Change("incremental_became_mutable", name, place=after.place)


def _definition_changes(old: ContractTable, new: ContractTable) -> Iterator[Change]:
    before, after = definition_of(old), definition_of(new)
    changed = sorted(
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    )
    if not _meaning(old.granularity) and _meaning(new.granularity):
        changed.append("dataGranularityDescription")
    if changed:
        yield Change(
            "definition_changed",
            new.name,
            words={"what": ", ".join(f"`{name}`" for name in changed)},
            place=new.place,
        )
