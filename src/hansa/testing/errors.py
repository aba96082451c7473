"""What is wrong with a unit test itself, as opposed to a test that fails."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.core.datatype import DataType
from hansa.core.suggestion import did_you_mean, nearest
from hansa.errors import GateRefused, InvalidInput, Place


class TestedModelUnknown(InvalidInput):
    """A test is of a model that the product does not have."""

    __test__ = False
    slug = "tested-model-unknown"

    def __init__(self, test: str, model: str, known: Iterable[str], place: Place | None) -> None:
        self.test = test
        self.model = model
        self.place = place
        self.hint = did_you_mean(model, known) or "name a model by its file's stem"

    def __str__(self) -> str:
        return f"test `{self.test}` is of `{self.model}`, which is no model of this product"


class UnusedInput(InvalidInput):
    """A test gives rows of an input that the tested model never reads."""

    slug = "unused-input"

    def __init__(
        self, test: str, model: str, given: str, reads: Iterable[str], place: Place | None
    ) -> None:
        self.test = test
        self.model = model
        self.given = given
        self.reads = tuple(sorted(reads))
        self.place = place
        names = ", ".join(f"`{name}`" for name in self.reads) or "nothing"
        self.hint = did_you_mean(given, self.reads) or f"`{model}` reads {names}"

    def __str__(self) -> str:
        return f"test `{self.test}` gives `{self.given}`, which `{self.model}` does not read"


class InputGivenTwice(InvalidInput):
    """A test gives rows of one input in two places."""

    slug = "input-given-twice"
    hint = "write all rows of an input under one `input`"

    def __init__(self, test: str, given: str, place: Place | None) -> None:
        self.test = test
        self.given = given
        self.place = place

    def __str__(self) -> str:
        return f"test `{self.test}` gives `{self.given}` twice"


class ModelReadsItself(InvalidInput):
    """The tested model cannot be computed, as models below it read each other in a circle."""

    slug = "model-reads-itself"
    hint = "break the circle, or give rows of one of its models"

    def __init__(self, path: tuple[str, ...], place: Place | None) -> None:
        self.path = path
        self.place = place

    def __str__(self) -> str:
        return "models read each other in a circle: " + " -> ".join(f"`{one}`" for one in self.path)


class FixtureColumnUnknown(InvalidInput):
    """A row names a column that its table does not have."""

    slug = "fixture-column-unknown"

    def __init__(
        self, subject: str, column: str, known: Iterable[str], place: Place | None
    ) -> None:
        self.subject = subject
        self.column = column
        self.place = place
        names = list(known)
        columns = ", ".join(f"`{name}`" for name in names[:12])
        more = ", …" if len(names) > 12 else ""
        near = did_you_mean(column, names) if nearest(column, names) else None
        self.hint = near or f"its columns are {columns}{more}"

    def __str__(self) -> str:
        return f"{self.subject} has a column `{self.column}`, which does not exist there"


class FixtureColumnTwice(InvalidInput):
    """A row names one column twice, in different letter case."""

    slug = "fixture-column-twice"
    hint = "keep one of the two"

    def __init__(self, subject: str, column: str, place: Place | None) -> None:
        self.subject = subject
        self.column = column
        self.place = place

    def __str__(self) -> str:
        return f"{self.subject} has the column `{self.column}` twice"


class FixtureValueInvalid(InvalidInput):
    """A value in a row is not of its column's type."""

    slug = "fixture-value-invalid"

    def __init__(
        self, subject: str, column: str, value: str, kind: DataType | str, place: Place | None
    ) -> None:
        self.subject = subject
        self.column = column
        self.value = value
        self.kind = str(kind)
        self.place = place
        self.hint = f"write a value of type {self.kind}, or null"

    def __str__(self) -> str:
        article = "an" if self.kind[:1] in "aeiou" else "a"
        shown = self.value if len(self.value) <= 80 else self.value[:79] + "…"
        return f"{self.subject}, column `{self.column}`: `{shown}` is not {article} {self.kind}"


class FixtureColumnsUnknown(InvalidInput):
    """An input is to be empty, but nothing tells which columns it has."""

    slug = "fixture-columns-unknown"
    hint = "declare the columns of the input in product.yaml, or give a row of it"

    def __init__(self, subject: str, given: str, place: Place | None) -> None:
        self.subject = subject
        self.given = given
        self.place = place

    def __str__(self) -> str:
        return f"{self.subject} gives no row of `{self.given}`, whose columns are not known"


class ExpectedColumnUnknown(InvalidInput):
    """An expected row names a column that the model does not give."""

    slug = "expected-column-unknown"

    def __init__(
        self, test: str, column: str, model: str, known: Iterable[str], place: Place | None
    ) -> None:
        self.test = test
        self.column = column
        self.model = model
        self.place = place
        names = list(known)
        columns = ", ".join(f"`{name}`" for name in names[:12])
        more = ", …" if len(names) > 12 else ""
        self.hint = did_you_mean(column, names) or f"it gives {columns}{more}"

    def __str__(self) -> str:
        return f"test `{self.test}` expects a column `{self.column}`, which `{self.model}` lacks"


class ExpectationEmpty(InvalidInput):
    """All expected rows are without columns, so there is nothing to compare."""

    slug = "expectation-empty"
    hint = "name at least one column in each expected row, or expect `rows: []`"

    def __init__(self, test: str, place: Place | None) -> None:
        self.test = test
        self.place = place

    def __str__(self) -> str:
        return f"test `{self.test}` expects rows without any column"


class ModelNotComputed(InvalidInput):
    """DuckDB could not compute a model on the given rows."""

    slug = "model-not-computed"

    def __init__(
        self,
        model: str,
        reason: str,
        hint: str | None,
        place: Place | None,
        *,
        of_values: bool = False,
    ) -> None:
        self.model = model
        self.reason = reason
        self.of_values = of_values
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return f"`{self.model}` cannot be computed: {self.reason}"


class FunctionNotInDuckdb(InvalidInput):
    """A model of another dialect calls a function that DuckDB, which runs tests, lacks."""

    slug = "function-not-in-duckdb"
    hint = "define it as a macro in tests/macros.sql, or give rows of this model"

    def __init__(self, model: str, function: str, dialect: str, place: Place | None) -> None:
        self.model = model
        self.function = function
        self.dialect = dialect
        self.place = place

    def __str__(self) -> str:
        return (
            f"`{self.model}` calls the {self.dialect} function `{self.function}`, "
            "which DuckDB does not have"
        )


class FixtureFileUnreadable(InvalidInput):
    """A fixture file is not of the format that its name says."""

    slug = "fixture-file-unreadable"
    hint = "write the file again, or give the rows as CSV"

    def __init__(self, path: str, reason: str, place: Place | None) -> None:
        self.path = path
        self.reason = reason
        self.place = place

    def __str__(self) -> str:
        return f"`{self.path}` cannot be read: {self.reason}"


class CoverageTooLow(GateRefused):
    """A figure of coverage is below the threshold that was asked for."""

    slug = "coverage-too-low"

    def __init__(self, figure: str, percent: float, least: float) -> None:
        self.figure = figure
        self.percent = percent
        self.least = least
        self.hint = (
            "name the missing columns in `expect` of tests of public models"
            if figure == "asserted columns"
            else "add tests for the outcomes listed as missing"
        )

    def __str__(self) -> str:
        # Two digits, rounded down: what is refused never reads as if it were enough.
        shown = int(self.percent * 100) / 100
        return f"{self.figure}: {shown:g}% is below the {self.least:g}% asked for"


class MutationScoreTooLow(GateRefused):
    """Tests notice fewer wrong changes of the SQL than was asked for."""

    slug = "mutation-score-too-low"
    hint = "add tests that fail on the changes listed as survivors"

    def __init__(self, percent: float, least: float) -> None:
        self.percent = percent
        self.least = least

    def __str__(self) -> str:
        shown = int(self.percent * 100) / 100
        return f"mutation score: {shown:g}% is below the {self.least:g}% asked for"
