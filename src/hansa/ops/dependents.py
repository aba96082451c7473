"""The releases that require a product, and what a change breaks in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import InputKind, ProductFacts
from hansa.core.product import Product
from hansa.core.release import Release
from hansa.core.version import Constraint, Level, Version
from hansa.errors import HansaError
from hansa.ops.analysis import analyse
from hansa.ops.releases import OpenedRelease, ReleaseStore, interface_of
from hansa.registry.client import Registry


@dataclass(frozen=True, slots=True)
class Dependent:
    """One release that requires the product: with which constraint, pinned to which version."""

    release: Release
    constraint: Constraint
    pinned: Version | None


@dataclass(frozen=True, slots=True)
class Broken:
    """A dependent that a breaking change reaches: the `uses` that break, as table or
    table.column, and the rules that say so. `failures` are the errors that its SQL has once it
    reads the new interface, at its own files and lines."""

    dependent: Dependent
    uses: tuple[str, ...]
    rules: tuple[str, ...]
    failures: tuple[Diagnostic, ...] = ()


def find_dependents(registry: Registry, product: str, newest_only: bool = True) -> list[Dependent]:
    """Releases that require `product`, the newest of each product, or all of them."""
    found = [_dependent(release, product) for release in registry.dependents(product)]
    if newest_only:
        newest: dict[str, Dependent] = {}
        for dependent in found:
            name = dependent.release.name
            known = newest.get(name.product)
            if not dependent.release.yanked and (
                known is None or known.release.name.version < name.version
            ):
                newest[name.product] = dependent
        found = list(newest.values())
    return sorted(found, key=lambda dependent: dependent.release.name)


def find_current(registry: Registry, product: str) -> list[Dependent]:
    """The releases that a change of `product` can reach today, by name.

    Those are, of each product that requires it, the newest release of every major line: what
    an older release of a line reads is of no concern to anybody who keeps up with that line.
    Yanked releases do not count, prereleases only where a line has nothing else.
    """
    found = []
    for name in sorted({release.name.product for release in registry.dependents(product)}):
        newest: dict[tuple[int, ...], Release] = {}
        for release in registry.releases(name):
            known = newest.get(release.name.version.line)
            if not release.yanked and (known is None or _supersedes(release, known)):
                newest[release.name.version.line] = release
        found += [
            _dependent(release, product)
            for release in newest.values()
            if product in release.requires
        ]
    return sorted(found, key=lambda dependent: dependent.release.name)


def _supersedes(release: Release, known: Release) -> bool:
    version, before = release.name.version, known.name.version
    return (not version.prerelease, version) > (not before.prerelease, before)


def _dependent(release: Release, product: str) -> Dependent:
    locked = release.locked.get(product)
    return Dependent(release, release.requires[product], locked.version if locked else None)


def find_broken(
    store: ReleaseStore,
    product: Product,
    dependents: Iterable[Dependent],
    changes: Iterable[Diagnostic],
) -> list[Broken]:
    """Which dependents break when `product`, with these changes, takes the release's place.

    A major change of a whole table breaks whoever reads the table; one of a column, whoever
    makes values or rows of the column. Besides, their SQL is analysed against the new
    interface, which finds every other mention of what is gone. Releases that cannot be read
    are left out.
    """
    breaking = [c for c in changes if c.level is Level.MAJOR and not c.waived and c.table]
    broken = []
    for dependent in dependents:
        try:
            opened = store.open_name(dependent.release.name)
            read = columns_read(opened.facts, product.name)
            failures = _failures(opened, product)
        except HansaError:
            # somebody else's release that cannot be read must not stop the owner's check;
            # what a change reaches (hansa.ops.propagation) names it
            continue
        uses: dict[str, None] = {}
        rules: dict[str, None] = {}
        for change in breaking:
            for use in _touched(change, read):
                uses[use] = None
                rules[change.rule] = None
        if uses or failures:
            broken.append(Broken(dependent, tuple(sorted(uses)), tuple(rules), failures))
    return broken


def _failures(opened: OpenedRelease, product: Product) -> tuple[Diagnostic, ...]:
    interfaces = {**opened.interfaces, product.name: interface_of(product)}
    facts = analyse(opened.product, interfaces, opened.store.directory)
    known = set(opened.facts.diagnostics)
    return tuple(
        found
        for found in facts.diagnostics
        if found.severity is Severity.ERROR and found not in known
    )


def columns_read(facts: ProductFacts, product: str) -> dict[str, set[str]]:
    """For each public table of `product` that these models read: the columns they use."""
    read: dict[str, set[str]] = {}
    for model in facts.models.values():
        for entry in model.inputs:
            if entry.kind is InputKind.REQUIRED and entry.group == product:
                read.setdefault(entry.name, set())
        origins = [origin for some in model.lineage.values() for origin in some]
        for origin in (*origins, *model.row_origins):
            if origin.input.kind is InputKind.REQUIRED and origin.input.group == product:
                read.setdefault(origin.input.name, set()).add(origin.column)
    return read


def _touched(change: Diagnostic, read: dict[str, set[str]]) -> list[str]:
    table = change.table or ""
    if table not in read:
        return []
    if change.column is None:
        return [table]
    column = top_column(change.column, read[table])
    return [f"{table}.{change.column}"] if column in read[table] else []


def top_column(path: str, columns: Iterable[str]) -> str:
    """The column that a path into it starts with: `address` of `address.zip` or `address[]`."""
    known = [name for name in columns if path == name or path.startswith((f"{name}.", f"{name}["))]
    return max(known, key=len, default=path)
