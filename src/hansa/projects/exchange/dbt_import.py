"""Tables of a contract from the models of a properties file of dbt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hansa.core.contract import Bounds, ContractColumn, ContractTable, Relationship
from hansa.core.datatype import UNKNOWN, DataType
from hansa.projects.exchange.dbt_tests import ColumnTests, read_tests
from hansa.projects.exchange.dbt_words import (
    LIMITS,
    META,
    PROMISES,
    read_ref,
    unwritten,
    versioned_name,
)
from hansa.projects.exchange.imported import Imported, ImportReader, typed
from hansa.projects.yaml_document import Mapping, Node, Scalar, Sequence, plain
from hansa.sql.types import InvalidType, parse_type

_MODEL_KEYS = frozenset(
    [
        "name",
        "description",
        "columns",
        "config",
        "constraints",
        "tests",
        "data_tests",
        "versions",
        "latest_version",
        "deprecation_date",
        "access",
        "group",
        "tags",
        "meta",
        "contract",
        "docs",
    ]
)
_COLUMN_KEYS = frozenset(
    [
        "name",
        "description",
        "data_type",
        "constraints",
        "tests",
        "data_tests",
        "config",
        "tags",
        "meta",
        "quote",
    ]
)
_KINDS = {"table": "table", "incremental": "table", "view": "view"}


def import_dbt(data: bytes, file: str, dialect: str, written_in: str) -> Imported:
    """The public models of the file, or all where none is public; one table for each version.

    `written_in` is the dialect of the warehouse, in which dbt says types. Constraints count
    where the model's contract is enforced, as dbt does nothing about others. Raises
    ImportInvalid.
    """
    reader = ImportReader(file)
    root = reader.read(data)
    if root is None:
        return reader.result(())
    listed = root.get("models") if isinstance(root, Mapping) else None
    if not isinstance(listed, Sequence):
        message = "the file has no list of `models`"
        reader.report("missing_key", root, message, "name a properties file of a dbt project")
        return reader.result(())
    models = [one for item in listed.items for one in _model(item, reader)]
    public = [item for item in models if _setting(item, "access") == "public"]
    for item in models:
        if public and item not in public:
            name = _text(item, "name")
            reader.leave(item, f"the model `{name}` is not public", "make it public in dbt first")
    file_reader = _FileReader(reader, dialect, written_in)
    tables = [table for item in public or models for table in file_reader.tables(item)]
    return reader.result(_with_known_ends(tables, reader))


def _model(item: Node, reader: ImportReader) -> Iterator[Mapping]:
    if isinstance(item, Mapping) and _text(item, "name"):
        yield item
    else:
        reader.report("missing_key", item, "a model has no `name`", "add `name: …`")


def _with_known_ends(tables: list[ContractTable], reader: ImportReader) -> Iterator[ContractTable]:
    """The tables without relationships to what is not among them and in no other product."""
    known = {table.name: table for table in tables}

    def kept(found: tuple[Relationship, ...]) -> tuple[Relationship, ...]:
        return tuple(one for one in found if _ends(one, known, reader))

    for table in tables:
        columns = (replace(one, relationships=kept(one.relationships)) for one in table.columns)
        yield replace(table, columns=tuple(columns), relationships=kept(table.relationships))


def _ends(
    relationship: Relationship, known: dict[str, ContractTable], reader: ImportReader
) -> bool:
    if "." in relationship.to_table:
        return True
    other = known.get(relationship.to_table)
    if other is not None and all(other.column(name) for name in relationship.to_columns):
        return True
    assert relationship.place is not None
    message = f"the relationship leads to `{relationship.to_table}`, which is not imported"
    reader.leave(relationship.place, message, "import that model too, or add it by hand")
    return False


@dataclass(frozen=True, slots=True)
class _FileReader:
    reader: ImportReader
    dialect: str
    written_in: str

    def tables(self, model: Mapping) -> Iterator[ContractTable]:
        name = _text(model, "name") or ""
        self._note_unused(model, _MODEL_KEYS, f"the model `{name}`")
        versions = model.get("versions")
        if not isinstance(versions, Sequence) or not versions.items:
            yield self._table(name, model, (model,), _items(model, "columns"))
            return
        latest = model.get("latest_version")
        numbers = [plain(one.get("v") or one) for one in versions.items if isinstance(one, Mapping)]
        newest = plain(latest) if latest is not None else max(numbers, key=str, default=None)
        for version in versions.items:
            number = version.get("v") if isinstance(version, Mapping) else None
            if not isinstance(version, Mapping) or not isinstance(number, Scalar):
                self.reader.report("missing_key", version, "a version has no `v`", "add `v: 1`")
                continue
            columns = self._columns_of_version(model, version)
            table_name = versioned_name(name, number.raw)
            table = self._table(table_name, version, (version, model), columns)
            properties = {"versionOf": name}
            if plain(number) == newest:
                properties["latestVersion"] = True  # type: ignore[assignment]
            yield _with_properties(table, properties)

    def _columns_of_version(self, model: Mapping, version: Mapping) -> list[Mapping]:
        """The columns of a version: its own, and those of the model that it includes."""
        own = _items(version, "columns")
        if not own:
            return _items(model, "columns")
        include = next((one for one in own if one.get("include") is not None), None)
        named = [one for one in own if one is not include]
        if include is None:
            return named
        wanted, without = plain(include.entries["include"].value), include.get("exclude")
        left_out = plain(without) if without is not None else []
        names = {_text(one, "name") for one in named}
        inherited = [
            one
            for one in _items(model, "columns")
            if _text(one, "name") not in names
            and (wanted in ("all", "*") or _text(one, "name") in wanted)
            and _text(one, "name") not in left_out
        ]
        return [*inherited, *named]

    def _table(
        self, name: str, at: Mapping, parts: tuple[Mapping, ...], columns: list[Mapping]
    ) -> ContractTable:
        """A table; `parts` are where its properties may stand, the nearest first."""
        enforced = any(_enforced(part) for part in parts)
        constraints = [one for part in parts[:1] for one in _items(part, "constraints")]
        if not constraints:
            constraints = [one for part in parts for one in _items(part, "constraints")]
        key, relationships = self._constraints(constraints, enforced, name)
        tests = read_tests(at, self.reader, f"`{name}`")
        for found in tests.others:
            self.reader.leave(
                found.node, f"the test `{found.name}` of `{name}` is not carried over"
            )
        read = [self._column(one, enforced) for one in columns]
        with_keys = _with_keys([one for one in read if one is not None], key)
        meta = next(filter(None, (_mapping_setting(part, "meta") for part in parts)), {})
        promises = meta.pop(PROMISES, {}) if isinstance(meta.get(PROMISES), dict) else {}
        sunset = next(filter(None, (_text(part, "deprecation_date") for part in parts)), None)
        group = next(filter(None, (_setting(part, "group") for part in parts)), None)
        kind = next(filter(None, (_setting(part, "materialized") for part in parts)), None)
        tags = [tag for part in parts for tag in _tags(part)]
        properties = {**_properties(meta), "group": group, "sunset": sunset}
        table = ContractTable(
            name,
            with_keys,
            kind=_KINDS.get(kind or "", "table"),
            description=self._description(parts),
            granularity=promises.get("granularity"),
            deprecated=sunset is not None,
            tags=tuple(dict.fromkeys(tags)),
            relationships=relationships,
            place=self.reader.place(at),
        )
        return _with_properties(table, {k: v for k, v in properties.items() if v is not None})

    def _description(self, parts: tuple[Mapping, ...]) -> str | None:
        for part in parts:
            text = _text(part, "description")
            if text and text.strip():
                self._note_template(part, text)
                return unwritten(text.strip())
        return None

    def _note_template(self, node: Mapping, text: str) -> None:
        if "{{" in unwritten(text).replace("{{ '{' }}", "") and "doc(" in text:
            at = node.entries["description"].value
            message = "the description is a template, and stays as it is written"
            self.reader.leave(at, message, "write the text into the contract")

    def _constraints(
        self, constraints: list[Mapping], enforced: bool, name: str
    ) -> tuple[tuple[str, ...], tuple[Relationship, ...]]:
        """The primary key and the foreign keys that stand at the model."""
        key: tuple[str, ...] = ()
        relationships = []
        for one in constraints:
            columns = _names(one, "columns")
            if not enforced:
                self._leave_constraint(one, name)
            elif _text(one, "type") == "primary_key":
                key = columns
            elif _text(one, "type") == "foreign_key":
                relationships += self._foreign_key(one, columns, name)
            else:
                message = f"the constraint `{_text(one, 'type')}` of `{name}` is not carried over"
                self.reader.leave(one, message)
        return key, tuple(relationships)

    def _leave_constraint(self, constraint: Mapping, what: str) -> None:
        message = f"a constraint of `{what}` says nothing, as its contract is not enforced"
        hint = "set `contract: {enforced: true}` in dbt, or promise it in the contract"
        self.reader.leave(constraint, message, hint)

    def _foreign_key(
        self, constraint: Mapping, columns: tuple[str, ...], what: str
    ) -> list[Relationship]:
        to, ends = read_ref(_text(constraint, "to") or ""), _names(constraint, "to_columns")
        if to is None or len(ends) != len(columns) or not columns:
            message = (
                f"a foreign key of `{what}` does not say what it leads to by `ref` and columns"
            )
            self.reader.leave(constraint, message, "write `to: ref('model')` and `to_columns`")
            return []
        return [Relationship(columns, to, ends, self.reader.place(constraint))]

    def _column(self, node: Mapping, enforced: bool) -> ContractColumn | None:
        name = _text(node, "name")
        if name is None:
            self.reader.report("missing_key", node, "a column has no `name`", "add `name: …`")
            return None
        self._note_unused(node, _COLUMN_KEYS, f"`{name}`")
        tests = read_tests(node, self.reader, f"`{name}`")
        for found in tests.others:
            self.reader.leave(
                found.node, f"the test `{found.name}` of `{name}` is not carried over"
            )
        words, keys = self._column_constraints(node, enforced, name)
        meta = _mapping_setting(node, "meta")
        promises = meta.pop(PROMISES, {}) if isinstance(meta.get(PROMISES), dict) else {}
        limits: dict[str, Any] = promises.get("limits") or {}
        column = ContractColumn(
            name,
            required="not_null" in words or tests.required,
            unique="unique" in words or (tests.unique and "primary_key" not in words),
            key_position=1 if "primary_key" in words else None,
            enum=tests.enum,
            bounds=Bounds(**{LIMITS[key]: limits[key] for key in LIMITS if key in limits}),
            pattern=limits.get("pattern"),
            format=limits.get("format"),
            classification=promises.get("classification"),
            deprecated=promises.get("deprecated") is True,
            description=self._description((node,)),
            tags=tuple(_tags(node)),
            relationships=_joined(tests, keys, name),
            place=self.reader.place(node),
        )
        properties = _properties(meta)
        if properties:
            column = replace(column, extras=(("customProperties", properties),))
        return typed(column, self._type(node, name), self.dialect)

    def _column_constraints(
        self, node: Mapping, enforced: bool, name: str
    ) -> tuple[set[str], list[Relationship]]:
        words: set[str] = set()
        keys: list[Relationship] = []
        for one in _items(node, "constraints"):
            word = _text(one, "type") or ""
            if not enforced:
                self._leave_constraint(one, name)
            elif word == "foreign_key":
                keys += self._foreign_key(one, (name,), name)
            elif word in ("not_null", "unique", "primary_key"):
                words.add(word)
            else:
                message = f"the constraint `{word}` of `{name}` is not carried over"
                self.reader.leave(one, message)
        return words, keys

    def _type(self, node: Mapping, name: str) -> DataType:
        text = _text(node, "data_type")
        if text is None:
            return UNKNOWN
        try:
            return parse_type(unwritten(text), self.written_in)
        except InvalidType as error:
            message = f"{error}, for the column `{name}`"
            at = node.entries["data_type"].value
            self.reader.report("invalid_type", at, message, error.hint)
            return UNKNOWN

    def _note_unused(self, node: Mapping, known: frozenset[str], what: str) -> None:
        for key, entry in node.entries.items():
            if key not in known:
                self.reader.leave(entry.key_node, f"`{key}` of {what} has no word in a contract")


def _joined(tests: ColumnTests, keys: list[Relationship], name: str) -> tuple[Relationship, ...]:
    """What tests and constraints say, each once."""
    found = {(one.to_table, one.to_columns): one for one in keys}
    for to, field, place in tests.relationships:
        found.setdefault((to, (field,)), Relationship((name,), to, (field,), place))
    return tuple(found.values())


def _with_keys(columns: list[ContractColumn], key: tuple[str, ...]) -> tuple[ContractColumn, ...]:
    position = {name.casefold(): at for at, name in enumerate(key, start=1)}
    stated = 0
    found = []
    for column in columns:
        at = position.get(column.name.casefold())
        if at is None and not key and column.key_position is not None:
            stated += 1
            at = stated
        required = column.required or at is not None
        found.append(replace(column, key_position=at, required=required))
    return tuple(found)


def _with_properties(table: ContractTable, properties: dict[str, Any]) -> ContractTable:
    known = dict(table.extras).get("customProperties") or {}
    merged = {**known, **properties}
    return replace(table, extras=(("customProperties", merged),)) if merged else table


def _properties(meta: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{META}{key}": unwritten(value) if isinstance(value, str) else value
        for key, value in meta.items()
    }


def _text(node: Node, key: str) -> str | None:
    found = node.get(key) if isinstance(node, Mapping) else None
    return found.raw if isinstance(found, Scalar) and found.value is not None else None


def _items(node: Mapping, key: str) -> list[Mapping]:
    found = node.get(key)
    return (
        [one for one in found.items if isinstance(one, Mapping)]
        if isinstance(found, Sequence)
        else []
    )


def _names(node: Mapping, key: str) -> tuple[str, ...]:
    found = node.get(key)
    return tuple(str(plain(one)) for one in found.items) if isinstance(found, Sequence) else ()


def _setting(node: Mapping, key: str) -> str | None:
    """A property that dbt reads from the model or from its config."""
    config = node.get("config")
    return (_text(config, key) if config is not None else None) or _text(node, key)


def _mapping_setting(node: Mapping, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place in (node, node.get("config")):
        inner = place.get(key) if isinstance(place, Mapping) else None
        if isinstance(inner, Mapping):
            found |= plain(inner)
    return found


def _tags(node: Mapping) -> Iterator[str]:
    for place in (node, node.get("config")):
        inner = place.get("tags") if isinstance(place, Mapping) else None
        found = inner.items if isinstance(inner, Sequence) else [inner] if inner else []
        yield from (unwritten(str(plain(one))) for one in found)


def _enforced(node: Mapping) -> bool:
    for place in (node.get("config"), node):
        contract = place.get("contract") if isinstance(place, Mapping) else None
        flag = contract.get("enforced") if isinstance(contract, Mapping) else None
        if flag is not None:
            return plain(flag) is True
    return False
