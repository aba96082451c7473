"""What owners state about the tests of their releases, as JSON."""

from __future__ import annotations

from hansa.core.release import Figures


def figures_json(figures: Figures | None) -> dict[str, float | None] | None:
    """The figures in their stable JSON shape; None where a release states none."""
    if figures is None:
        return None
    return {
        "coverage": figures.coverage,
        "asserted": figures.asserted,
        "mutation": figures.mutation,
    }
