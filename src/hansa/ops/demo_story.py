"""The demo's story: what is said, edited and run, in order."""

from __future__ import annotations

from hansa.ops.demo import Chapter, Edit, Run, Say, Step

_PRODUCTS = ("reference", "fleet", "weather", "flights", "punctuality")


def _first_release(product: str) -> tuple[Step, ...]:
    return (
        Run(product, "lock"),
        Run(product, "test"),
        Run(product, "publish"),
        Run(product, "deploy"),
    )


STORY: tuple[Step, ...] = (
    Chapter("Five teams, five products"),
    Say(
        """All flights that left New York in 2013: 336,776 rows, with airlines, airports, planes
        and hourly weather. Five teams own a part each, in a directory each: SQL models, a
        contract that lists the public tables, and unit tests. reference has airlines and
        airports; fleet has planes; weather has hourly observations; flights has clean facts and
        requires reference and fleet; punctuality has marts and requires flights and weather."""
    ),
    Say(
        """Every team locks its requirements, tests its SQL without any warehouse, publishes
        release 1.0.0 and deploys it. A release is immutable; the registry here is a directory,
        the warehouse one DuckDB file."""
    ),
    *(step for product in _PRODUCTS for step in _first_release(product)),
    Say(
        """punctuality was checked against the contracts of flights and weather, tested against
        rows written down in its tests, and compiled against the releases that its lockfile
        pins."""
    ),
    Run("punctuality", "check"),
    Chapter("flights adds a column: minor"),
    Edit(
        "flights",
        "flights-1.1.0",
        "The flights team adds a column to its public table, with a test, and declares 1.1.0.",
    ),
    Run("flights", "check"),
    Say(
        """Readers gain something and lose nothing: minor. That the other columns and the rows are
        unchanged is not a guess: their SQL is proven equal in canonical form."""
    ),
    Run("flights", "publish"),
    Run("flights", "deploy"),
    Chapter("flights changes what late means: major"),
    Edit(
        "flights",
        "flights-2.0.0",
        "The flights team renames a column and changes what counts as late.",
    ),
    Say("The team hopes that a minor version will do."),
    Run("flights", "version 1.2.0"),
    Run("flights", "check", expect=1),
    Say(
        """Check names the rules, and the dependents whose SQL reads what changes. Publishing is
        refused, so no consumer is surprised."""
    ),
    Run("flights", "publish", expect=1),
    Run("flights", "explain column_renamed"),
    Say("The team declares what the change requires, publishes and deploys."),
    Run("flights", "version --bump"),
    Run("flights", "publish"),
    Run("flights", "deploy"),
    Chapter("Two releases live side by side"),
    Say(
        """punctuality pinned flights 1.0.0 and notices nothing. It moves within 1.x when it likes:
        one update to 1.1.0, and everything runs unchanged, although 2.0.0 is out."""
    ),
    Run("punctuality", "outdated"),
    Run("punctuality", "update flights"),
    Run("punctuality", "test"),
    Say("Other pins are another release, though no reader can tell: a patch."),
    Run("punctuality", "version --bump"),
    Run("punctuality", "publish"),
    Run("punctuality", "deploy"),
    Say("Nothing pins flights 1.0.0 any more, so it left. `run` refreshes what is live."),
    Run("punctuality", "run"),
    Run("flights", "status"),
    Chapter("The consumer moves when it decides to"),
    Edit(
        "punctuality",
        "punctuality-2.0.0",
        "The punctuality team requires flights ^2.0, adapts its SQL and tests, and declares 2.0.0.",
    ),
    Run("punctuality", "lock"),
    Run("punctuality", "check"),
    Run("punctuality", "test"),
    Run("punctuality", "publish"),
    Run("punctuality", "deploy"),
    Chapter("Private stays private"),
    Edit(
        "punctuality",
        "punctuality-private",
        "Somebody in the punctuality team reads a staging table of flights.",
    ),
    Run("punctuality", "check", expect=1),
    Say(
        """Only what the contract of flights lists can be read, so its owner may change the rest
        whenever it likes."""
    ),
    Chapter("What is live, and who needs it"),
    Run("punctuality", "tree"),
    Run("flights", "dependents"),
    Run("flights", "status"),
)
