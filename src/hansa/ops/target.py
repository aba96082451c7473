"""Which target a verb means, and opening it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from hansa.core.product import Product
from hansa.core.suggestion import did_you_mean
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target
from hansa.errors import InvalidInput, Place
from hansa.ops.workspace import Workspace
from hansa.projects.variables import expand_variables

DEFAULT = "dev"


class NoTarget(InvalidInput):
    """A verb needs a target and product.yaml names none, or several and none is chosen."""

    slug = "no-target"

    def __init__(self, known: tuple[str, ...], place: Place) -> None:
        self.known = known
        self.place = place
        self.hint = (
            f"choose one with `--target`: {', '.join(known)}"
            if known
            else "add `targets: {dev: duckdb:///.hansa/dev.duckdb}`, or give `--target URL`"
        )

    def __str__(self) -> str:
        if self.known:
            return "several targets are named, and none of them is called `dev`"
        return "no target is named"


class UnknownTarget(InvalidInput):
    """`--target` names nothing in product.yaml and is no URL."""

    slug = "unknown-target"

    def __init__(self, name: str, known: tuple[str, ...], place: Place) -> None:
        self.name = name
        self.place = place
        names = ", ".join(f"`{one}`" for one in known) or "none"
        self.hint = did_you_mean(name, known) or f"targets are: {names}; or give a URL"

    def __str__(self) -> str:
        return f"there is no target `{self.name}`"


def target_url(workspace: Workspace, target: str | None) -> str:
    """The URL of the target that is meant, as product.yaml or `--target` writes it.

    Without a name: the only target, else the one called `dev`. Raises NoTarget, UnknownTarget.
    """
    known = workspace.head.targets
    place = workspace.place_of("product.yaml")
    if target is None:
        if len(known) == 1:
            return next(iter(known.values()))
        if DEFAULT in known:
            return known[DEFAULT]
        raise NoTarget(tuple(known), place)
    if target in known:
        return known[target]
    if "://" in target:
        return target
    raise UnknownTarget(target, tuple(known), place)


@contextmanager
def opened(workspace: Workspace, target: str | None, read_only: bool = False) -> Iterator[Engine]:
    """The open engine of a target; closed at the end whatever happens."""
    url = target_url(workspace, target)
    engine = open_target(url, workspace.directory, workspace.environ, read_only=read_only)
    try:
        yield engine
    finally:
        engine.close()


def with_expanded_paths(product: Product, environ: Mapping[str, str]) -> Product:
    """The product with `${VAR}` in its sources' paths and relations filled in."""
    sources = {
        name: {
            table: replace(
                source,
                path=source.path and expand_variables(source.path, environ, source.place),
                relation=source.relation
                and expand_variables(source.relation, environ, source.place),
            )
            for table, source in tables.items()
        }
        for name, tables in product.sources.items()
    }
    return replace(product, sources=sources)
