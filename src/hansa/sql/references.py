"""What the names after FROM stand for, by their parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from hansa.core.facts import Input, InputKind
from hansa.core.product import Product
from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput


class ReferenceInvalid(InvalidInput):
    """A name after FROM stands for nothing that may be read here."""

    slug = "unknown-relation"

    def __init__(self, name: str, hint: str | None = None) -> None:
        self.name = name
        self.hint = hint

    @property
    def rule(self) -> str:
        """The id of the finding that analysis makes of this error."""
        return self.slug.replace("-", "_")


class UnknownRelation(ReferenceInvalid):
    """A name is neither a model nor a source of the product."""

    slug = "unknown-relation"

    def __str__(self) -> str:
        return f"`{self.name}` is neither a model nor a source of this product"


class ProductNotRequired(ReferenceInvalid):
    """A name begins with something that is neither a source nor a required product."""

    slug = "product-not-required"

    def __init__(self, name: str, group: str, hint: str | None) -> None:
        super().__init__(name, hint)
        self.group = group

    def __str__(self) -> str:
        return f"`{self.group}` in `{self.name}` is neither a source nor a required product"


class UnknownTable(ReferenceInvalid):
    """A required product has no public table of this name."""

    slug = "unknown-table"

    def __init__(self, name: str, product: str, hint: str | None) -> None:
        super().__init__(name, hint)
        self.product = product

    def __str__(self) -> str:
        return f"`{self.name}` is not a public table of the required product `{self.product}`"


class PrivateTable(ReferenceInvalid):
    """A table of a required product exists, but is not part of its interface."""

    slug = "private-table"

    def __init__(self, name: str, product: str, hint: str | None) -> None:
        super().__init__(name, hint)
        self.product = product

    def __str__(self) -> str:
        return f"`{self.name}` is a private table of `{self.product}`"


class TooManyParts(ReferenceInvalid):
    """A name has more parts than a group and a table."""

    slug = "too-many-parts"
    _hint: ClassVar[str] = "write `model`, `product.table` or `source.table`"

    def __init__(self, name: str) -> None:
        super().__init__(name, self._hint)

    def __str__(self) -> str:
        return f"`{self.name}` has more than two parts"


@dataclass(frozen=True, slots=True)
class PublicNames:
    """The tables of one required release that may be read, and those that may not."""

    public: Collection[str]
    private: Collection[str] = ()


class Names:
    """All names that a product's SQL may use.

    `interfaces` holds the required products whose tables are known; of the others every table
    name is accepted. Names match exactly first, then but for letter case.
    """

    def __init__(self, product: Product, interfaces: Mapping[str, PublicNames]) -> None:
        self._product = product
        self._interfaces = interfaces
        self._models = _Folded(product.models)
        self._sources = _Folded(product.sources)
        self._tables = {name: _Folded(tables) for name, tables in product.sources.items()}
        self._requires = _Folded(requirement.product for requirement in product.requires)
        self._public = {name: _Folded(names.public) for name, names in interfaces.items()}
        self._private = {name: _Folded(names.private) for name, names in interfaces.items()}

    def resolve(self, group: str, name: str) -> Input:
        """The input of that name (`group` is empty for a bare one); raises ReferenceInvalid."""
        if not group:
            return self._model(name)
        source = self._sources.find(group)
        if source is not None:
            return self._source(source, name)
        required = self._requires.find(group)
        if required is not None:
            return self._required(required, name)
        if "." in group:
            raise TooManyParts(f"{group}.{name}")
        raise ProductNotRequired(f"{group}.{name}", group, self._missing_group_hint(group, name))

    def _model(self, name: str) -> Input:
        model = self._models.find(name)
        if model is None:
            raise UnknownRelation(name, self._missing_model_hint(name))
        return Input(InputKind.MODEL, model)

    def _source(self, source: str, name: str) -> Input:
        table = self._tables[source].find(name)
        if table is None:
            hint = did_you_mean(name, self._product.sources[source])
            raise UnknownRelation(
                f"{source}.{name}", hint or f"declare `{name}` under `sources.{source}.tables`"
            )
        return Input(InputKind.SOURCE, table, source)

    def _required(self, product: str, name: str) -> Input:
        if product not in self._interfaces:
            return Input(InputKind.REQUIRED, name, product)
        table = self._public[product].find(name)
        if table is not None:
            return Input(InputKind.REQUIRED, table, product)
        full, public = f"{product}.{name}", self._interfaces[product].public
        if self._private[product].find(name) is not None:
            raise PrivateTable(full, product, _public_hint(product, public))
        hint = did_you_mean(name, public) or _public_hint(product, public)
        raise UnknownTable(full, product, hint)

    def _missing_model_hint(self, name: str) -> str:
        for source, tables in self._tables.items():
            if tables.find(name) is not None:
                return f"write `{source}.{tables.find(name)}` to read the source table"
        for product, tables in self._public.items():
            if tables.find(name) is not None:
                return f"write `{product}.{tables.find(name)}` to read the required table"
        return did_you_mean(name, self._product.models) or (
            f"add `models/{name}.sql`, or write `source.table` or `product.table`"
        )

    def _missing_group_hint(self, group: str, name: str) -> str:
        if group.casefold() == self._product.name.casefold():
            return f"write `{name}` to read a model of this product"
        known = [*self._product.sources, *self._requires.names]
        return did_you_mean(group, known) or (
            f"run `hansa add {group}`, or declare the source `{group}` in product.yaml"
        )


class _Folded:
    """Names found exactly, or by the only one that differs in letter case alone."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._exact = frozenset(self.names)
        self._folded: dict[str, list[str]] = {}
        for name in self.names:
            self._folded.setdefault(name.casefold(), []).append(name)

    def find(self, name: str) -> str | None:
        if name in self._exact:
            return name
        candidates = self._folded.get(name.casefold(), ())
        return candidates[0] if len(candidates) == 1 else None


def _public_hint(product: str, public: Collection[str]) -> str:
    if not public:
        return f"`{product}` has no public tables; ask its owner for one"
    shown = ", ".join(f"`{product}.{table}`" for table in sorted(public)[:5])
    return f"read a public table of `{product}`: {shown}"


def classify(product: Product) -> Callable[[str, str], Input]:
    """A function from a name's group (empty for a bare name) and name to the input it means.

    It raises UnknownRelation or ProductNotRequired, with the nearest names; it takes any table
    name in a required product, since only the pinned release knows which there are.
    """
    return Names(product, {}).resolve
