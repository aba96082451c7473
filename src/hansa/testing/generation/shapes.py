"""What a model's inputs may hold: their columns with values that can be computed with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hansa.core.contract import ContractColumn
from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.sql.analysis import Interface
from hansa.sql.compared import Compared
from hansa.testing.errors import FixtureColumnsUnknown
from hansa.testing.generation.domains import Domain, domains_of, with_values
from hansa.testing.generation.drawing import Shape
from hansa.testing.generation.trials import Row, Trials

# A query that refuses more values than this one by one is left to chance.
_MOST_QUESTIONS = 150

_Cell = tuple[str, Any]


def shapes_of(
    trials: Trials, compared: Compared, interfaces: Mapping[str, Interface], model: str
) -> Mapping[Input, Shape]:
    """The shape of each input of a model.

    Raises FixtureColumnsUnknown for one whose columns nothing tells.
    """
    limits: dict[Input, Mapping[str, ContractColumn]] = {}
    shapes: dict[Input, Shape] = {}
    for read in sorted(trials.plan.inputs):
        schema = trials.schema(read)
        if schema is None or not schema.columns:
            raise FixtureColumnsUnknown(f"generating tests of `{model}`", str(read), None)
        interface = interfaces.get(read.group)
        columns = interface.limits.get(read.name, ()) if interface is not None else ()
        limits[read] = {column.name.casefold(): column for column in columns}
        shapes[read] = Shape(schema, domains_of(schema, columns, compared, trials.admitted))
    shared = _shared(trials, compared, shapes, limits)
    return {read: _computable(trials, shared, read) for read in shared}


def _shared(
    trials: Trials,
    compared: Compared,
    shapes: Mapping[Input, Shape],
    limits: Mapping[Input, Mapping[str, ContractColumn]],
) -> Mapping[Input, Shape]:
    """The shapes, where columns that are joined with each other have values in common."""
    found = {}
    for read, shape in shapes.items():
        domains = {}
        for column in shape.schema.columns:
            names = compared.equals_of(column.name)
            values = [
                value
                for other, content in shapes.items()
                if other != read
                for name, domain in content.domains.items()
                if name.casefold() in names
                for value in domain.values
            ]
            domains[column.name] = with_values(
                shape.domains[column.name],
                column,
                limits[read].get(column.name.casefold()),
                values,
                trials.admitted,
            )
        found[read] = replace(shape, domains=domains)
    return found


def _computable(trials: Trials, shapes: Mapping[Input, Shape], read: Input) -> Shape:
    """The input's shape without the values that the queries fail on, whatever is beside them.

    A month of 20 or a text that is no number would end every candidate that has it.
    """
    shape = shapes[read]
    row = {name: domain.values[0] for name, domain in shape.domains.items()}
    row = {name: value for name, value in row.items() if value is not None}
    cells = [(name, value) for name, domain in shape.domains.items() for value in domain.values]
    if not _computes(trials, read, [row]):
        return shape
    questions = iter(range(_MOST_QUESTIONS))
    refused = set(_refused(trials, read, row, cells, questions))
    if not refused:
        return shape
    domains = {name: _without(name, domain, refused) for name, domain in shape.domains.items()}
    return replace(shape, domains=domains)


def _refused(
    trials: Trials, read: Input, row: Row, cells: Sequence[_Cell], questions: Iterator[int]
) -> Iterator[_Cell]:
    if next(questions, None) is None or _computes(
        trials, read, [{**row, name: value} for name, value in cells]
    ):
        return
    if len(cells) == 1:
        yield cells[0]
        return
    half = len(cells) // 2
    yield from _refused(trials, read, row, cells[:half], questions)
    yield from _refused(trials, read, row, cells[half:], questions)


def _computes(trials: Trials, read: Input, rows: Sequence[Row]) -> bool:
    return trials.shown({read: tuple(rows)}, ()) is not None


def _without(name: str, domain: Domain, refused: set[_Cell]) -> Domain:
    return replace(
        domain,
        plain=tuple(value for value in domain.plain if (name, value) not in refused),
        told=tuple(value for value in domain.told if (name, value) not in refused),
    )


def passed_through(facts: ProductFacts, model: str) -> frozenset[tuple[Input, str]]:
    """The input columns, by folded name, that a model shows as they are."""
    found = set()
    waiting = [(model, column) for column in facts.models[model].lineage]
    seen = set(waiting)
    while waiting:
        name, column = waiting.pop()
        for origin in facts.models[name].lineage.get(column, ()):
            if not origin.direct:
                continue
            if origin.input.kind is not InputKind.MODEL:
                found.add((origin.input, origin.column.casefold()))
            elif (below := (origin.input.name, origin.column)) not in seen:
                seen.add(below)
                waiting.append(below)
    return frozenset(found)
