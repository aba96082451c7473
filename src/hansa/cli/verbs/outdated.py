"""hansa outdated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from hansa.cli.figures import figures_json
from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, print_table
from hansa.ops.clock import today
from hansa.ops.graph import outdated
from hansa.ops.lock import sunset_notice
from hansa.ops.workspace import Workspace
from hansa.resolution.graph import Outdated

app = typer.Typer()


@app.command("outdated")
def outdated_verb(
    ctx: typer.Context,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show which requirements have newer releases."""
    found = outdated(Workspace(directory_of(ctx, directory)))
    answer(format, lambda: _json(found), lambda: _print(found))


def _json(found: Sequence[Outdated]) -> dict[str, Any]:
    return {
        "requirements": [
            {
                "product": one.product,
                "constraint": str(one.constraint),
                "locked": str(one.current) if one.current else None,
                "update_to": str(one.newest_in_range) if one.newest_in_range else None,
                "newest": str(one.newest) if one.newest else None,
                "behind": one.behind,
                "figures": figures_json(one.figures),
                "yanked": one.yanked,
                "deprecated": one.deprecation is not None,
                "sunset": one.deprecation.sunset.isoformat()
                if one.deprecation and one.deprecation.sunset
                else None,
            }
            for one in found
        ]
    }


def _print(found: Sequence[Outdated]) -> None:
    behind = [one for one in found if one.behind]
    if not behind:
        print_lines("every requirement is at its newest release")
        return
    print_table(
        ("product", "requires", "locked", "update to", "newest", "its owner states", ""),
        [
            (
                one.product,
                str(one.constraint),
                str(one.current or "-"),
                str(one.newest_in_range or "-"),
                str(one.newest or "-"),
                str(one.figures or "-"),
                _note(one),
            )
            for one in behind
        ],
    )


def _note(one: Outdated) -> str:
    notes = []
    if one.yanked:
        notes.append("locked release is yanked")
    if one.deprecation:
        notes.append(sunset_notice(one.deprecation, today()))
    if one.newest and one.newest != one.newest_in_range:
        notes.append(f"{one.newest} needs another constraint")
    return "; ".join(notes)
