"""What all parts of one model's inference share: its dialect, its findings, its inputs."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from hansa.core.datatype import UNKNOWN, DataType
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.sql.dialects import LOWERCASING, fold_name
from hansa.sql.mentions import offset_of
from hansa.sql.parse import Positions
from hansa.sql.relations import Relation
from hansa.sql.types import InvalidType, parse_type
from hansa.sql.warehouse_rules import rules_of


class Context:
    """Collects the findings of one model; `relation_of` gives the relations it reads."""

    def __init__(
        self,
        dialect: str,
        positions: Positions,
        relation_of: Callable[[exp.Table], Relation],
    ) -> None:
        self.dialect = dialect
        self.rules = rules_of(dialect)
        self.relation_of = relation_of
        self.deterministic = True
        self._folds = dialect in LOWERCASING
        self._positions = positions
        self._findings: dict[tuple[str, str, int], Diagnostic] = {}
        self._types: dict[exp.DType, DataType] = {}

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings so far, each once, by place."""
        ordered = sorted(self._findings.items(), key=lambda item: item[0][2])
        return tuple(finding for _, finding in ordered)

    def report(
        self,
        rule: str,
        message: str,
        node: exp.Expr,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a finding at the first name of a node; the same finding counts once."""
        offset = offset_of(node)
        place = self._positions.place(offset)
        finding = Diagnostic(rule, message, hint, place, severity)
        self._findings.setdefault((rule, message, offset), finding)

    def type_of(self, node: exp.Expr | None) -> DataType:
        """The type that a cast names; UNKNOWN for a type that only the target knows."""
        if not isinstance(node, exp.DataType):
            return UNKNOWN
        plain = node.this if not node.expressions and not node.args.get("values") else None
        if plain in self._types:
            return self._types[plain]
        try:
            found = parse_type(node.sql(dialect=self.dialect), self.dialect)
        except InvalidType:
            found = UNKNOWN
        if plain is not None:
            self._types[plain] = found
        return found

    def name_of(self, identifier: exp.Expr) -> str:
        """A name as the dialect stores it."""
        if not self._folds:
            return str(identifier.name)
        return fold_name(identifier.name, bool(identifier.args.get("quoted")), self.dialect)
