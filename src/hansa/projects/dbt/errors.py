"""What can go wrong when a dbt project's artifacts are read."""

from __future__ import annotations

from collections.abc import Sequence

from hansa.errors import InvalidInput, OutsideUnreachable, Place

COMPILE = "dbt compile --full-refresh"


class DbtManifestMissing(InvalidInput):
    """A dbt project was never compiled, or its manifest was removed; `why` hansa did not."""

    slug = "dbt-manifest-missing"

    def __init__(self, file: str, why: str, command: str = COMPILE) -> None:
        self.place = Place(file)
        self.why = why
        self.hint = f"run `{command}` in the dbt project"

    def __str__(self) -> str:
        return f"the dbt project has no manifest, and {self.why}"


class DbtManifestStale(InvalidInput):
    """A file of a dbt project is newer than its manifest; `why` hansa did not compile it."""

    slug = "dbt-manifest-stale"

    def __init__(self, file: str, newer: str, why: str, command: str = COMPILE) -> None:
        self.place = Place(file)
        self.newer = newer
        self.why = why
        self.hint = f"run `{command}` in the dbt project"

    def __str__(self) -> str:
        return f"`{self.newer}` was changed after dbt wrote the manifest, and {self.why}"


class DbtManifestInvalid(InvalidInput):
    """A manifest or catalog is no JSON document of its kind; `reason` says what is wrong."""

    slug = "dbt-manifest-invalid"
    hint = f"write it anew: `{COMPILE}`"

    def __init__(self, file: str, reason: str) -> None:
        self.place = Place(file)
        self.reason = reason

    def __str__(self) -> str:
        return f"the file is no artifact of dbt: {self.reason}"


class DbtManifestUnsupported(InvalidInput):
    """A manifest has a schema version that hansa does not know."""

    slug = "dbt-manifest-unsupported"

    def __init__(self, file: str, found: str, supported: Sequence[str]) -> None:
        self.place = Place(file)
        self.found = found
        self.supported = tuple(supported)
        self.hint = (
            f"hansa reads {', '.join(supported)}: what dbt 1.6 to 1.11 and dbt 2 write; "
            "compile the project with one of these"
        )

    def __str__(self) -> str:
        return f"the manifest has the schema version {self.found}, which hansa does not know"


class DbtNotCompiled(InvalidInput):
    """A manifest has no compiled SQL: `dbt parse`, `dbt ls` and others write such ones."""

    slug = "dbt-not-compiled"
    hint = f"run `{COMPILE}`; `dbt parse` and `dbt ls` overwrite the manifest without SQL"

    def __init__(self, file: str) -> None:
        self.place = Place(file)

    def __str__(self) -> str:
        return "the manifest holds no compiled SQL"


class DbtAdapterUnknown(InvalidInput):
    """A manifest was written for an adapter whose SQL dialect hansa does not know."""

    slug = "dbt-adapter-unknown"
    hint = "write `dialect:` into product.yaml, with the name that sqlglot gives the dialect"

    def __init__(self, file: str, adapter: str) -> None:
        self.place = Place(file)
        self.adapter = adapter

    def __str__(self) -> str:
        return f"the SQL dialect of the dbt adapter `{self.adapter}` is not known"


class NotADbtProject(InvalidInput):
    """A directory that product.yaml names as a dbt project has no dbt_project.yml."""

    slug = "not-a-dbt-project"
    hint = "write `dbt: {project: DIRECTORY}` with the directory of dbt_project.yml"

    def __init__(self, directory: str, place: Place | None = None) -> None:
        self.directory = directory
        self.place = place

    def __str__(self) -> str:
        return f"there is no dbt_project.yml in `{self.directory}`"


class DbtCompileFailed(OutsideUnreachable):
    """`dbt compile` ended with an error; `output` is the end of what it printed."""

    slug = "dbt-compile-failed"

    def __init__(self, directory: str, command: str, output: str) -> None:
        self.place = Place(directory)
        self.command = command
        self.output = output
        self.hint = f"run `{command}` there and mend what it reports"

    def __str__(self) -> str:
        return f"`{self.command}` failed: {self.output}"
