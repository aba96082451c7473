"""Lineage through several models, up and down."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.core.facts import Input, InputKind, ModelFacts, Origin, ProductFacts
from hansa.core.schema import Column, TableSchema
from hansa.ops.lineage import (
    Effect,
    Reached,
    Spot,
    TableLineage,
    column_reach,
    follow,
    resolve_lineage,
    whole_reach,
)

RAW = Input(InputKind.SOURCE, "t", "raw")
FLIGHTS = Input(InputKind.REQUIRED, "fct", "flights")


def own(name: str) -> Input:
    return Input(InputKind.MODEL, name)


def model(
    name: str,
    lineage: dict[str, list[Origin]],
    rows: list[Origin] | None = None,
    inputs: list[Input] | None = None,
    analysed: bool = True,
) -> ModelFacts:
    origins = [origin for some in (*lineage.values(), rows or []) for origin in some]
    read = dict.fromkeys([*(inputs or []), *(origin.input for origin in origins)])
    schema = TableSchema(tuple(Column(column) for column in lineage)) if analysed else None
    return ModelFacts(
        name,
        inputs=tuple(read),
        schema=schema,
        lineage={column: tuple(some) for column, some in lineage.items()},
        row_origins=tuple(rows or []),
    )


def facts(*models: ModelFacts) -> ProductFacts:
    return ProductFacts({one.name: one for one in models}, tuple(one.name for one in models))


CHAIN = facts(
    model(
        "stg",
        {"id": [Origin(RAW, "id", True)], "amount": [Origin(RAW, "amount", False)]},
        [Origin(RAW, "kept")],
    ),
    model(
        "mart",
        {
            "id": [Origin(own("stg"), "id", True)],
            "both": [Origin(own("stg"), "id", True), Origin(own("stg"), "amount", True)],
            "late": [Origin(FLIGHTS, "late", True)],
            "count": [],
        },
        [Origin(own("stg"), "amount")],
        inputs=[FLIGHTS],
    ),
)


def test_lineage_is_composed_down_to_the_inputs() -> None:
    assert resolve_lineage(CHAIN)["mart"] == TableLineage(
        columns={
            "id": (Origin(RAW, "id", True),),
            "both": (Origin(RAW, "amount", False), Origin(RAW, "id", True)),
            "late": (Origin(FLIGHTS, "late", True),),
            "count": (),
        },
        rows=(Origin(RAW, "amount"), Origin(RAW, "kept")),
        inputs=(FLIGHTS, RAW),
    )


def reached(effect: Effect, *spots: Spot) -> Reached:
    return Reached(effect, frozenset(spots))


def test_a_change_is_followed_up_through_models() -> None:
    amount = Spot("raw.t", "amount")
    assert follow(CHAIN, {RAW: column_reach("raw.t", ["amount"])}) == {
        "stg": {"amount": reached(Effect.COMPUTES, amount)},
        "mart": {
            "both": reached(Effect.COMPUTES, amount),
            None: reached(Effect.ROWS, amount),
        },
    }


def test_rows_decide_the_rows_of_all_readers() -> None:
    rows = Spot("flights.fct")
    found = follow(CHAIN, {FLIGHTS: whole_reach("flights.fct", ["late"])})
    assert found == {
        "mart": {
            "late": reached(Effect.PASSES, Spot("flights.fct", "late")),
            None: reached(Effect.ROWS, rows),
        }
    }


def test_what_computed_values_pass_through_stays_computed() -> None:
    chain = facts(
        model("a", {"x": [Origin(RAW, "c", False)]}),
        model("b", {"y": [Origin(own("a"), "x", True)]}),
    )
    found = follow(chain, {RAW: column_reach("raw.t", ["c"])})
    assert found["b"] == {"y": reached(Effect.COMPUTES, Spot("raw.t", "c"))}


def test_a_model_that_was_not_analysed_is_reached_by_all_it_reads() -> None:
    unknown = facts(model("a", {}, inputs=[RAW], analysed=False))
    assert follow(unknown, {RAW: column_reach("raw.t", ["c"])}) == {
        "a": {None: reached(Effect.ROWS, Spot("raw.t", "c"))}
    }


def test_a_start_inside_a_product_keeps_its_own_effect() -> None:
    starts = {RAW: column_reach("raw.t", ["amount"]), own("stg"): column_reach("stg", ["amount"])}
    found = follow(CHAIN, starts)
    assert found["mart"]["both"] == reached(Effect.PASSES, Spot("stg", "amount"))


COLUMNS = ["a", "b"]


@st.composite
def products(draw: st.DrawFn) -> ProductFacts:
    """Models in layers, each with origins among the inputs and the models before it."""
    models: list[ModelFacts] = []
    for number in range(draw(st.integers(1, 4))):
        inputs = [RAW, FLIGHTS, *(own(one.name) for one in models)]
        origins = st.builds(
            Origin, st.sampled_from(inputs), st.sampled_from(COLUMNS), st.booleans()
        )
        some = st.lists(origins, max_size=2, unique_by=lambda origin: (origin.input, origin.column))
        lineage = {column: draw(some) for column in COLUMNS}
        models.append(model(f"m{number}", lineage, draw(some)))
    return facts(*models)


@settings(max_examples=200, deadline=None)
@given(products(), st.sampled_from([RAW, FLIGHTS]), st.sampled_from(COLUMNS))
def test_up_and_down_tell_the_same(product: ProductFacts, entry: Input, column: str) -> None:
    up = follow(product, {entry: column_reach(str(entry), [column])})
    down: dict[str, dict[str | None, Effect]] = {}
    for name, lineage in resolve_lineage(product).items():
        found: dict[str | None, Effect] = {
            mine: Effect.PASSES if origin.direct else Effect.COMPUTES
            for mine, origins in lineage.columns.items()
            for origin in origins
            if (origin.input, origin.column) == (entry, column)
        }
        if any((origin.input, origin.column) == (entry, column) for origin in lineage.rows):
            found[None] = Effect.ROWS
        if found:
            down[name] = found
    assert down == {
        name: {mine: one.effect for mine, one in reach.items()} for name, reach in up.items()
    }
