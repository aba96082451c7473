"""Mutations of what decides which rows there are: joins, DISTINCT, groups, order, limits."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from hansa.sql.mutation.edits import Edit

_SIDES = {"INNER": None, "LEFT": "LEFT", "RIGHT": "RIGHT", "FULL": "FULL"}
_AGGREGATES: dict[type[exp.Expr], str] = {
    exp.Sum: "SUM",
    exp.Avg: "AVG",
    exp.Min: "MIN",
    exp.Max: "MAX",
    exp.Count: "COUNT",
}
_TAKES_DISTINCT = (exp.Sum, exp.Avg, exp.Count)


def join(node: exp.Expr) -> Iterator[Edit]:
    """Another kind of join; an atom of ON dropped."""
    if isinstance(node, exp.Join):
        yield from _other_kinds(node)
        if node.args.get("on") is not None and not isinstance(node.args["on"], exp.And):
            copy = node.copy()
            copy.set("on", exp.Boolean(this=True))
            yield Edit("condition of ON dropped", copy)
    elif isinstance(node, exp.And) and _is_of_join(node):
        yield Edit("right condition of ON dropped", node.this.copy())
        yield Edit("left condition of ON dropped", node.expression.copy())


def _other_kinds(node: exp.Join) -> Iterator[Edit]:
    kind = str(node.args.get("kind") or "").upper()
    side = str(node.args.get("side") or "").upper()
    joined = node.args.get("on") is not None or node.args.get("using")
    if not joined or node.args.get("method"):
        return
    if kind in ("SEMI", "ANTI"):
        copy = node.copy()
        copy.set("kind", "ANTI" if kind == "SEMI" else "SEMI")
        yield Edit(f"{kind} JOIN becomes {copy.args['kind']} JOIN", copy)
    elif kind in ("", "INNER", "OUTER"):
        now = side or "INNER"
        for name, new in _SIDES.items():
            if name != now:
                copy = node.copy()
                copy.set("side", new)
                copy.set("kind", None)
                yield Edit(f"{now} JOIN becomes {name} JOIN", copy)


def _is_of_join(node: exp.Expr) -> bool:
    while isinstance(node.parent, (exp.And, exp.Paren)):
        node = node.parent
    return isinstance(node.parent, exp.Join) and node.arg_key == "on"


def distinct(node: exp.Expr) -> Iterator[Edit]:
    """DISTINCT added or removed; UNION for UNION ALL and back."""
    if isinstance(node, exp.Select):
        copy = node.copy()
        if node.args.get("distinct") is not None:
            copy.set("distinct", None)
            yield Edit("DISTINCT removed", copy)
        else:
            copy.set("distinct", exp.Distinct())
            yield Edit("DISTINCT added", copy)
    elif isinstance(node, exp.Union):
        other = node.copy()
        other.set("distinct", not node.args.get("distinct"))
        was = "UNION" if node.args.get("distinct") else "UNION ALL"
        yield Edit(f"{was} becomes {'UNION ALL' if was == 'UNION' else 'UNION'}", other)


def aggregate(node: exp.Expr) -> Iterator[Edit]:
    """Another aggregate; DISTINCT inside it added or removed."""
    if type(node) not in _AGGREGATES or isinstance(node.this, (exp.Star, type(None))):
        return
    if node.args.get("expressions"):
        return
    inner = node.this
    for kind, name in _AGGREGATES.items():
        if not isinstance(node, kind):
            yield Edit(f"{_AGGREGATES[type(node)]} becomes {name}", kind(this=inner.copy()))
    if isinstance(inner, exp.Distinct):
        if len(inner.expressions) == 1:
            yield Edit("DISTINCT removed", type(node)(this=inner.expressions[0].copy()))
    elif isinstance(node, _TAKES_DISTINCT) and not isinstance(node.parent, exp.Window):
        yield Edit("DISTINCT added", type(node)(this=exp.Distinct(expressions=[inner.copy()])))


def group(node: exp.Expr) -> Iterator[Edit]:
    """One grouping term dropped; where it is shown, its least value stands."""
    if not isinstance(node, exp.Select):
        return
    group = node.args.get("group")
    if group is None or group.args.get("all"):
        return
    for number, term in enumerate(group.expressions):
        copy = node.copy()
        kept = [one for at, one in enumerate(copy.args["group"].expressions) if at != number]
        others = {key for key, value in group.args.items() if value} - {"expressions"}
        if kept or others:
            copy.args["group"].set("expressions", kept)
        else:
            copy.set("group", None)
        _show_least(copy, term)
        yield Edit(f"grouping term {number + 1} dropped", copy)


def _show_least(select: exp.Select, term: exp.Expr) -> None:
    """Put MIN around a term that is no longer grouped by, wherever it is shown bare."""
    shown = list(select.expressions)
    if isinstance(term, exp.Literal) and not term.is_string and str(term.this).isdigit():
        position = int(term.this) - 1
        shown, term = shown[position : position + 1], exp.Null()
        term = shown[0].unalias() if shown else term
    for item in shown:
        name = item.output_name
        value = item.unalias()
        if value == term or (isinstance(term, exp.Column) and not term.table and term.name == name):
            item.replace(exp.alias_(exp.Min(this=value.copy()), name, quoted=True))


def order(node: exp.Expr) -> Iterator[Edit]:
    """The direction turned round, NULLs at the other end, LIMIT plus and minus one."""
    if isinstance(node, exp.Ordered):
        copy = node.copy()
        copy.set("desc", not node.args.get("desc"))
        yield Edit("direction turned round", copy)
        copy = node.copy()
        copy.set("nulls_first", not node.args.get("nulls_first"))
        yield Edit("NULLs at the other end", copy)
    elif isinstance(node, (exp.Limit, exp.Fetch)):
        key = "expression" if isinstance(node, exp.Limit) else "count"
        count = node.args.get(key)
        if isinstance(count, exp.Literal) and str(count.this).isdigit():
            for step in (1, -1):
                if int(count.this) + step >= 0:
                    moved = node.copy()
                    moved.set(key, exp.Literal.number(int(count.this) + step))
                    yield Edit(f"LIMIT {count.this} becomes {int(count.this) + step}", moved)
