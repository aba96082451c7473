"""What can go wrong when a product's files are read or written."""

from __future__ import annotations

from collections.abc import Sequence

from hansa.core.diagnostic import Diagnostic
from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput, OutsideUnreachable, Place


class FilesInvalid(InvalidInput):
    """Files break rules; `diagnostics` holds every problem, in the order of places."""

    slug = "files-invalid"

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = tuple(diagnostics)
        self.place = self.diagnostics[0].place
        self.hint = self.diagnostics[0].hint

    def __str__(self) -> str:
        first = self.diagnostics[0].message
        others = len(self.diagnostics) - 1
        if not others:
            return first
        return f"{first}, and {others} more {'problem' if others == 1 else 'problems'}"


class ProductInvalid(FilesInvalid):
    """A product's own files break rules."""

    slug = "product-invalid"


class NotAProduct(InvalidInput):
    """A directory holds no product.yaml; `nearby` are directories that do."""

    slug = "not-a-product"

    def __init__(self, directory: str, nearby: Sequence[str] = ()) -> None:
        super().__init__(directory)
        self.directory = directory
        self.nearby = tuple(nearby)
        if self.nearby:
            self.hint = "run the command with " + " or ".join(f"`-C {path}`" for path in nearby)
        else:
            self.hint = "run `hansa init` to start a product here"

    def __str__(self) -> str:
        return f"there is no product.yaml in `{self.directory}`"


class DirectoryMissing(InvalidInput):
    """A product directory does not exist, or is a file."""

    slug = "directory-missing"
    hint = "name an existing directory with `-C`"

    def __init__(self, directory: str, is_file: bool = False) -> None:
        super().__init__(directory)
        self.directory = directory
        self.is_file = is_file

    def __str__(self) -> str:
        if self.is_file:
            return f"`{self.directory}` is a file, not a product directory"
        return f"the directory `{self.directory}` does not exist"


class FileUnreadable(OutsideUnreachable):
    """A file of a product exists and cannot be read; `reason` is the system's."""

    slug = "file-unreadable"
    hint = "check that the file exists and that you may read it"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(file, reason)
        self.place = Place(file)
        self.reason = reason

    def __str__(self) -> str:
        return f"the file cannot be read: {self.reason}"


class NotARepository(InvalidInput):
    """A git revision was asked for outside a git repository, or without git."""

    slug = "not-a-repository"
    hint = "run the command inside a git checkout of the product"

    def __init__(self, directory: str) -> None:
        super().__init__(directory)
        self.directory = directory

    def __str__(self) -> str:
        return f"`{self.directory}` is not in a git repository"


class UnknownRevision(InvalidInput):
    """A git repository has no such commit, branch or tag."""

    slug = "unknown-revision"
    hint = "name a commit, branch or tag that `git log` shows"

    def __init__(self, revision: str) -> None:
        super().__init__(revision)
        self.revision = revision

    def __str__(self) -> str:
        return f"`{self.revision}` is not a revision of this git repository"


class UndefinedVariable(InvalidInput):
    """A text uses `${NAME}` and the environment has no such variable."""

    slug = "undefined-variable"

    def __init__(self, name: str, known: Sequence[str] = (), place: Place | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.place = place
        self.hint = did_you_mean(name, known) or f"set it: `export {name}=…`"

    def __str__(self) -> str:
        return f"the environment variable `{self.name}` is not set"


class LockfileInvalid(InvalidInput):
    """hansa.lock cannot be read; `reason` says which rule it breaks."""

    slug = "lockfile-invalid"
    hint = "restore hansa.lock from version control, or delete it and run `hansa lock`"

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place

    def __str__(self) -> str:
        return f"the lockfile is not valid: {self.reason}"


class UneditableFile(InvalidInput):
    """A file is valid, and written in a way that an edit cannot keep."""

    slug = "uneditable-file"

    def __init__(self, file: str, reason: str, hint: str) -> None:
        super().__init__(file, reason)
        self.place = Place(file)
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"the file cannot be edited: {self.reason}"
