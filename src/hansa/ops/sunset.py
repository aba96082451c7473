"""Warns those who pin a major line of its announced end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from hansa.core.release import Deprecation, ReleaseName
from hansa.core.version import line_name
from hansa.errors import HansaError
from hansa.ops.lock import sunset_notice
from hansa.registry.client import Registry

# how long before the end of a line those who pin it are warned
NOTICE = timedelta(days=90)


def is_near(deprecation: Deprecation, today: date) -> bool:
    """Whether a line ends within the time of notice, or has ended."""
    return deprecation.sunset is not None and deprecation.sunset - today <= NOTICE


def sunset_warnings(
    registry: Callable[[], Registry], pins: Iterable[ReleaseName], today: date
) -> tuple[str, ...]:
    """One sentence for each pinned major line that ends soon or has ended.

    None where the registry cannot be asked: what warns must not stop work that needs no
    registry.
    """
    wanted = sorted({(pin.product, line_name(pin.version.line)) for pin in pins})
    found = []
    try:
        for product, line in wanted:
            for deprecation in registry().deprecations(product):
                if deprecation.line == line and is_near(deprecation, today):
                    found.append(sunset_notice(deprecation, today))
    except HansaError:
        return tuple(found)
    return tuple(found)
