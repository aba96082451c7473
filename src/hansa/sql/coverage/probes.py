"""Queries that ask a scene which of its conditions some row shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

from sqlglot import exp

from hansa.sql.coverage.building import both, derived
from hansa.sql.coverage.collection import Scene, Stage

_DIALECT = "duckdb"

Layers = Sequence[Sequence[exp.Alias]]


class Forms:
    """Forms of the query that gives one boolean per condition, the plain one first.

    Later forms know the names of the select list, or run inside the queries around the scene.
    Each is written when it is first asked for, and kept. `layers` are parts of conditions by
    names that the others refer to: those of the first are computed on the scene's rows, those
    of each other one on the rows of the layer before. Several threads may ask at once.
    """

    def __init__(self, scene: Scene, conditions: Sequence[exp.Expr], layers: Layers = ()) -> None:
        self._asked = (scene, conditions, layers)
        self._made: Iterator[str] = iter(self._write())
        self._texts: list[str] = []
        self._lock = Lock()

    def __iter__(self) -> Iterator[str]:
        place = 0
        while (text := self._text(place)) is not None:
            yield text
            place += 1

    def _text(self, place: int) -> str | None:
        with self._lock:
            if place == len(self._texts):
                made = next((one for one in self._made if one not in self._texts), None)
                if made is None:
                    return None
                self._texts.append(made)
            return self._texts[place]

    def _write(self) -> Iterator[str]:
        scene, conditions, layers = self._asked
        for form in _forms(scene, conditions, layers):
            yield _with_ctes(form.copy(), scene.query).sql(dialect=_DIALECT, copy=False)


def _forms(scene: Scene, conditions: Sequence[exp.Expr], layers: Layers) -> Iterator[exp.Select]:
    forms = [_ask(scene, conditions, layers, named=False)]
    yield forms[0]
    if isinstance(scene.query, exp.Select) and scene.stage is not Stage.CLOSED:
        forms.append(_ask(scene, conditions, layers, named=True))
        yield forms[1]
    around = scene.query.find_ancestor(exp.Select)
    while around is not None:
        forms = [_inside(form, around, scene.query, len(conditions)) for form in forms]
        yield from forms
        around = around.find_ancestor(exp.Select)


def _ask(
    scene: Scene, conditions: Sequence[exp.Expr], layers: Layers, *, named: bool
) -> exp.Select:
    known = {alias.alias for layer in layers for alias in layer}
    names = []
    shown: list[exp.Expr] = [alias.copy() for alias in layers[0]] if layers else []
    for place, condition in enumerate(conditions):
        if isinstance(condition, exp.Column) and condition.name in known:
            names.append(condition.name)
        else:
            names.append(f"o{place}")
            shown.append(_as(condition, names[-1]))
    if scene.stage is Stage.CLOSED:
        inner = exp.Select(expressions=shown)
    else:
        assert isinstance(scene.query, exp.Select)
        inner = _staged(scene.query, scene)
        if named:
            shown = _named_outputs(scene) + shown
        inner.set("expressions", shown)
    for layer in layers[1:]:
        above = [exp.Star(), *(alias.copy() for alias in layer)]
        inner = exp.Select(expressions=above, from_=exp.From(this=derived(inner)))
    return _summary(names, derived(inner))


def _summary(names: Sequence[str], relation: exp.Expr) -> exp.Select:
    columns = [
        _as(
            exp.Coalesce(
                this=exp.LogicalOr(this=exp.column(name, table="hansa_q", quoted=True)),
                expressions=[exp.Boolean(this=False)],
            ),
            f"o{place}",
        )
        for place, name in enumerate(names)
    ]
    return exp.Select(expressions=columns, from_=exp.From(this=relation))


def _as(node: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=node.copy(), alias=exp.to_identifier(name))


def _staged(select: exp.Select, scene: Scene) -> exp.Select:
    """The clauses of a SELECT that come before the stage."""
    inner = exp.Select()
    kept = ["from_", "joins", "laterals", "windows", "sample"]
    if scene.stage is not Stage.FROM:
        kept.append("where")
    if scene.stage in (Stage.GROUPS, Stage.GROUPED):
        kept.append("group")
    if scene.stage is Stage.GROUPED:
        kept.append("having")
    for clause in kept:
        found = select.args.get(clause)
        if isinstance(found, list):
            inner.set(clause, [one.copy() for one in found])
        elif isinstance(found, exp.Expr):
            inner.set(clause, found.copy())
    if "group" in kept and inner.args.get("group") is not None:
        _spell_group(inner.args["group"], select)
    if scene.pairs is not None:
        _narrow(inner, scene)
    elif scene.stage is Stage.FROM and scene.on is not None:
        inner.set("where", exp.Where(this=scene.on.copy()))
    return inner


def _narrow(inner: exp.Select, scene: Scene) -> None:
    """Only the joins up to the one asked about, which joins whatever meets on its keys."""
    assert scene.pairs is not None
    joins = inner.args["joins"][: scene.pairs + 1]
    asked = joins[-1]
    for part in ("side", "kind", "method", "using"):
        asked.set(part, None)
    asked.set("on", scene.on.copy() if scene.on is not None else exp.Boolean(this=True))
    inner.set("joins", joins)


def _spell_group(group: exp.Expr, select: exp.Select) -> None:
    """Numbers in GROUP BY, and ALL, mean the select list, which a probe does not have."""
    if group.args.get("all"):
        group.set("all", None)
        group.set("expressions", [_body(one) for one in select.expressions if _is_key(one)])
        return
    spelt: list[exp.Expr] = []
    for part in group.expressions:
        number = int(part.name) if isinstance(part, exp.Literal) and part.is_int else 0
        known = 0 < number <= len(select.expressions)
        spelt.append(_body(select.expressions[number - 1]) if known else part.copy())
    group.set("expressions", spelt)


def _body(part: exp.Expr) -> exp.Expr:
    body = part.this if isinstance(part, exp.Alias) else part
    copy: exp.Expr = body.copy()
    return copy


def _is_key(part: exp.Expr) -> bool:
    return part.find(exp.AggFunc, exp.Star) is None


def _named_outputs(scene: Scene) -> list[exp.Expr]:
    """The named expressions of the select list, which conditions may refer to."""
    rows = scene.stage in (Stage.FROM, Stage.ROWS)
    return [
        part.copy()
        for part in scene.query.args["expressions"]
        if isinstance(part, exp.Alias)
        and not (rows and part.find(exp.AggFunc) is not None and part.find(exp.Window) is None)
    ]


def _inside(form: exp.Select, around: exp.Select, scene: exp.Query, count: int) -> exp.Select:
    """The question asked for every row of a query around the scene."""
    names = [f"o{number}" for number in range(count)]
    inner = _staged(around, Scene(around, Stage.FROM))
    inner.set("windows", None)
    if inner.args.get("joins"):
        inner.set("joins", inner.args["joins"][: _joins_before(around, scene)])
    lateral = exp.Lateral(
        this=exp.Subquery(this=form.copy()),
        alias=exp.TableAlias(this=exp.to_identifier("hansa_q", quoted=True)),
    )
    joins = list(inner.args.get("joins") or ())
    if inner.args.get("from_") is None:
        inner.set("from_", exp.From(this=lateral))
    else:
        inner.set("joins", [*joins, exp.Join(this=lateral, kind="CROSS")])
    asked = _summary(names, derived(exp.Select()))
    inner.set("expressions", asked.expressions)
    where = around.args.get("where")
    keys = [where.this] if where is not None and not _holds_queries(where) else []
    if keys:
        inner.set("where", exp.Where(this=both(keys)))
    return inner


def _joins_before(around: exp.Select, scene: exp.Query) -> int:
    """How many joins of a query are made before the scene, which may stand in one of them."""
    below: exp.Expr = scene
    while below.parent is not None and below.parent is not around:
        if isinstance(below.parent, exp.Join) and below.parent.parent is around:
            place = next(
                index for index, one in enumerate(around.args["joins"]) if one is below.parent
            )
            return place + (below is not below.parent.this)
        below = below.parent
    return len(around.args["joins"])


def _holds_queries(clause: exp.Expr) -> bool:
    """Whether a query's own filter may hold the scene: then rows it drops count as well."""
    return clause.find(exp.Query) is not None


def _with_ctes(form: exp.Select, query: exp.Query) -> exp.Select:
    """The form with every CTE that the scene's query can see and the form needs."""
    visible: dict[str, exp.Expr] = {}
    recursive = False
    for with_, ctes in reversed(_visible(query)):
        recursive = recursive or bool(with_.args.get("recursive"))
        for cte in ctes:
            visible[cte.alias.casefold()] = cte
    needed: set[str] = _tables(form)
    kept: list[exp.Expr] = []
    for name, cte in reversed(list(visible.items())):
        if name in needed:
            kept.append(cte.copy())
            needed |= _tables(cte)
    if kept:
        form.set("with_", exp.With(expressions=kept[::-1], recursive=recursive or None))
    return form


def _visible(query: exp.Query) -> list[tuple[exp.Expr, list[exp.Expr]]]:
    """The WITH clauses around a query, inner ones first, each with the CTEs seen from there."""
    found: list[tuple[exp.Expr, list[exp.Expr]]] = []
    below: exp.Expr | None = None
    node: exp.Expr | None = query
    while node is not None:
        with_ = node.args.get("with_")
        if with_ is not None and with_ is not below:
            found.append((with_, list(with_.expressions)))
        elif isinstance(node, exp.With) and below is not None:
            place = next(index for index, cte in enumerate(node.expressions) if cte is below)
            seen = node.expressions[: place + bool(node.args.get("recursive"))]
            found.append((node, list(seen)))
        below, node = node, node.parent
    return found


def _tables(node: exp.Expr) -> set[str]:
    return {table.name.casefold() for table in node.find_all(exp.Table) if not table.db}
