"""What is proven about queries over the relations that a model's versions read."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from hansa.core.facts import Fingerprints, Input, InputKind
from hansa.core.product import Materialization, Model, Storage
from hansa.core.schema import TableSchema
from hansa.sql.canonical import Prover
from hansa.sql.fold.forms import INPUT_SCHEMA, Form
from hansa.sql.fold.trees import tree_of
from hansa.sql.inference import ParsedModel, infer
from hansa.sql.parse import NotOneSelect, SqlInvalid

_STORAGE = Storage(Materialization.VIEW)


@dataclass(slots=True)
class Proofs:
    """Fingerprints and shapes of queries that read `input.N`, N being a relation's number."""

    dialect: str
    schemas: dict[Input, TableSchema]
    _models: dict[str, Model] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Fingerprints] = field(default_factory=dict)
    _prover: Prover = field(init=False)

    def __post_init__(self) -> None:
        self._prover = Prover(self._models, self.schemas, self.dialect)

    def fingerprints(self, text: str) -> Fingerprints:
        """The fingerprints of a query.

        Every text is a model of its own name, so that what the prover only knows as a text, or
        changes with every call, is equal to nothing.
        """
        if text not in self._known:
            self._known[text] = self._prover.fingerprints(self._model(text).name)
        return self._known[text]

    def same_rows(self, first: Form, second: Form) -> bool:
        """Whether two forms are proven to have equal rows; False when not sure."""
        one = self.fingerprints(self.text(first))
        other = self.fingerprints(self.text(second))
        return one.opaque is None and other.opaque is None and one.rows == other.rows

    def text(self, form: Form) -> str:
        """The form as SQL."""
        return str(tree_of(form).sql(self.dialect))

    def schema(self, text: str) -> TableSchema | None:
        """The columns of a query with their types; None when they are not all known."""
        try:
            parsed = ParsedModel(self._model(text), self.dialect, "")
        except (SqlInvalid, NotOneSelect):
            return None
        return infer(parsed, relation_input, self.schemas.get).schema

    def _model(self, text: str) -> Model:
        name = self._names.setdefault(text, f"query_{len(self._names)}")
        if name not in self._models:
            self._models[name] = Model(name, "", text, _STORAGE, False)
        return self._models[name]


def relation_input(group: str, name: str) -> Input:
    """The input that a numbered relation is."""
    return Input(InputKind.SOURCE, name, group)


def relation_table(number: int) -> exp.Table:
    """A numbered relation in FROM."""
    return exp.Table(
        this=exp.to_identifier(str(number), quoted=True),
        db=exp.to_identifier(INPUT_SCHEMA, quoted=True),
    )
