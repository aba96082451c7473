"""Where the constructs of a query start in its text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from hansa.sql.parse import Positions, find_dialect

_CAST_WORDS = ("CAST", "TRY_CAST", "EXTRACT", "INTERVAL", "DATE", "TIMESTAMP")


@dataclass(slots=True)
class CaseTokens:
    """The keywords of one CASE, as offsets."""

    start: int
    whens: list[int] = field(default_factory=list)
    otherwise: int | None = None
    end: int = 0

    @property
    def last(self) -> int:
        return self.end if self.otherwise is None else self.otherwise


class Places:
    """Offsets of constructs, found in the tokens, as the tree knows only those of names."""

    def __init__(self, text: str, dialect: str, file: str, tree: exp.Query) -> None:
        self._tokens: list[Token] = list(find_dialect(dialect).tokenize(text))
        self._starts = [token.start for token in self._tokens]
        self._positions = Positions(text, file)
        self._first = _first_offsets(tree)
        self._cases: dict[int, CaseTokens] = {}
        self._match_cases(tree)

    def at(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both from 1."""
        place = self._positions.place(offset)
        return place.line, place.column

    def first(self, node: exp.Expr) -> int | None:
        """The offset of the first token below a node that the tree knows."""
        return self._first.get(id(node))

    def case(self, node: exp.Case) -> CaseTokens | None:
        """The keywords of a CASE that is written as one."""
        return self._cases.get(id(node))

    def before(self, offset: int, *kinds: TokenType) -> int | None:
        """The offset of the nearest token of one of these kinds before an offset."""
        for index in range(bisect_left(self._starts, offset) - 1, -1, -1):
            if self._tokens[index].token_type in kinds:
                return int(self._tokens[index].start)
        return None

    def start(self, node: exp.Expr) -> int | None:
        """The offset of a node's first character."""
        if isinstance(node, exp.Case) and id(node) in self._cases:
            return self._cases[id(node)].start
        if "start" in node.meta and not isinstance(node, exp.Dot):
            return int(node.meta["start"])
        if isinstance(node, (exp.Paren, exp.Neg)):
            return self._step(self.start(node.this), node)
        if isinstance(node, exp.Not):
            inner = self.start(node.this)
            return self._back(inner, TokenType.NOT)
        if isinstance(node, exp.Exists):
            first = self.first(node)
            return None if first is None else self.before(first, TokenType.EXISTS)
        if isinstance(node, exp.Query):
            return self._query(node)
        if isinstance(node, exp.Cast):
            return self._cast(self.start(node.this))
        left = node.args.get("this")
        if isinstance(left, exp.Expr) and not isinstance(node, (exp.Func, exp.Column)):
            return self.start(left) or self.first(node)
        if isinstance(node, exp.Func) and not isinstance(node, (exp.Connector, exp.Binary)):
            return self._cast(self.first(node), node.sql_names())
        if isinstance(left, exp.Expr):
            return self.start(left) if isinstance(node, exp.Binary) else self.first(node)
        return self.first(node)

    def _query(self, node: exp.Expr) -> int | None:
        first = self.first(node)
        if first is None:
            return None
        start = self.before(first, TokenType.SELECT, TokenType.WITH)
        if start is not None and isinstance(node, exp.Subquery):
            return self._back(start, TokenType.L_PAREN)
        return start

    def _cast(self, offset: int | None, words: Sequence[str] = _CAST_WORDS) -> int | None:
        """Back over `CAST (` and the like, where a function's word is not in the tree."""
        if offset is None:
            return None
        index = bisect_left(self._starts, offset)
        if index >= 2 and self._tokens[index - 1].token_type is TokenType.L_PAREN:
            word = self._tokens[index - 2]
            if word.text.upper() in words:
                return int(word.start)
        return offset

    def _step(self, offset: int | None, node: exp.Expr) -> int | None:
        kind = TokenType.DASH if isinstance(node, exp.Neg) else TokenType.L_PAREN
        return self._back(offset, kind)

    def _back(self, offset: int | None, kind: TokenType) -> int | None:
        """The token before an offset if it is of this kind, else the offset."""
        if offset is None:
            return None
        index = bisect_left(self._starts, offset)
        if index and self._tokens[index - 1].token_type is kind:
            return int(self._tokens[index - 1].start)
        return offset

    def _match_cases(self, tree: exp.Query) -> None:
        """Pair each CASE of the tree, inner ones first, with the narrowest stretch around it."""
        groups = sorted(self._case_tokens(), key=lambda one: (one.end - one.start, one.start))
        nodes = [(node.depth, node) for node in tree.find_all(exp.Case)]
        for _, node in sorted(nodes, key=lambda pair: -pair[0]):
            offsets = [one.meta["start"] for one in node.walk() if "start" in one.meta]
            arms = len(node.args.get("ifs") or ())
            for group in groups:
                within = all(group.start < offset < group.end for offset in offsets)
                if within and len(group.whens) == arms:
                    self._cases[id(node)] = group
                    groups.remove(group)
                    break

    def _case_tokens(self) -> list[CaseTokens]:
        found: list[CaseTokens] = []
        open_: list[CaseTokens] = []
        for token in self._tokens:
            kind = token.token_type
            if kind is TokenType.CASE:
                open_.append(CaseTokens(token.start))
            elif open_ and kind is TokenType.WHEN:
                open_[-1].whens.append(token.start)
            elif open_ and kind is TokenType.ELSE:
                open_[-1].otherwise = token.start
            elif open_ and kind is TokenType.END:
                open_[-1].end = token.start
                found.append(open_.pop())
        return found


def _first_offsets(tree: exp.Expr) -> dict[int, int]:
    """The first known offset below each node; kept, as binding tables forgets their places."""
    found: dict[int, int] = {}
    for node in tree.walk():
        start = node.meta.get("start")
        above: exp.Expr | None = node
        while start is not None and above is not None and found.get(id(above), start + 1) > start:
            found[id(above)] = start
            above = above.parent
    return found
