"""What `hansa check` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansa.core.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    # a kept result needs none of these, and they are slow to import
    from hansa.core.release import ReleaseName
    from hansa.ops.dependents import Broken
    from hansa.ops.diff import DiffResult
    from hansa.ops.propagation import Propagation


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings in the product's own files, and the comparison with the release before.

    `comparison` is None before the first release, and when the registry could not be read:
    then `unreachable` says why. `broken` names the direct dependents that a major change breaks,
    `reached` every table and column that it reaches in them and in their own dependents.
    """

    product: str
    version: str
    models: int
    findings: tuple[Diagnostic, ...]
    comparison: DiffResult | None = None
    baseline: ReleaseName | None = None
    broken: tuple[Broken, ...] = ()
    reached: Propagation | None = None
    unreachable: str | None = None

    @property
    def sufficient(self) -> bool:
        return self.comparison is None or self.comparison.verdict.sufficient

    @property
    def passed(self) -> bool:
        errors = any(finding.severity is Severity.ERROR for finding in self.findings)
        return not errors and self.sufficient
