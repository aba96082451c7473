"""Column lineage through all models of a product: down to its inputs, or up from a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from hansa.core.facts import Input, InputKind, ModelFacts, Origin, ProductFacts


class Effect(StrEnum):
    """What a change of a column does further up.

    PASSES: the same values appear there. COMPUTES: values are made from it. ROWS: it decides
    which rows there are, and so what is counted over them.
    """

    PASSES = "passes"
    COMPUTES = "computes"
    ROWS = "rows"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A column of a relation, or (column None) its set of rows."""

    relation: str
    column: str | None = None

    def __str__(self) -> str:
        return f"{self.relation}.{self.column}" if self.column else self.relation


@dataclass(frozen=True, slots=True)
class Reached:
    """That a change reaches something: how, and through which of the places it starts from."""

    effect: Effect
    through: frozenset[Spot]


# What is reached in one relation: columns by name, and None for its set of rows.
Reach = Mapping[str | None, Reached]


def whole_reach(relation: str, columns: Iterable[str]) -> Reach:
    """The start of a change that may concern all columns and the rows of a relation."""
    rows: Reach = {None: Reached(Effect.ROWS, frozenset({Spot(relation)}))}
    return {**column_reach(relation, columns), **rows}


def column_reach(relation: str, columns: Iterable[str]) -> Reach:
    """The start of a change of the values of these columns."""
    return {
        column: Reached(Effect.PASSES, frozenset({Spot(relation, column)})) for column in columns
    }


def restart(relation: str, reach: Reach) -> Reach:
    """What was reached in a relation as the start of a further walk: effects stay, and
    `through` names the relation's own columns."""
    return {
        column: replace(reached, through=frozenset({Spot(relation, column)}))
        for column, reached in reach.items()
    }


def follow(facts: ProductFacts, starts: Mapping[Input, Reach]) -> dict[str, Reach]:
    """What a change of `starts` reaches in each model of the product; others are left out.

    Effects add up along the way: values that were computed with once stay computed. A model
    whose SQL could not be analysed is reached in its rows by whatever it reads.
    """
    reached = dict(starts)
    found: dict[str, Reach] = {}
    for name in facts.order:
        model = facts.models[name]
        if not any(entry in reached for entry in model.inputs):
            continue
        reach = _reach_of(model, reached)
        if reach:
            found[name] = reach
            entry = Input(InputKind.MODEL, name)
            # a start keeps its own effects and gains what comes from below
            reached[entry] = {**reach, **reached.get(entry, {})}
    return found


def _reach_of(model: ModelFacts, reached: Mapping[Input, Reach]) -> Reach:
    rows = _row_spots(model, reached)
    found: dict[str | None, Reached] = {}
    for column, origins in model.lineage.items():
        hits = [
            (origin.direct, hit)
            for origin in origins
            if (hit := reached.get(origin.input, {}).get(origin.column)) is not None
        ]
        if hits:
            same = all(direct and hit.effect is Effect.PASSES for direct, hit in hits)
            through = frozenset(spot for _, hit in hits for spot in hit.through)
            found[column] = Reached(Effect.PASSES if same else Effect.COMPUTES, through)
    if rows:
        found[None] = Reached(Effect.ROWS, rows)
    return found


def _row_spots(model: ModelFacts, reached: Mapping[Input, Reach]) -> frozenset[Spot]:
    hits = [
        reached[origin.input].get(origin.column)
        for origin in model.row_origins
        if origin.input in reached
    ]
    for entry in model.inputs:
        reach = reached.get(entry, {})
        hits += [reach.get(None)] if model.schema is not None else list(reach.values())
    return frozenset(spot for hit in hits if hit is not None for spot in hit.through)


@dataclass(frozen=True, slots=True)
class TableLineage:
    """What one model is made from, down to sources and required tables.

    `columns` maps each column to its origins; one is direct when the values pass unchanged all
    the way. `rows` are the columns that decide which rows exist. `inputs` are all sources and
    required tables below.
    """

    columns: Mapping[str, tuple[Origin, ...]]
    rows: tuple[Origin, ...]
    inputs: tuple[Input, ...]


def resolve_lineage(facts: ProductFacts) -> dict[str, TableLineage]:
    """The lineage of every model of a product, composed through the models below it."""
    resolved: dict[str, TableLineage] = {}
    for name in facts.order:
        resolved[name] = _resolve(facts.models[name], resolved)
    return resolved


def _resolve(model: ModelFacts, below: Mapping[str, TableLineage]) -> TableLineage:
    rows = set(_leaves(model.row_origins, below))
    inputs: set[Input] = set()
    for entry in model.inputs:
        if entry.kind is not InputKind.MODEL:
            inputs.add(entry)
        elif entry.name in below:
            rows.update(below[entry.name].rows)
            inputs.update(below[entry.name].inputs)
    return TableLineage(
        {column: _leaves(origins, below) for column, origins in model.lineage.items()},
        tuple(sorted(replace(origin, direct=False) for origin in rows)),
        tuple(sorted(inputs)),
    )


def _leaves(origins: Iterable[Origin], below: Mapping[str, TableLineage]) -> tuple[Origin, ...]:
    """The origins below these, each once; direct only if every way to it is direct."""
    found: dict[tuple[Input, str], bool] = {}
    for origin in origins:
        if origin.input.kind is InputKind.MODEL:
            table = below.get(origin.input.name)
            leaves = table.columns.get(origin.column, ()) if table else ()
        else:
            leaves = (replace(origin, direct=True),)
        for leaf in leaves:
            key = (leaf.input, leaf.column)
            found[key] = found.get(key, True) and origin.direct and leaf.direct
    return tuple(sorted(Origin(entry, column, direct) for (entry, column), direct in found.items()))
