"""Mutations of values: arithmetic, numbers and CASE."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from hansa.sql.mutation.edits import Edit
from hansa.sql.mutation.literals import moved, number

_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
# In these a number is no value of the data: a type's size, a position, a unit, a frame.
_NO_VALUES = (
    exp.DataType, exp.Interval, exp.Limit, exp.Offset, exp.Fetch,
    exp.Group, exp.Order, exp.WindowSpec, exp.TableSample,
)  # fmt: skip


def arithmetic(node: exp.Expr) -> Iterator[Edit]:
    """Another arithmetic sign; a number plus and minus one; the sign turned round."""
    if type(node) in _ARITHMETIC:
        for kind, sign in _ARITHMETIC.items():
            if not isinstance(node, kind):
                changed = node.copy()
                new = kind(this=changed.this, expression=changed.expression)
                yield Edit(f"{_ARITHMETIC[type(node)]} becomes {sign}", new)
        if not isinstance(node.parent, (exp.Neg, *_ARITHMETIC)):
            yield Edit("sign turned round", exp.Neg(this=exp.Paren(this=node.copy())))
    elif isinstance(node, exp.Neg):
        yield Edit("sign dropped", node.this.copy())
    elif _is_number(node):
        for step in (1, -1):
            sum_ = moved(str(node.this), step)
            if sum_ is not None:
                yield Edit(f"{node.this} becomes {sum_}", number(sum_))


def _is_number(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Literal) or node.is_string:
        return False
    above = node.parent
    while above is not None and not isinstance(above, exp.Query):
        if isinstance(above, _NO_VALUES):
            return False
        above = above.parent
    return True


def case(node: exp.Expr) -> Iterator[Edit]:
    """An arm dropped, the values of two arms swapped, ELSE dropped."""
    alone = isinstance(node, exp.If) and not isinstance(node.parent, exp.Case)
    if alone and node.args.get("false") is not None:
        turned = node.copy()
        yes, no = turned.args["true"], turned.args["false"]
        turned.set("true", no.copy())
        turned.set("false", yes.copy())
        yield Edit("values of IF swapped", turned)
    if not isinstance(node, exp.Case):
        return
    default = node.args.get("default")
    for at in range(len(node.args["ifs"])):
        yield Edit(f"arm {at + 1} dropped", _without_arm(node, at))
    for at in range(len(node.args["ifs"]) - 1):
        yield Edit(f"values of arms {at + 1} and {at + 2} swapped", _swapped(node, at))
    if default is not None and not isinstance(default, exp.Null):
        copy = node.copy()
        last = copy.args["ifs"][-1]
        value = last.args["true"].copy()
        last.set("true", copy.args["default"].copy())
        copy.set("default", value)
        yield Edit("values of the last arm and ELSE swapped", copy)
        copy = node.copy()
        copy.set("default", None)
        yield Edit("ELSE dropped", copy)


def _without_arm(node: exp.Case, number: int) -> exp.Expr:
    copy = node.copy()
    arms = [arm for at, arm in enumerate(copy.args["ifs"]) if at != number]
    if arms:
        copy.set("ifs", arms)
        return copy
    default = copy.args.get("default")
    return exp.Null() if default is None else exp.Paren(this=default.copy())


def _swapped(node: exp.Case, number: int) -> exp.Expr:
    copy = node.copy()
    first, second = copy.args["ifs"][number : number + 2]
    value = first.args["true"].copy()
    first.set("true", second.args["true"].copy())
    second.set("true", value)
    return copy
