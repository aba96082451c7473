"""Choose a release for every requirement, and write hansa.lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hansa.core.release import Deprecation, Locked, Lockfile
from hansa.core.version import Constraint, line_name
from hansa.errors import GateRefused, InvalidInput
from hansa.ops.workspace import Workspace
from hansa.projects.lockfile import write_lockfile
from hansa.resolution.resolver import resolve

LOCKFILE = "hansa.lock"


class LockNotCurrent(GateRefused):
    """`--locked` was given and the lockfile would change."""

    slug = "lock-not-current"
    hint = "run `hansa lock` and commit hansa.lock"

    def __init__(self, products: tuple[str, ...]) -> None:
        self.products = products

    def __str__(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.products)
        return f"hansa.lock is out of date for {names}, and `--locked` was given"


class NotRequired(InvalidInput):
    """A verb names a product that product.yaml does not require."""

    slug = "not-required"

    def __init__(self, product: str, required: tuple[str, ...]) -> None:
        self.product = product
        names = ", ".join(f"`{name}`" for name in required) or "none"
        self.hint = f"required are: {names}"

    def __str__(self) -> str:
        return f"this product does not require `{self.product}`"


@dataclass(frozen=True, slots=True)
class Move:
    """How the pin of one requirement changes; `before` or `after` is None when it comes or goes."""

    product: str
    before: Locked | None
    after: Locked | None


@dataclass(frozen=True, slots=True)
class LockResult:
    """The new lockfile, what changed in it, and announced ends of lines that it pins."""

    lockfile: Lockfile
    moves: tuple[Move, ...]
    deprecations: Mapping[str, Deprecation] = field(default_factory=dict)


def lock(
    workspace: Workspace, *, upgrade: frozenset[str] = frozenset(), locked_only: bool = False
) -> LockResult:
    """Resolve the requirements; pins that still fit stay unless `upgrade` names them.

    Writes hansa.lock when it changes. Raises ResolutionFailed, NotRequired for an unknown
    name in `upgrade`, and LockNotCurrent when `locked_only` and something would change.
    """
    requires = {item.product: item.constraint for item in workspace.head.requires}
    for name in sorted(upgrade - set(requires)):
        raise NotRequired(name, tuple(requires))
    chosen = _resolve(workspace, requires, upgrade)
    before = workspace.lockfile
    after = Lockfile(chosen, {name: constraint.text for name, constraint in requires.items()})
    moves = _moves(before, after)
    changed = moves or (dict(before.constraints) != dict(after.constraints))
    if changed and locked_only:
        names = tuple(move.product for move in moves) or tuple(requires)
        raise LockNotCurrent(names)
    if changed:
        workspace.write(LOCKFILE, write_lockfile(after))
    return LockResult(after, moves, deprecations_of(workspace, after))


def _resolve(
    workspace: Workspace, requires: Mapping[str, Constraint], upgrade: frozenset[str]
) -> Mapping[str, Locked]:
    if not requires:
        return {}
    return resolve(
        workspace.head.name or "",
        requires,
        workspace.registry,
        locked=workspace.lockfile.locked,
        upgrade=upgrade,
        allow_skew=workspace.head.allow_skew,
    )


def _moves(before: Lockfile, after: Lockfile) -> tuple[Move, ...]:
    names = sorted({*before.locked, *after.locked})
    moves = (Move(name, before.locked.get(name), after.locked.get(name)) for name in names)
    return tuple(move for move in moves if move.before != move.after)


def deprecations_of(workspace: Workspace, lockfile: Lockfile) -> Mapping[str, Deprecation]:
    """For each pinned product whose major line has an announced end: that announcement."""
    announced = {}
    for name, pin in lockfile.locked.items():
        for deprecation in workspace.registry.deprecations(name):
            if deprecation.line == line_name(pin.version.line):
                announced[name] = deprecation
    return announced


def sunset_notice(deprecation: Deprecation, today: date) -> str:
    """What a consumer of a deprecated line is told."""
    name = f"`{deprecation.product}` {deprecation.line}.x is deprecated"
    if deprecation.sunset:
        days = (deprecation.sunset - today).days
        when = f"in {days} days" if days > 0 else "passed"
        name += f", sunset {deprecation.sunset.isoformat()} ({when})"
    return f"{name}: {deprecation.message}" if deprecation.message else name
