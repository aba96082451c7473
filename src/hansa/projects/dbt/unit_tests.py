"""dbt's unit tests as unit tests of a product."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.product import Given, UnitTest
from hansa.errors import HansaError, Place
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.dbt.manifest import DbtNode, Fixture, Manifest, Overrides
from hansa.projects.dbt.manifest import UnitTest as DbtUnitTest
from hansa.projects.dbt.nodes import Translated, sql_name
from hansa.projects.dbt.relations import Target

_THIS = "this"

Row = Mapping[str, Any]
# Computes the rows of a SELECT in a dialect, from a file; raises HansaError when it cannot.
SelectRows = Callable[[str, str, str], tuple[Row, ...]]


class _NotAnInput(Exception):
    """The input of a unit test names nothing that is known."""


def translate_unit_tests(
    manifest: Manifest,
    artifacts: Artifacts,
    translated: Translated,
    select_rows: SelectRows | None = None,
) -> tuple[UnitTest, ...]:
    """The unit tests that run on compiled SQL; the others are noted in `translated`."""
    reader = _Reader(manifest, artifacts, translated, select_rows)
    tests: list[UnitTest] = []
    names: dict[str, int] = {}
    for test in sorted(manifest.unit_tests.values(), key=lambda test: test.unique_id):
        found = reader.read(test)
        if found is None:
            continue
        # one test of several versions of a model is several tests
        count = names[found.name] = names.get(found.name, 0) + 1
        tests.append(replace(found, name=f"{found.name}__{found.model}") if count > 1 else found)
    return tuple(tests)


@dataclass(slots=True)
class _Reader:
    manifest: Manifest
    artifacts: Artifacts
    translated: Translated
    select_rows: SelectRows | None
    _by_name: dict[tuple[str, str], list[DbtNode]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = {}
        for node in self.manifest.nodes.values():
            if node.resource_type in ("model", "seed", "snapshot"):
                for package in ("", node.package_name):
                    self._by_name.setdefault((package, node.name), []).append(node)

    def read(self, test: DbtUnitTest) -> UnitTest | None:
        model = self._model(test)
        if model is None:
            return None
        overridden = _overridden(test.overrides)
        if overridden:
            message = (
                f"the unit test `{test.name}` overrides {overridden} of the template, so it does "
                "not run on the compiled SQL"
            )
            self._note(test, message, "run it with `dbt test`")
            return None
        given = []
        place = self._place(test)
        for one in test.given:
            if one.input.strip() == _THIS:
                # the first run of an incremental model reads nothing of itself
                continue
            try:
                target = self._target(one.input)
            except _NotAnInput:
                message = f"the unit test `{test.name}` gives `{one.input[:80]}`, which is no input"
                self._note(test, message, "write `ref('model')` or `source('name', 'table')`")
                return None
            rows = self._rows(test, one)
            if rows is None:
                return None
            name = f"{target.group}.{target.name}" if target.group else target.name
            given.append(Given(name, rows, place, (place,) * len(rows)))
        expect = self._rows(test, test.expect)
        if expect is None:
            return None
        return UnitTest(
            name=test.name,
            model=model,
            given=tuple(given),
            expect=expect,
            description=test.description or None,
            place=place,
            expect_places=(place,) * len(expect),
        )

    def _model(self, test: DbtUnitTest) -> str | None:
        for unique_id in test.depends_on.nodes:
            node = self.manifest.nodes.get(unique_id)
            if node is not None and node.name == test.model:
                return self.translated.names.get(unique_id)
        return None

    def _rows(self, test: DbtUnitTest, fixture: Fixture) -> tuple[Mapping[str, Any], ...] | None:
        """The rows of a fixture; None after noting that they cannot be known."""
        if not isinstance(fixture.rows, str):
            rows = fixture.rows or []
            if fixture.format == "csv":
                # an empty cell is NULL, as in dbt
                rows = [{name: value or None for name, value in row.items()} for row in rows]
            return tuple(rows)
        if not fixture.rows.strip():
            return ()
        try:
            return self._selected(fixture.rows, test.original_file_path)
        except HansaError as error:
            message = (
                f"the unit test `{test.name}` has a fixture in SQL that cannot be used: {error}"
            )
            hint = "select its rows from nothing but constants, or write them as `dict` or `csv`"
            self._note(test, message, hint)
            return None

    def _selected(self, sql: str, file: str) -> tuple[Row, ...]:
        # the parser is imported only where rows are SQL
        from hansa.sql.constants import NotConstant, constant_rows

        try:
            return constant_rows(sql, self.translated.dialect, file)
        except NotConstant:
            if self.select_rows is None:
                raise
            return self.select_rows(sql, self.translated.dialect, file)

    def _target(self, text: str) -> Target:
        """What `ref('x')` or `source('a', 'b')` stands for. Raises _NotAnInput."""
        call = _call(text)
        if call is None:
            raise _NotAnInput
        function, arguments, keywords = call
        if function == "source" and len(arguments) == 2:
            group, name = sql_name(arguments[0]), sql_name(arguments[1])
            known = Target(name, group)
            if known in self.translated.targets.values():
                return known
            raise _NotAnInput
        if function == "ref" and arguments:
            return self._ref(arguments, keywords)
        raise _NotAnInput

    def _ref(self, arguments: list[str], keywords: Mapping[str, Any]) -> Target:
        package = arguments[0] if len(arguments) > 1 else ""
        version = keywords.get("v", keywords.get("version"))
        for node in self._by_name.get((package, arguments[-1]), ()):
            wanted = node.latest_version if version is None else version
            if node.version is None or str(node.version) == str(wanted):
                target = self.translated.targets.get(node.unique_id)
                if target is not None:
                    return target
        raise _NotAnInput

    def _place(self, test: DbtUnitTest) -> Place:
        return Place(self.artifacts.path(test.original_file_path))

    def _note(self, test: DbtUnitTest, message: str, hint: str) -> None:
        self.translated.notices.append(
            Diagnostic("dbt_unit_test_left_out", message, hint, self._place(test), Severity.WARNING)
        )


def _call(text: str) -> tuple[str, list[str], dict[str, Any]] | None:
    """A call of a function with constants, as Python writes it; nothing is evaluated."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        return None
    values = [one.value for one in tree.args if isinstance(one, ast.Constant)]
    if len(values) != len(tree.args) or not all(isinstance(value, str) for value in values):
        return None
    keywords = {
        keyword.arg: keyword.value.value
        for keyword in tree.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant)
    }
    return tree.func.id, [str(value) for value in values], keywords


def _overridden(overrides: Overrides | None) -> str:
    """What of the template a unit test replaces, in words; nothing where the first run is meant."""
    if overrides is None:
        return ""
    macros = dict(overrides.macros or {})
    if macros.get("is_incremental") is False:
        # that is how hansa compiles every model
        del macros["is_incremental"]
    parts = (
        ("macros", macros),
        ("variables", overrides.vars),
        ("the environment", overrides.env_vars),
    )
    return " and ".join(what for what, values in parts if values)
