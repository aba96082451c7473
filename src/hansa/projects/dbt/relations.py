"""Turns the relation names of compiled SQL back into the names of models, sources and products."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from hansa.projects.dbt.lexemes import text_pattern
from hansa.projects.dbt.manifest import DbtNode, Source
from hansa.sql.identifiers import quote


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_RESERVED = _words(
    "all and any array as asc at between both by case cast check collate column constraint "
    "create cross current_date current_time current_timestamp current_user default desc describe "
    "distinct do else end except exists false fetch filter for foreign from full grant group "
    "having in index inner insert intersect interval into is join lateral left like limit natural "
    "not null of offset on only or order outer over partition pivot primary qualify range "
    "references right row rows select set show some table tablesample then to trailing true union "
    "unique unnest unpivot update user using values view when where window with"
)
# words that may follow a relation in FROM and are no alias
_NO_ALIAS = _RESERVED | _words(
    "anti asof cluster connect global match_recognize minus semi sort start distribute sample "
    "positional"
)
_READS = re.compile(r"(?:\bfrom|\bjoin)\s*\Z", re.IGNORECASE)
_READS_WITHIN = 32
_ALIAS = re.compile(r'\s+(as\b\s*)?("|`|\[|[^\W\d]\w*)?', re.IGNORECASE)
# what dbt calls the CTE that it makes of an ephemeral model begins so
INJECTED = "__dbt__cte__"


def written_name(name: str, dialect: str) -> str:
    """The name as SQL, in quotes only where it needs them."""
    if _PLAIN.match(name) and name not in _RESERVED:
        return name
    return quote(name, dialect)


@dataclass(frozen=True, slots=True)
class Target:
    """What a relation is called in a product: `group` is a source or a required product."""

    name: str
    group: str = ""

    def written(self, dialect: str) -> str:
        name = written_name(self.name, dialect)
        return f"{written_name(self.group, dialect)}.{name}" if self.group else name


@dataclass(slots=True)
class RelationNames:
    """The relations of one project by database, schema and name.

    Databases and schemas belong to the target that was compiled for, so nothing of them is
    left in the SQL that `rename` gives.
    """

    dialect: str
    _by_path: dict[tuple[str, ...], list[tuple[tuple[str, ...], Target]]] = field(
        default_factory=dict
    )
    _exact: dict[str, Target] = field(default_factory=dict)
    # models name the same columns over and over: what a dotted name may stand for, once each
    _candidates: dict[str, list[_Candidate]] = field(default_factory=dict)

    def add(self, node: DbtNode | Source, target: Target) -> None:
        """Make a node's relation known under its full name, and under schema and name."""
        identifier = (node.identifier if isinstance(node, Source) else node.alias) or node.name
        path = tuple(part for part in (node.database, node.schema, identifier) if part)
        self._candidates.clear()
        if node.relation_name:
            self._exact.setdefault(node.relation_name, target)
            written = self.parts(node.relation_name)
            if len(written) >= 2:
                path = written
        for at in range(len(path) - 1):
            known = self._by_path.setdefault(_folded(path[at:]), [])
            if all(target != other for _, other in known):
                known.append((path[at:], target))

    def add_ephemeral(self, name: str, target: Target) -> None:
        """Make the CTE that stands for an ephemeral model known."""
        self._candidates.clear()
        path = (f"{INJECTED}{name}",)
        self._by_path.setdefault(_folded(path), []).append((path, target))

    def parts(self, text: str) -> tuple[str, ...]:
        """The parts of a dotted name, without quotes."""
        return tuple(
            part
            for found in _part(self.dialect).finditer(text)
            for part in _unquoted(found[0], self.dialect)
        )

    def rename(self, sql: str) -> str:
        """The SQL with every relation of the project under its name in the product."""

        def replaced(found: re.Match[str]) -> str:
            if found["text"] is not None:
                return found[0]
            if found["comment"] is not None:
                return self._rename_comment(found[0])
            return self._renamed(found)

        return _chains(self.dialect).sub(replaced, sql)

    def _rename_comment(self, comment: str) -> str:
        # so that a comment does not tell the target either
        return _names(self.dialect).sub(
            lambda found: (
                target.written(self.dialect) if (target := self._exact.get(found[0])) else found[0]
            ),
            comment,
        )

    def _renamed(self, found: re.Match[str]) -> str:
        text = found[0]
        candidates = self._candidates.get(text)
        if candidates is None:
            candidates = self._candidates[text] = self._candidates_of(text)
        for target, parts, length in candidates:
            if length and not _is_relation(found, parts, length):
                continue
            rest = ""
            if length:
                written = _written_parts(text, self.dialect)[length:]
                rest = "".join(f".{part}" for part in written)
            return self._aliased(found, target, parts[length - 1], rest)
        return text

    def _candidates_of(self, text: str) -> list[_Candidate]:
        """What a dotted name may stand for, with its parts and how many of them are the name.

        It is all of them, said by 0, where the text is exactly how dbt writes a relation.
        """
        parts = self.parts(text)
        exact = self._exact.get(text)
        if exact is not None:
            return [(exact, parts, 0)]
        return [
            (target, parts, length)
            for length in (3, 2, 1)
            if len(parts) >= length and (target := self._find(parts[:length])) is not None
        ]

    def _find(self, path: tuple[str, ...]) -> Target | None:
        known = self._by_path.get(_folded(path), [])
        if len(known) == 1:
            return known[0][1]
        return next((target for other, target in known if other == path), None)

    def _aliased(self, found: re.Match[str], target: Target, called: str, rest: str) -> str:
        """The name, with the relation's own as alias where columns are named by it."""
        written = target.written(self.dialect)
        injected = called.startswith(INJECTED)
        if rest:
            return f"{written_name(target.name if injected else called, self.dialect)}{rest}"
        if injected or called.casefold() == target.name.casefold():
            return written
        after = _ALIAS.match(found.string, found.end())
        has_alias = after is not None and (
            after[1] is not None or (after[2] is not None and after[2].casefold() not in _NO_ALIAS)
        )
        before = found.string[max(0, found.start() - _READS_WITHIN) : found.start()]
        if has_alias or _READS.search(before) is None:
            return written
        return f"{written} as {written_name(called, self.dialect)}"


_Candidate = tuple[Target, tuple[str, ...], int]


def _is_relation(found: re.Match[str], parts: tuple[str, ...], length: int) -> bool:
    """Two parts may be a table's alias and its column; those after FROM are a relation."""
    if length != 2:
        return True
    before = found.string[max(0, found.start() - _READS_WITHIN) : found.start()]
    return len(parts) == 2 and _READS.search(before) is not None


def _folded(path: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in path)


_NAME = r'"(?:[^"]|"")+"|`[^`]+`|[^\W\d][\w$]*'


@lru_cache(maxsize=8)
def _part(dialect: str) -> re.Pattern[str]:
    brackets = r"|\[[^\]]+\]" if dialect in ("tsql", "fabric") else ""
    return re.compile(f"{_NAME}{brackets}")


@lru_cache(maxsize=8)
def _names(dialect: str) -> re.Pattern[str]:
    part = _part(dialect).pattern
    return re.compile(rf"(?:{part})(?:\.(?:{part}))*")


@lru_cache(maxsize=8)
def _chains(dialect: str) -> re.Pattern[str]:
    """Texts and comments, which are passed over, or a name of several parts, or a CTE's."""
    part = _part(dialect).pattern
    single = r"|`[^`]*\.[^`]*`" if dialect == "bigquery" else ""
    chain = rf"(?:{part})(?:\.(?:{part}))+{single}|{INJECTED}\w+"
    return re.compile(rf"{text_pattern(dialect)}|{chain}", re.DOTALL)


def _unquoted(part: str, dialect: str) -> list[str]:
    if part[0] == '"':
        return [part[1:-1].replace('""', '"')]
    if part[0] == "`":
        # BigQuery allows a whole path in one pair of backticks
        return part[1:-1].split(".") if dialect == "bigquery" else [part[1:-1]]
    return [part[1:-1]] if part[0] == "[" else [part]


def _written_parts(text: str, dialect: str) -> list[str]:
    """The parts of a dotted name as they are written, each once for every name in it."""
    return [
        found[0] if len(names) == 1 else name
        for found in _part(dialect).finditer(text)
        for names in [_unquoted(found[0], dialect)]
        for name in names
    ]


def relation_path(node: DbtNode | Source, databases: Collection[str | None]) -> str:
    """The relation of the target that a node is, without the database that models go to."""
    identifier = (node.identifier if isinstance(node, Source) else node.alias) or node.name
    parts = [node.schema, identifier]
    if node.database not in databases:
        parts.insert(0, node.database)
    return ".".join(part for part in parts if part)
