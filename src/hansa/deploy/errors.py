"""What deploying, running and retiring refuse, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hansa.core.release import ReleaseName
from hansa.errors import GateRefused, HansaError, InvalidInput, OutsideUnreachable, Place


class RequirementNotLive(GateRefused):
    """A release that this one pins cannot be read in the target."""

    slug = "requirement-not-live"

    def __init__(self, release: ReleaseName, pinned: ReleaseName, target: str) -> None:
        self.release = release
        self.pinned = pinned
        self.target = target
        self.hint = f"run `hansa deploy {pinned}` into that target first"

    def __str__(self) -> str:
        return f"`{self.release}` pins `{self.pinned}`, which is not live in `{self.target}`"


class RequirementNotPinned(GateRefused):
    """A release reads a product for which no exact release was chosen."""

    slug = "requirement-not-pinned"
    hint = "run `hansa lock`"

    def __init__(self, release: ReleaseName, product: str) -> None:
        self.release = release
        self.product = product

    def __str__(self) -> str:
        return f"`{self.release}` reads `{self.product}`, of which its lockfile pins no release"


class ReleaseDiffers(GateRefused):
    """Another content is live under the same version."""

    slug = "release-differs"
    hint = "give the changed product a new version with `hansa version --bump`"

    def __init__(self, release: ReleaseName, live: str, given: str) -> None:
        self.release = release
        self.live = live
        self.given = given

    def __str__(self) -> str:
        return f"`{self.release}` is live with another content ({self.live[:19]}…)"


class ForeignObjects(GateRefused):
    """A schema of a name that hansa needs holds relations that hansa did not make."""

    slug = "foreign-objects"
    hint = "move them to another schema, or deploy into another target"

    def __init__(self, schema: str, relations: tuple[str, ...]) -> None:
        self.schema = schema
        self.relations = relations

    def __str__(self) -> str:
        shown = ", ".join(f"`{name}`" for name in self.relations[:5])
        more = f" and {len(self.relations) - 5} more" if len(self.relations) > 5 else ""
        return f"the schema `{self.schema}` holds what hansa did not make: {shown}{more}"


class StateTooNew(InvalidInput):
    """The target was written by a newer hansa."""

    slug = "state-too-new"
    hint = "install the newer hansa that wrote it"

    def __init__(self, target: str, found: int, known: int) -> None:
        self.target = target
        self.found = found
        self.known = known

    def __str__(self) -> str:
        return (
            f"the state in `{self.target}` has format {self.found},"
            f" this hansa knows formats up to {self.known}"
        )


class StateDamaged(OutsideUnreachable):
    """What hansa keeps in the target cannot be read."""

    slug = "state-damaged"
    hint = "restore the target from a copy, or drop the schema `hansa` and deploy again"

    def __init__(self, target: str, reason: str) -> None:
        self.target = target
        self.reason = reason

    def __str__(self) -> str:
        return f"the state in `{self.target}` cannot be read: {self.reason}"


class TableWithoutModel(GateRefused):
    """The contract lists a table that no model makes."""

    slug = "table-without-model"

    def __init__(self, release: ReleaseName, table: str) -> None:
        self.release = release
        self.table = table
        self.hint = f"add models/{table}.sql, or take the table out of contract.yaml"

    def __str__(self) -> str:
        return f"the contract of `{self.release}` lists `{self.table}`, which no model makes"


class NameTooLong(GateRefused):
    """A column has a longer name than the engine takes."""

    slug = "name-too-long"

    def __init__(
        self, table: str, column: str, engine: str, limit: int, place: Place | None = None
    ) -> None:
        self.table = table
        self.column = column
        self.engine = engine
        self.limit = limit
        self.place = place
        self.hint = f"give the column a name of at most {limit} bytes"

    def __str__(self) -> str:
        return (
            f"the column `{self.column}` of `{self.table}` has a name of"
            f" {len(self.column.encode())} bytes, {self.engine} takes at most {self.limit}"
        )


class ModelFailed(GateRefused):
    """The SQL of a model could not be run on the data that is there."""

    slug = "model-failed"
    hint = "mend the model or the data it reads; readers still see the old data"

    def __init__(self, model: str, file: str, reason: str) -> None:
        self.model = model
        self.file = file
        self.reason = reason

    def __str__(self) -> str:
        return f"the model `{self.model}` ({self.file}) failed: {self.reason}"


class ModelsFailed(GateRefused):
    """Several relations that were being built at once failed."""

    slug = "models-failed"
    hint = "mend them or the data they read; readers still see the old data"

    def __init__(self, failures: tuple[HansaError, ...]) -> None:
        self.failures = failures

    def __str__(self) -> str:
        return f"{len(self.failures)} failed: " + "; ".join(str(one) for one in self.failures)


class SourceUnreadable(OutsideUnreachable):
    """A source's files or relation are not there or do not have the declared columns."""

    slug = "source-unreadable"

    def __init__(self, source: str, origin: str, reason: str) -> None:
        self.source = source
        self.origin = origin
        self.reason = reason
        self.hint = f"see that `{origin}` is there and has the columns that product.yaml declares"

    def __str__(self) -> str:
        return f"the source `{self.source}` (`{self.origin}`) cannot be read: {self.reason}"


class NothingLive(InvalidInput):
    """A product has no live release in the target."""

    slug = "nothing-live"

    def __init__(self, product: str, target: str, live: tuple[str, ...]) -> None:
        self.product = product
        self.target = target
        names = ", ".join(f"`{name}`" for name in live)
        self.hint = "run `hansa deploy` first"
        if names:
            self.hint += f"; live there are: {names}"

    def __str__(self) -> str:
        return f"no release of `{self.product}` is live in `{self.target}`"


class NothingToRollBack(InvalidInput):
    """No run has replaced data since the last deployment or rollback."""

    slug = "nothing-to-roll-back"
    hint = "the data before the last run is kept until the next run, deployment or rollback"

    def __init__(self, product: str, target: str) -> None:
        self.product = product
        self.target = target

    def __str__(self) -> str:
        return f"no earlier data of `{self.product}` is kept in `{self.target}`"


class NotLive(InvalidInput):
    """A release or a major line is not live in the target."""

    slug = "not-live"

    def __init__(self, name: str, target: str, live: tuple[str, ...]) -> None:
        self.name = name
        self.target = target
        names = ", ".join(f"`{item}`" for item in live)
        self.hint = f"live there are: {names}" if names else "nothing of that product is live there"

    def __str__(self) -> str:
        return f"`{self.name}` is not live in `{self.target}`"


@dataclass(frozen=True, slots=True)
class Dependent:
    """A live release that pins another one, who owns it, and since when it is live."""

    name: ReleaseName
    team: str
    since: datetime

    def __str__(self) -> str:
        owner = f"team {self.team}, " if self.team else ""
        return f"`{self.name}` ({owner}since {self.since:%Y-%m-%d})"


class StillPinned(GateRefused):
    """Live releases of dependents read what is to be retired."""

    slug = "still-pinned"
    hint = "deploy releases of them that require a newer line, or retire them first"

    def __init__(self, release: ReleaseName, dependents: tuple[Dependent, ...]) -> None:
        self.release = release
        self.dependents = dependents

    def __str__(self) -> str:
        names = ", ".join(map(str, self.dependents))
        return f"`{self.release}` cannot be retired: it is pinned by {names}"
