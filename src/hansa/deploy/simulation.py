"""What a target's state becomes, computed without touching the target."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from hansa.core.release import ReleaseName
from hansa.deploy.definition import Definition
from hansa.deploy.liveness import removable
from hansa.deploy.state import LiveRelease, ObjectRecord, TargetState, Use

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What goes when nothing keeps it: releases, dependents first, and stored objects."""

    removed: tuple[LiveRelease, ...] = ()
    unused: tuple[ObjectRecord, ...] = ()

    @property
    def bytes(self) -> int:
        """What dropping the unused objects frees, as far as it is known."""
        return sum(record.bytes or 0 for record in self.unused)


def settlement(
    state: TargetState, product: str, products: Container[str] | None = None
) -> Settlement:
    """What nothing keeps in this state: of the product, and of those that it pinned.

    With `products`, releases of others stay.
    """
    removed = removable(state.releases, products)
    names = {release.name for release in removed}
    losers = {product, *(name.product for name in names)}
    return Settlement(removed, unused(without(state, names), losers))


def unused(state: TargetState, products: Collection[str]) -> tuple[ObjectRecord, ...]:
    """The stored objects of these products that no live release reads."""
    used = {(use.release.product, use.relation) for use in state.uses}
    return tuple(
        record
        for key, record in sorted(state.objects.items())
        if record.product in products and key not in used
    )


def without(state: TargetState, names: Iterable[ReleaseName]) -> TargetState:
    """The state when these releases are no longer live; stored objects stay."""
    gone = set(names)
    return replace(
        state,
        releases=tuple(release for release in state.releases if release.name not in gone),
        uses=tuple(use for use in state.uses if use.release not in gone),
    )


def with_release(state: TargetState, definition: Definition, kept: bool) -> TargetState:
    """The state when this release is live, in place of one of the same name."""
    before = without(state, [definition.name])
    live = LiveRelease(
        definition.name,
        definition.digest,
        _LONG_AGO,
        kept,
        definition.pins,
        msgspec.json.encode(definition, order="deterministic").decode(),
    )
    public = {table.relation: table.contract.name for table in definition.tables}
    uses = [
        Use(definition.name, item.relation, public.get(item.relation))
        for item in definition.objects
    ]
    return replace(
        before,
        releases=tuple(sorted((*before.releases, live), key=lambda release: release.name)),
        uses=(*before.uses, *uses),
    )
