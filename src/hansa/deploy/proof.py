"""Content keys of models that follow from proofs, not from the wording of SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from hansa.core.facts import Fingerprints, Input, InputKind, ModelFacts, ProductFacts
from hansa.core.product import Materialization, Product

# Fingerprints of these models, where what the marked inputs hold decides and not their names.
Prove = Callable[[Mapping[Input, str], Collection[str]], Mapping[str, Fingerprints]]


class Proofs:
    """Keys that are equal only for models proven to hold the same rows, columns and types.

    Some models hold what their SQL alone does not tell: incremental ones, and stored ones that
    ask for the time or for chance. They are anchors: what reads one is proven relative to what
    it holds. `held_by` tells what a source, a required table or an anchor holds.
    """

    def __init__(
        self,
        product: Product,
        facts: ProductFacts,
        prove: Prove | None,
        held_by: Callable[[Input], str],
    ) -> None:
        self._product = product
        self._facts = facts.models if prove is not None else {}
        self._prove = prove
        self._held_by = held_by
        self._steady: dict[str, bool] = {}
        self._anchors: dict[str, frozenset[str]] = {}
        self._bases: dict[str, frozenset[Input]] = {}
        self._proven: dict[frozenset[str], Mapping[str, Fingerprints]] = {}
        for name in facts.order:
            if name in self._facts:
                self._look_below(name, self._facts[name])

    def is_steady(self, model: str) -> bool:
        """Whether the same inputs always give the same rows; so it is where nothing is known."""
        return self._steady.get(model, True)

    def key(self, model: str) -> str | None:
        """The parts of the key as one text; None where nothing is proven.

        Everything that the model reads has to be known to `held_by` already.
        """
        if self._prove is None or not self._steady.get(model, False):
            return None
        found = self._fingerprints(self._anchors[model]).get(model)
        schema = self._facts[model].schema
        if found is None or found.opaque or schema is None:
            return None
        if not all(column.type.is_known for column in schema.columns):
            return None
        if set(found.columns) != set(schema.names):
            return None
        shape = [(item.name, repr(item.type), found.columns[item.name]) for item in schema.columns]
        return repr((found.rows, shape))

    def _look_below(self, name: str, facts: ModelFacts) -> None:
        models = [read.name for read in facts.inputs if read.kind is InputKind.MODEL]
        bases = {read for read in facts.inputs if read.kind is not InputKind.MODEL}
        anchors: set[str] = set()
        steady = facts.deterministic
        for below in models:
            if below not in self._steady:
                # a cycle, or SQL that is wrong: nothing is said about what reads it
                steady = False
            elif self._is_anchor(below):
                anchors.add(below)
            else:
                steady = steady and self._steady[below]
                anchors |= self._anchors[below]
                bases |= self._bases[below]
        self._steady[name] = steady
        self._anchors[name] = frozenset(anchors)
        self._bases[name] = frozenset(bases)

    def _is_anchor(self, name: str) -> bool:
        kind = self._product.models[name].storage.materialized
        if kind is Materialization.INCREMENTAL:
            return True
        return kind is Materialization.TABLE and not self._steady[name]

    def _fingerprints(self, anchors: frozenset[str]) -> Mapping[str, Fingerprints]:
        """All models above exactly these anchors at once, as proofs share most of their work."""
        if anchors not in self._proven:
            assert self._prove is not None
            names = [name for name, found in self._anchors.items() if found == anchors]
            inputs = set[Input]().union(*(self._bases[name] for name in names))
            inputs |= {Input(InputKind.MODEL, name) for name in anchors}
            self._proven[anchors] = self._prove(self._marks(inputs), names)
        return self._proven[anchors]

    def _marks(self, inputs: Iterable[Input]) -> dict[Input, str]:
        return {read: self._held_by(read) for read in inputs}
