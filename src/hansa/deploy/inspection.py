"""Which relations of a product are audited, with which checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from hansa.core.contract import ContractTable
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Version
from hansa.deploy.audit import Audited, audit
from hansa.deploy.checks import ALIAS, WHOLE, Check, CheckMaker, ColumnNotHeld, Facet, Measure
from hansa.deploy.definition import (
    Definition,
    ObjectKind,
    PublicTable,
    SourceCheck,
    StoredObject,
)
from hansa.deploy.errors import ModelFailed, SourceUnreadable
from hansa.deploy.names import interface_schema
from hansa.deploy.progress import Progress
from hansa.deploy.quality import quality_checks
from hansa.deploy.reports import Assertion
from hansa.deploy.shape import shape_findings
from hansa.deploy.workshop import Workshop
from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Engine
from hansa.sql.identifiers import quote


class Inspection:
    """Audits what a workshop built, and what stood there before, against contracts.

    `assertions` are all checks that were made so far.
    """

    def __init__(self, engine: Engine, workshop: Workshop, progress: Progress) -> None:
        self._engine = engine
        self._workshop = workshop
        self._progress = progress
        self.assertions: list[Assertion] = []

    def sources(self, definitions: Sequence[Definition]) -> tuple[Diagnostic, ...]:
        """Findings about the raw data that the definitions read, each source once."""
        maker = CheckMaker(self._engine, lambda _: None)
        audited: dict[tuple[str, ...], tuple[Audited, SourceCheck]] = {}
        for source in chain.from_iterable(definition.sources for definition in definitions):
            own = source.path[0] == self._workshop.store
            path = self._workshop.path(source.path[-1]) if own else source.path
            checks = tuple(maker.source_checks(source.source))
            if checks:
                item = Audited(source.label, path, checks, sound=True)
                audited.setdefault(path, (item, source))
        findings: list[Diagnostic] = []
        for item, source in audited.values():
            try:
                findings += self._audit(item)
            except StatementFailed as failure:
                origin = source.source.path or source.source.relation or ""
                raise SourceUnreadable(source.label, origin, failure.reason) from None
        return tuple(findings)

    def tables(self, definitions: Sequence[Definition]) -> tuple[Diagnostic, ...]:
        """Findings about the public tables.

        One that several releases share is scanned once, and so is a folded table, whatever the
        number of versions that it restores.
        """
        findings: dict[Diagnostic, None] = {}
        audited: dict[tuple[str, ...], Audited] = {}
        files: dict[tuple[str, ...], str] = {}
        for definition in definitions:
            for table in definition.tables:
                shape = self._shape(table)
                findings |= dict.fromkeys(shape)
                if has_errors(shape):
                    # checks on columns that are not there would only say so again
                    continue
                item = self._audited(definition, table)
                before = audited.setdefault(item.path, item)
                if before is not item:
                    audited[item.path] = replace(before, checks=(*before.checks, *item.checks))
                files[item.path] = definition.stored(table.relation).file
        findings |= dict.fromkeys(self._keys(definitions))
        for item in audited.values():
            try:
                findings |= dict.fromkeys(self._audit(item))
            except StatementFailed as failure:
                # a public view computes its rows only now
                raise ModelFailed(item.name, files[item.path], failure.reason) from None
        return tuple(findings)

    def _shape(self, table: PublicTable) -> tuple[Diagnostic, ...]:
        columns = self._engine.columns(self._workshop.path(table.relation))
        return tuple(shape_findings(table.contract, columns, self._engine.dialect))

    def _audited(self, definition: Definition, table: PublicTable) -> Audited:
        """What is to be checked of a public table, in the relation that holds its rows."""
        name = table.contract.name
        folded = definition.stored(table.relation).folded
        if folded is not None:
            facet = Facet(folded.columns, folded.flag)
            path = self._workshop.path(folded.relation)
            # a contract that names what its version lacks is checked on the version itself
            with suppress(ColumnNotHeld):
                return Audited(name, path, tuple(self._checks(definition, table.contract, facet)))
        path = self._workshop.path(table.relation)
        return Audited(name, path, tuple(self._checks(definition, table.contract, WHOLE)))

    def _checks(
        self, definition: Definition, table: ContractTable, facet: Facet
    ) -> Iterator[Check]:
        maker = CheckMaker(self._engine, self._parent_of(definition), facet)
        yield from maker.table_checks(table)
        queries = {
            (query.table, query.column, query.text): self._workshop.resolve(
                query.sql, query.inputs, "contract.yaml"
            )
            for query in definition.queries
            if query.table == table.name
        }
        yield from quality_checks(maker, table, queries)

    def _parent_of(self, definition: Definition) -> Callable[[str], tuple[str, ...] | None]:
        def parent_of(name: str) -> tuple[str, ...] | None:
            group, _, table = name.rpartition(".")
            if group and group != definition.product:
                pin = definition.pins.get(group)
                if pin is None:
                    return None
                version = Version.parse(pin.version)
                return (interface_schema(group, version, self._engine.name_limit), table)
            public = definition.table(table)
            return self._workshop.path(public.relation) if public else None

        return parent_of

    def _keys(self, definitions: Sequence[Definition]) -> tuple[Diagnostic, ...]:
        """Rows taken in by an incremental model must not share a key, and should have a cursor."""
        stored = {item.relation: item for definition in definitions for item in definition.objects}
        built = {item.stored.relation for item in self._workshop.built}
        audited = [
            self._key_audit(item)
            for item in stored.values()
            if item.kind is ObjectKind.INCREMENTAL and item.relation in built
        ]
        return tuple(finding for item in audited if item.checks for finding in self._audit(item))

    def _key_audit(self, stored: StoredObject) -> Audited:
        key = stored.storage.unique_key if stored.storage else ()
        cursor = stored.storage.cursor if stored.storage else None
        checks = []
        if key:
            says = "repeats the value of another row"
            checks.append(Check("unique_key", Measure.DUPLICATES, key, says=says))
        if cursor:
            checks.append(self._cursor_check(cursor))
        return Audited(stored.label, self._workshop.delta_path(stored.relation), tuple(checks))

    def _cursor_check(self, cursor: str) -> Check:
        """Rows whose cursor is NULL never count as seen, and cost every run."""
        return Check(
            "cursor_null",
            Measure.BREACHES,
            (cursor,),
            condition=f"{ALIAS}.{quote(cursor, self._engine.dialect)} IS NULL",
            about_null=True,
            says="is NULL, so that every run takes the row in again,",
            severity=Severity.WARNING,
            hint="give these rows a value in the model, or leave them out",
        )

    def _audit(self, item: Audited) -> tuple[Diagnostic, ...]:
        self._progress(f"checking {item.name}")
        outcome = audit(self._engine, item)
        for check in dict.fromkeys(item.checks):
            column = check.columns[0] if len(check.columns) == 1 else None
            passed = check not in outcome.broken
            self.assertions.append(Assertion(item.name, column, check.rule, passed))
        return outcome.findings


def has_errors(findings: Sequence[Diagnostic]) -> bool:
    """Whether any finding keeps the new data from readers."""
    return any(finding.severity is Severity.ERROR for finding in findings)
