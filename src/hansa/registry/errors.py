"""What can go wrong with a registry, a release or a bundle."""

from __future__ import annotations

from collections.abc import Sequence

from hansa.core.release import ReleaseName
from hansa.core.suggestion import did_you_mean
from hansa.core.version import Version
from hansa.errors import GateRefused, InvalidInput, OutsideUnreachable

SHOWN_VERSIONS = 5


class BundleInvalid(InvalidInput):
    """A bundle, or what should become one, breaks a rule; `path` is the file in it, if any."""

    slug = "bundle-invalid"

    def __init__(self, reason: str, path: str | None = None, hint: str | None = None) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path
        self.hint = hint or "ask the owner of the release to publish it again under a new version"

    def __str__(self) -> str:
        if self.path is None:
            return f"the bundle is not valid: {self.reason}"
        return f"the bundle is not valid: `{_printable(self.path)}` {self.reason}"


class UnknownProduct(InvalidInput):
    """No release of that product is in the registry."""

    slug = "unknown-product"

    def __init__(self, product: str, known: Sequence[str], registry: str) -> None:
        super().__init__(product)
        self.product = product
        self.known = tuple(known)
        self.registry = registry
        self.hint = did_you_mean(product, known) or "look for its name with its owner"

    def __str__(self) -> str:
        return f"no product `{self.product}` is in the registry `{self.registry}`"


class UnknownRelease(InvalidInput):
    """The product is known, the version is not; `versions` are all that are, oldest first."""

    slug = "unknown-release"

    def __init__(self, name: ReleaseName, versions: Sequence[Version]) -> None:
        super().__init__(name)
        self.name = name
        self.versions = tuple(versions)
        shown = ", ".join(str(version) for version in self.versions[-SHOWN_VERSIONS:])
        self.hint = f"the newest versions of `{name.product}` are {shown}"

    def __str__(self) -> str:
        return f"`{self.name.product}` has no release `{self.name.version}`"


class UnknownLine(InvalidInput):
    """A product has no release of that major line; `lines` are those it has."""

    slug = "unknown-line"

    def __init__(self, product: str, line: str, lines: Sequence[str]) -> None:
        super().__init__(product, line)
        self.product = product
        self.line = line
        self.lines = tuple(lines)
        self.hint = "its major lines are " + ", ".join(f"`{known}`" for known in lines)

    def __str__(self) -> str:
        return f"`{self.product}` has no release of the major line `{self.line}`"


class VersionAlreadyPublished(GateRefused):
    """A version can be published once; `same` tells that it holds the very same content."""

    slug = "version-already-published"

    def __init__(self, name: ReleaseName, same: bool) -> None:
        super().__init__(name)
        self.name = name
        self.same = same
        self.hint = (
            "nothing is left to do: the published release has the same content"
            if same
            else "raise the version with `hansa version --bump` and publish again"
        )

    def __str__(self) -> str:
        return f"`{self.name}` is already published, and a version can be published once"


class RequirementNotPublished(GateRefused):
    """A bundle is locked to a release that the registry does not have with that digest."""

    slug = "requirement-not-published"

    def __init__(self, name: ReleaseName, required: ReleaseName, registered: str | None) -> None:
        super().__init__(name, required)
        self.name = name
        self.required = required
        self.registered = registered
        self.hint = "run `hansa lock` against this registry, test, and publish again"

    def __str__(self) -> str:
        if self.registered is None:
            return (
                f"`{self.name}` is locked to `{self.required}`, which this registry does not have"
            )
        return (
            f"`{self.name}` is locked to `{self.required}` with another digest "
            f"than this registry has, `{self.registered}`"
        )


class DigestMismatch(GateRefused):
    """The content of a release is not what was expected; it must not be used."""

    slug = "digest-mismatch"

    def __init__(self, name: ReleaseName, expected: str, actual: str) -> None:
        super().__init__(name, expected, actual)
        self.name = name
        self.expected = expected
        self.actual = actual
        self.hint = (
            "somebody changed the release or the lockfile: ask the owner, and only if the new "
            f"content is right, run `hansa update {name.product}`"
        )

    def __str__(self) -> str:
        return (
            f"`{self.name}` was expected to have the digest `{self.expected}`, "
            f"but it has `{self.actual}`"
        )


class RegistryNotFound(OutsideUnreachable):
    """A registry that was named does not exist."""

    slug = "registry-not-found"
    hint = "check `registry` in product.yaml; a first `hansa publish` creates the directory"

    def __init__(self, registry: str) -> None:
        super().__init__(registry)
        self.registry = registry

    def __str__(self) -> str:
        return f"there is no registry at `{self.registry}`"


class _RegistryTrouble(OutsideUnreachable):
    """The words that errors about one registry share."""

    what = "cannot be used"

    def __init__(self, registry: str, reason: str) -> None:
        super().__init__(registry, reason)
        self.registry = registry
        self.reason = reason

    def __str__(self) -> str:
        return f"the registry `{self.registry}` {self.what}: {self.reason}"


class RegistryUnwritable(_RegistryTrouble):
    """Nothing was written, because the place does not let us or is full."""

    slug = "registry-unwritable"
    what = "cannot be written"
    hint = "free space, or ask for the right to write there; nothing was changed"


class RegistryUnreadable(_RegistryTrouble):
    """The registry is there, but may not be read."""

    slug = "registry-unreadable"
    what = "cannot be read"
    hint = "ask for the right to read that directory"


class RegistryDamaged(_RegistryTrouble):
    """What the registry holds contradicts itself or cannot be decoded."""

    slug = "registry-damaged"
    what = "is damaged"
    hint = "restore the directory from a backup; releases that are intact stay readable"


class RegistryBusy(_RegistryTrouble):
    """Others kept the registry locked for as long as we were willing to wait."""

    slug = "registry-busy"
    what = "is busy"
    hint = "try again; if nobody else publishes, look for a process that hangs"


class RegistryTooNew(_RegistryTrouble):
    """A later version of hansa changed the registry's layout."""

    slug = "registry-too-new"
    what = "was written by a newer hansa"
    hint = "upgrade hansa"


class RegistryKindUnsupported(InvalidInput):
    """The address is well formed, but this version cannot reach that kind of registry."""

    slug = "registry-kind-unsupported"
    hint = "name a directory, as a path or as a file:// URL"

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address

    def __str__(self) -> str:
        return f"registries such as `{self.address}` are not yet supported by this version of hansa"


def _printable(path: str) -> str:
    """An untrusted name as one line that cannot steer a terminal."""
    text = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
