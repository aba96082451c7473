"""What a product puts into a comparison."""

from __future__ import annotations

from tests.semver.contracts import brief, contract, table

from hansa.core.facts import Fingerprints, Input, InputKind, ModelFacts, Origin, ProductFacts
from hansa.core.product import Materialization, Model, Owner, Product, Storage
from hansa.core.version import Version
from hansa.semver.compare import compare
from hansa.semver.side import Side, side_of

FLEET = Input(InputKind.REQUIRED, "planes", "fleet")
WEATHER = Input(InputKind.REQUIRED, "hourly", "weather")
PRIVATE = Input(InputKind.MODEL, "stg")


def model(name: str, public: bool, unique_key: tuple[str, ...] = ()) -> Model:
    storage = Storage(Materialization.INCREMENTAL, unique_key)
    return Model(name, f"models/{name}.sql", "SELECT 1", storage, public)


def product(unique_key: tuple[str, ...] = ()) -> tuple[Product, ProductFacts]:
    models = {"stg": model("stg", False), "routes": model("routes", True, unique_key)}
    facts = {
        "stg": ModelFacts(
            "stg",
            lineage={"a": (Origin(FLEET, "x", direct=True),), "b": (Origin(WEATHER, "y"),)},
        ),
        "routes": ModelFacts(
            "routes",
            lineage={
                "seats": (Origin(PRIVATE, "a", direct=True),),
                "wind": (Origin(PRIVATE, "b", direct=True),),
            },
        ),
    }
    fingerprints = {"routes": Fingerprints("r")}
    return (
        Product("flights", contract(table("routes", "seats")), Owner("air"), models=models),
        ProductFacts(facts, ("stg", "routes"), fingerprints),
    )


def test_a_side_of_a_product() -> None:
    loaded, facts = product()
    locked = {"fleet": Version.parse("2.1.0"), "weather": Version.parse("0.3.2")}
    assert side_of(loaded, facts, locked) == Side(
        contract=loaded.contract,
        fingerprints=facts.fingerprints,
        models=frozenset({"stg", "routes"}),
        owner=Owner("air"),
        append_only=frozenset({"routes"}),
        requires={"fleet": "2", "weather": "0.3"},
        passed_through=frozenset({"fleet"}),
        pins=locked,
        sources={"routes": {}},
    )


def test_rows_that_may_be_rewritten_are_not_append_only_any_more() -> None:
    old, new = (side_of(*product(key), {}) for key in ((), ("seats",)))
    assert brief(compare(old, new)) == ["incremental_became_mutable major routes"]
    assert brief(compare(new, old)) == []
