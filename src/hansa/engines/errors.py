"""What can go wrong between hansa and a target."""

from __future__ import annotations

from hansa.errors import GateRefused, HansaError, InvalidInput, OutsideUnreachable, Place


class InvalidTarget(InvalidInput):
    """A target's address cannot be understood."""

    slug = "invalid-target"

    def __init__(self, url: str, reason: str, hint: str) -> None:
        self.url = url
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"the target `{self.url}` {self.reason}"


class UnknownFileFormat(InvalidInput):
    """A source's path does not tell which kind of file it is."""

    slug = "unknown-file-format"
    hint = "name a .csv, .tsv, .parquet, .json, .jsonl or .ndjson file"

    def __init__(self, path: str) -> None:
        self.path = path

    def __str__(self) -> str:
        return f"the file format of the source `{self.path}` is not known"


class TargetBusy(OutsideUnreachable):
    """Somebody else is writing to the target, and did not finish in time.

    `holder` says who, where that is known.
    """

    slug = "target-busy"
    hint = "wait until the other process is done, or end it, then try again"

    def __init__(self, url: str, holder: str | None, waited: float) -> None:
        self.url = url
        self.holder = holder
        self.waited = waited

    def __str__(self) -> str:
        who = self.holder or "another process"
        return f"the target `{self.url}` is in use by {who}, waited {self.waited:g} seconds"


class TargetUnreachable(OutsideUnreachable):
    """The target cannot be opened: it is not there, not a database, or not ours to read."""

    slug = "target-unreachable"

    def __init__(self, url: str, reason: str, hint: str | None = None) -> None:
        self.url = url
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"the target `{self.url}` cannot be opened: {self.reason}"


class TargetMissing(OutsideUnreachable):
    """There is no database at the target's address yet, and it was to be read only."""

    slug = "target-missing"
    hint = "run `hansa deploy` first"

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return f"the target `{self.url}` cannot be opened: there is no such file"


class TargetFailed(OutsideUnreachable):
    """The target failed in the middle of its work: a full disk, a lost file, no memory left."""

    slug = "target-failed"
    hint = "mend what the message names and run the command again, it goes on from a sound state"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"the target `{self.url}` failed: {self.reason}"


class StatementFailed(HansaError):
    """The target refused one statement: what it says of names, types or values is wrong.

    Callers that know what the statement was for say so in an error of their own.
    """

    slug = "statement-failed"
    exit_code = 1

    def __init__(self, reason: str, sql: str) -> None:
        self.reason = reason
        self.sql = sql

    def __str__(self) -> str:
        return f"the target refused a statement: {self.reason}"


class StillRead(GateRefused):
    """Something that hansa did not make reads what is to be dropped or made anew."""

    slug = "still-read"
    hint = "let it read the schema of a major line instead, or drop it"

    def __init__(self, relation: str, readers: tuple[str, ...], reason: str = "") -> None:
        self.relation = relation
        self.readers = readers
        self.reason = reason

    def __str__(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.readers) or "something else"
        if self.reason:
            return f"`{self.relation}` changes, and {names} cannot follow: {self.reason}"
        return f"`{self.relation}` cannot be dropped, as {names} depends on it"


class TypeLacking(GateRefused):
    """The engine has no type that holds what another one's type holds."""

    slug = "type-lacking"
    hint = "promise a type that the engine has, such as decimal(38,0) for large whole numbers"

    def __init__(
        self, kind: str, engine: str, column: str | None = None, place: Place | None = None
    ) -> None:
        self.kind = kind
        self.engine = engine
        self.column = column
        self.place = place

    def __str__(self) -> str:
        if self.column is None:
            return f"{self.engine} has no type `{self.kind}`"
        promised = f"the contract promises for `{self.column}`"
        return f"{self.engine} has no type `{self.kind}`, which {promised}"
