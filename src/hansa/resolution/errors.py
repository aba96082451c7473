"""Why requirements cannot be locked."""

from __future__ import annotations

from collections.abc import Sequence

from hansa.core.release import ReleaseName
from hansa.errors import GateRefused


class ResolutionFailed(GateRefused):
    """No choice of releases meets all requirements of `root`.

    `reasons` are the facts that exclude each other, in the order in which they are told;
    `conclusion` is what follows; `products` are the requirements that take part.
    """

    slug = "resolution-failed"

    def __init__(
        self,
        root: str,
        products: Sequence[str],
        reasons: Sequence[str],
        conclusion: str,
        hint: str | None = None,
    ) -> None:
        super().__init__(root, conclusion)
        self.root = root
        self.products = tuple(products)
        self.reasons = tuple(reasons)
        self.conclusion = conclusion
        self.hint = hint

    def __str__(self) -> str:
        return f"because {', and because '.join(self.reasons)}, {self.conclusion}"


class LockedDigestDiffers(GateRefused):
    """The lockfile and the registry disagree on what a release is."""

    slug = "locked-digest-differs"

    def __init__(self, name: ReleaseName, locked: str, registered: str) -> None:
        super().__init__(name, locked, registered)
        self.name = name
        self.locked = locked
        self.registered = registered
        self.hint = (
            "a version never changes its content: ask the owner, and only if the registry is "
            f"right, run `hansa update {name.product}`"
        )

    def __str__(self) -> str:
        return (
            f"`{self.name}` is locked with the digest `{self.locked}`, "
            f"but the registry has `{self.registered}`"
        )
