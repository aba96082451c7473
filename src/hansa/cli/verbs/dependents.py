"""hansa dependents."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, print_table
from hansa.ops.context import registry_for
from hansa.ops.dependents import Dependent, find_dependents

app = typer.Typer()


@app.command("dependents")
def dependents_verb(
    ctx: typer.Context,
    product: Annotated[
        str | None, typer.Argument(help="A product's name; default: the one in this directory.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every release, not only the newest of each product.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show the releases that require a product."""
    context = registry_for(directory_of(ctx, directory))
    name = context.known_product(product) if product else context.product_name()
    found = find_dependents(context.registry, name, newest_only=not every)
    answer(format, lambda: _json(name, found), lambda: _print(name, found))


def _json(product: str, found: list[Dependent]) -> dict[str, Any]:
    return {
        "product": product,
        "dependents": [
            {
                "release": str(dependent.release.name),
                "requires": dependent.constraint.text,
                "pinned": str(dependent.pinned) if dependent.pinned else None,
                "owner": dependent.release.team,
                "contact": dependent.release.contact,
            }
            for dependent in found
        ],
    }


def _print(product: str, found: list[Dependent]) -> None:
    if not found:
        print_lines(f"no release requires {product}")
        return
    print_table(
        ("release", "requires", "pinned", "owner", "contact"),
        [
            (
                str(dependent.release.name),
                f"{product} {dependent.constraint}",
                str(dependent.pinned or "-"),
                dependent.release.team or "-",
                dependent.release.contact or "-",
            )
            for dependent in found
        ],
    )
