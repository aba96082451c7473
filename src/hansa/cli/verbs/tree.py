"""hansa tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from hansa.cli.figures import figures_json
from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines
from hansa.ops.graph import TreeResult, tree
from hansa.ops.workspace import Workspace
from hansa.resolution.graph import Dependency

app = typer.Typer()


@app.command("tree")
def tree_verb(
    ctx: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what owners state about their tests.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show the graph of pinned releases."""
    result = tree(Workspace(directory_of(ctx, directory)))
    answer(format, lambda: _json(result), lambda: _print(result, verbose))


def _json(result: TreeResult) -> dict[str, Any]:
    return {
        "product": result.product.product,
        "version": str(result.product.version),
        "requires": [_dependency_json(dependency) for dependency in result.dependencies],
    }


def _dependency_json(dependency: Dependency) -> dict[str, Any]:
    return {
        "product": dependency.name.product,
        "version": str(dependency.name.version),
        "constraint": str(dependency.constraint) if dependency.constraint else None,
        "yanked": dependency.yanked,
        "missing": dependency.missing,
        "changed": dependency.changed,
        "repeated": dependency.repeated,
        "figures": figures_json(dependency.figures),
        "requires": [_dependency_json(child) for child in dependency.children],
    }


def _print(result: TreeResult, verbose: bool) -> None:
    print_lines(f"{result.product.product} {result.product.version}", style="bold")
    print_lines(*_branches(result.dependencies, "", verbose))


def _branches(dependencies: Sequence[Dependency], indent: str, verbose: bool) -> Iterator[str]:
    for index, dependency in enumerate(dependencies):
        last = index == len(dependencies) - 1
        yield f"{indent}{'└── ' if last else '├── '}{_words(dependency, verbose)}"
        yield from _branches(dependency.children, indent + ("    " if last else "│   "), verbose)


def _words(dependency: Dependency, verbose: bool) -> str:
    words = f"{dependency.name.product} {dependency.name.version}"
    if dependency.constraint:
        words += f"  ({dependency.constraint})"
    if verbose and dependency.figures:
        words += f"  {dependency.figures}"
    marks = {
        "yanked": dependency.yanked,
        "not in the registry": dependency.missing,
        "changed since it was locked": dependency.changed,
        "shown above": dependency.repeated,
    }
    shown = [mark for mark, is_so in marks.items() if is_so]
    return words + (f"  [{', '.join(shown)}]" if shown else "")
