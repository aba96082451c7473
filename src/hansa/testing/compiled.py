"""Models as SQL that runs on the fixtures of the sandbox, compiled once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from hansa.core.facts import Input, InputKind
from hansa.core.product import Product
from hansa.engines.sandbox import DIALECT, Sandbox, SandboxError
from hansa.errors import Place
from hansa.sql.calls import place_of_call
from hansa.sql.compile import compile_model
from hansa.sql.references import classify
from hansa.testing.errors import FunctionNotInDuckdb, ModelNotComputed

Relation = tuple[str, ...]


class CompiledModels:
    """The SQL of a product's models in DuckDB's dialect, each input read from its relation."""

    def __init__(self, product: Product, relation_of: Callable[[Input], Relation]) -> None:
        self._product = product
        self._relation_of = relation_of
        self._texts: dict[str, str] = {}

    def store(self, sandbox: Sandbox, name: str) -> Relation:
        """Compute a model into its relation; its inputs must be there.

        Raises what compiling raises, FunctionNotInDuckdb, ModelNotComputed, NotOnlySelect or
        TimeLimitReached.
        """
        relation = self._relation_of(Input(InputKind.MODEL, name))
        text = self._text(name)
        try:
            sandbox.create_table(relation, text)
        except SandboxError as error:
            place = self.place_of(name)
            dialect = self._product.dialect
            if error.function and dialect != DIALECT:
                sql = self._product.models[name].sql
                called = place_of_call(sql, dialect, place.file, error.function)
                raise FunctionNotInDuckdb(name, error.function, dialect, called or place) from None
            raise ModelNotComputed(
                name, error.message, error.hint, place, of_values=error.of_values
            ) from None
        return relation

    def place_of(self, name: str) -> Place:
        """The model's file as it is shown to people."""
        label, path = self._product.label, self._product.models[name].path
        return Place(path if label in ("", ".") else f"{label}/{path}")

    def _text(self, name: str) -> str:
        if name not in self._texts:
            self._texts[name] = compile_model(
                self._product.models[name].sql,
                self._product.dialect,
                self.place_of(name).file,
                self._relation_of,
                self._classify,
                DIALECT,
            )
        return self._texts[name]

    @cached_property
    def _classify(self) -> Callable[[str, str], Input]:
        return classify(self._product)
