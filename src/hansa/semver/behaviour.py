"""Which public tables may hold other rows or values, and what is known about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hansa.core.facts import Fingerprints
from hansa.core.product import DeclaredFix, SourceTable
from hansa.semver.changes import Change
from hansa.semver.matching import TablePair
from hansa.semver.side import Side


class Outcome(StrEnum):
    """What the published tests of the old release say about one change of behaviour."""

    FAILED = "failed"
    PASSED = "passed"
    UNEXERCISED = "unexercised"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the published tests show about one part of a table.

    `failed` names the tests that fail. `unexercised` are the files of changed models that
    decide the part and that no passing test computes, or the first of their changed lines whose
    outcomes no passing test shows.
    """

    outcome: Outcome
    failed: tuple[str, ...] = ()
    unexercised: tuple[str, ...] = ()


# What was shown about a table's rows (column None) or about the values of one column.
Evidence = Mapping[tuple[str, str | None], Shown]

_NOTHING_SHOWN = Shown(Outcome.UNEXERCISED)
_NAMED_AT_MOST = 3
# a very wide table must not drown the reader
_COLUMNS_AT_MOST = 12

_RULES = {
    Outcome.FAILED: "published_test_failed",
    Outcome.UNEXERCISED: "behaviour_unproven",
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One finding to be: parts of a table's content that changed, and why they did, if known.

    `fix` is the owner's declaration that covers all of them.
    """

    change: Change
    fix: DeclaredFix | None = None


def behaviour_changes(
    pairs: Sequence[TablePair],
    old: Side,
    new: Side,
    evidence: Evidence,
    fixes: Sequence[DeclaredFix],
) -> Iterator[Behaviour]:
    """For every public table on both sides, what is not proven to be as it was.

    One finding per table and kind of evidence; it names all the columns concerned, and is about
    a single column when there is only one. Columns that one side lacks do not count.
    """
    for pair in pairs:
        yield from _source_changes(pair, old, new, evidence, fixes)
        before = old.fingerprints.get(pair.old.name)
        after = new.fingerprints.get(pair.new.name)
        if before is None and after is None:
            continue
        changed = _changed_parts(pair, before, after)
        why = _reason(before, after) or _other_dialect(old, new)
        for (rule, fix), parts in _grouped(pair, changed, evidence, fixes).items():
            change = replace(_change(rule, pair, parts, why), remark=_introspection(pair, old, new))
            shown = [evidence.get((pair.new.name, part), _NOTHING_SHOWN) for part in parts]
            yield Behaviour(_with_evidence(change, shown), fix)


def _source_changes(
    pair: TablePair, old: Side, new: Side, evidence: Evidence, fixes: Sequence[DeclaredFix]
) -> Iterator[Behaviour]:
    """One finding for a table that is fed from elsewhere; its tests say what that means."""
    before, after = old.sources.get(pair.old.name, {}), new.sources.get(pair.new.name, {})
    moved = {
        name: differing
        for name in before.keys() & after.keys()
        if (differing := _differing(before[name], after[name]))
    }
    if not moved:
        return
    shown = evidence.get((pair.new.name, None), _NOTHING_SHOWN)
    named = [f"{' and '.join(differing)} of `{name}`" for name, differing in sorted(moved.items())]
    change = Change(
        "source_changed",
        pair.new.name,
        conditions=frozenset({shown.outcome.value}),
        words={"what": ", ".join(named)},
        place=after[min(moved)].place or pair.new.place,
    )
    yield Behaviour(change, _fix_for(pair.new.name, None, fixes))


def _differing(old: SourceTable, new: SourceTable) -> list[str]:
    """What differs in where a source lies and what its columns are."""
    found = []
    if (old.path, old.relation) != (new.path, new.relation):
        found.append("the location")
    if old.csv != new.csv:
        found.append("the format")
    types = {column.name: column.type for column in old.schema.columns} if old.schema else {}
    columns = new.schema.columns if new.schema else ()
    if any(types.get(column.name, column.type) != column.type for column in columns):
        found.append("a type")
    return found


def _changed_parts(
    pair: TablePair, before: Fingerprints | None, after: Fingerprints | None
) -> list[str | None]:
    """None for the rows, and the new names of the columns whose values may differ."""
    names = [(kept.old.name, kept.new.name) for kept in pair.kept]
    if before is None or after is None:
        return [None, *(name for _, name in names)]
    parts: list[str | None] = [None] if before.rows != after.rows else []
    for old_name, new_name in names:
        one, other = before.columns.get(old_name), after.columns.get(new_name)
        # a column that the SQL lacks on a side is the contract check's business
        if one is not None and other is not None and one != other:
            parts.append(new_name)
    return parts


def _reason(before: Fingerprints | None, after: Fingerprints | None) -> str | None:
    """Why nothing could be proven, for SQL that the analysis cannot see through."""
    if before is None or after is None:
        return "the SQL of one side is not valid"
    return after.opaque or before.opaque


def _other_dialect(old: Side, new: Side) -> str | None:
    """The same text may mean something else in another dialect, so nothing is compared."""
    if old.dialect == new.dialect:
        return None
    return f"the old SQL is written for {old.dialect} and the new for {new.dialect}"


def _introspection(pair: TablePair, old: Side, new: Side) -> str:
    """That the SQL may differ because the data does that a template looks at; else nothing."""
    before = old.introspective.get(pair.old.name, {})
    after = new.introspective.get(pair.new.name, {})
    differing = {
        name: (after.get(name) or before[name])[0]
        for name in sorted(before.keys() | after.keys())
        if name not in before or name not in after or before[name][1] != after[name][1]
    }
    if not differing:
        return ""
    reasons = ", ".join(f"`{name}`, as {reason}" for name, reason in differing.items())
    return (
        f"the two may have been compiled against different data, which decides the SQL of {reasons}"
    )


Group = tuple[str, DeclaredFix | None]


def _grouped(
    pair: TablePair,
    parts: Sequence[str | None],
    evidence: Evidence,
    fixes: Sequence[DeclaredFix],
) -> dict[Group, list[str | None]]:
    groups: dict[Group, list[str | None]] = {}
    for part in parts:
        fix = _fix_for(pair.new.name, part, fixes)
        shown = evidence.get((pair.new.name, part), _NOTHING_SHOWN)
        rule = None if fix else _RULES.get(shown.outcome)
        if rule is None:
            rule = "rows_changed" if part is None else "column_values_changed"
        groups.setdefault((rule, fix), []).append(part)
    return groups


def _fix_for(table: str, part: str | None, fixes: Sequence[DeclaredFix]) -> DeclaredFix | None:
    """A fix without columns covers its whole table; one with columns covers only these."""
    for fix in fixes:
        if fix.table == table and (not fix.columns or part in fix.columns):
            return fix
    return None


def _change(rule: str, pair: TablePair, parts: list[str | None], why: str | None) -> Change:
    columns = [part for part in parts if part is not None]
    named = ", ".join(f"`{column}`" for column in columns[:_COLUMNS_AT_MOST])
    if len(columns) > _COLUMNS_AT_MOST:
        named += f" and {len(columns) - _COLUMNS_AT_MOST} more columns"
    values = f"the values of {named}" if columns else ""
    rows = "the rows" if None in parts else ""
    column = pair.new.column(columns[0]) if len(parts) == 1 and columns else None
    return Change(
        rule,
        pair.new.name,
        column.name if column else None,
        conditions=frozenset({"opaque"}) if why else frozenset(),
        words={"what": " and ".join(filter(None, (rows, values))), "why": why or ""},
        place=(column.place if column else None) or pair.new.place,
    )


def _with_evidence(change: Change, shown: Sequence[Shown]) -> Change:
    """The change with the names of what failed, or of what no test exercises."""
    failed = list(dict.fromkeys(name for one in shown for name in one.failed))
    words = {**change.words, "tests": f" ({_listed(failed)})" if failed else ""}
    note = ""
    if change.rule == "behaviour_unproven":
        files = list(dict.fromkeys(file for one in shown for file in one.unexercised))
        subject = f"{_listed(files)} for {words['what']}" if files else words["what"]
        note = f"no published test of the old release exercises {subject}"
    return replace(change, words=words, note=note)


def _listed(names: Sequence[str]) -> str:
    """Up to three names in backticks, and how many more there are."""
    texts = [f"`{name}`" for name in names[:_NAMED_AT_MOST]]
    if len(names) > _NAMED_AT_MOST:
        texts.append(f"{len(names) - _NAMED_AT_MOST} more")
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
