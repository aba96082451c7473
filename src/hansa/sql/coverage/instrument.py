"""From a model's SQL to its obligations and probes."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from hansa.core.facts import Input
from hansa.core.schema import TableSchema
from hansa.sql.compile import InputOf, RelationOf, bind_tables
from hansa.sql.coverage.collection import Check, Gathering, Scene
from hansa.sql.coverage.obligations import Instrumented, Obligation, Probe
from hansa.sql.coverage.places import Places
from hansa.sql.coverage.probes import Forms
from hansa.sql.coverage.queries import gather
from hansa.sql.coverage.records import Records, record
from hansa.sql.inference import name_of_table
from hansa.sql.parse import Positions, parse_select
from hansa.sql.relations import Relation, relation_of_schema

SchemaOf = Callable[[Input], TableSchema | None]


def instrument(
    text: str,
    dialect: str,
    file: str,
    relation_of: RelationOf,
    input_of: InputOf,
    schema_of: SchemaOf,
) -> Instrumented:
    """The obligations of a model, with probes over the relations that `relation_of` gives.

    `schema_of` tells what is known of an input; what it declares unique or never NULL leaves
    out outcomes that cannot be. Raises SqlInvalid, NotOneSelect, and what `input_of` raises.
    """
    tree = parse_select(text, dialect, file)

    def relation(table: exp.Table) -> Relation:
        found = input_of(*name_of_table(table))
        return relation_of_schema(found, schema_of(found))

    records = _recorded(tree, dialect, Positions(text, file), relation)
    gathering = Gathering(text, Places(text, dialect, file, tree), records)
    bind_tables(tree, relation_of, input_of)
    gather(tree, gathering)
    return _instrumented(gathering)


def _recorded(
    tree: exp.Query,
    dialect: str,
    positions: Positions,
    relation: Callable[[exp.Table], Relation],
) -> Records:
    try:
        return record(tree, dialect, positions, relation)
    except RecursionError:
        return Records()


def _instrumented(gathering: Gathering) -> Instrumented:
    checks: dict[Obligation, Check] = {}
    for check in gathering.checks:
        checks.setdefault(check.obligation, check)
    ordered = sorted(checks, key=lambda one: (one.line, one.column))
    scenes: dict[tuple[object, ...], tuple[Scene, list[int]]] = {}
    for number, obligation in enumerate(ordered):
        check = checks[obligation]
        if check.condition is not None:
            scenes.setdefault(check.scene.key, (check.scene, []))[1].append(number)
    probes = []
    for scene, numbers in scenes.values():
        conditions = [checks[ordered[number]].condition for number in numbers]
        asked = [condition for condition in conditions if condition is not None]
        forms = Forms(scene, asked, gathering.layers.get(scene.key, ()))
        probes.append(Probe(tuple(numbers), forms))
    return Instrumented(tuple(ordered), tuple(probes), gathering.excluded)
