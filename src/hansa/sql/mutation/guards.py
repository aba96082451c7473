"""The arms of CASE that have to be taken before a piece of a query is computed at all."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from hansa.sql.coverage.places import Places


class Guards:
    """Tells what a test must have shown, to have computed a node of one query's tree.

    An answer is places and outcomes of obligations of kind `case`. It is empty for most nodes,
    and wherever it is not certain that rows which show no such outcome cannot tell.
    """

    def __init__(self, tree: exp.Query, places: Places) -> None:
        self._places = places
        with_ = tree.find_all(exp.With)
        self._uncertain = any(one.args.get("recursive") for one in with_)

    def of(self, node: exp.Expr) -> tuple[tuple[int, int, str], ...]:
        """The outcomes that must all have been shown, as line, column and outcome."""
        if self._uncertain:
            return ()
        found = []
        below, above = node, node.parent
        while above is not None and not isinstance(above, exp.Query):
            if isinstance(above, exp.Case) and below.arg_key == "default":
                found.append(self._else(above))
            elif (
                isinstance(above, exp.If)
                and isinstance(above.parent, exp.Case)
                and below.arg_key == "true"
            ):
                found.append(self._arm(above.parent, above))
            below, above = above, above.parent
        if not _is_listed(below, above):
            return ()
        return tuple(one for one in found if one is not None)

    def _else(self, case: exp.Case) -> tuple[int, int, str] | None:
        tokens = self._places.case(case)
        return (*self._places.at(tokens.last), "else") if tokens else None

    def _arm(self, case: exp.Case, arm: exp.If) -> tuple[int, int, str] | None:
        tokens = self._places.case(case)
        if tokens is None:
            return None
        number = next(at for at, one in enumerate(case.args["ifs"]) if one is arm)
        return (*self._places.at(tokens.whens[number]), f"arm {number + 1}")


def _is_listed(part: exp.Expr, query: exp.Expr | None) -> bool:
    """Whether a part is in the list of a SELECT that is computed once, as a relation.

    What a subquery inside an expression computes depends on the rows around it, and QUALIFY
    hides rows that were computed.
    """
    if not isinstance(query, exp.Select) or part.arg_key != "expressions":
        return False
    if query.args.get("qualify") is not None:
        return False
    return all(_is_relation(one) for one in _queries_around(query))


def _queries_around(query: exp.Expr) -> Iterator[exp.Expr]:
    node: exp.Expr | None = query
    while node is not None:
        if isinstance(node, exp.Query):
            yield node
        node = node.parent


def _is_relation(query: exp.Expr) -> bool:
    above = query.parent
    while isinstance(above, (exp.Paren, exp.Alias)):
        above = above.parent
    return above is None or isinstance(above, (exp.From, exp.Query, exp.CTE))
