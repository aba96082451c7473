"""Which files a run of tests was asked to write, and their contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hansa.core.product import Product
    from hansa.ops.coverage import Covered
    from hansa.testing.runner import TestReport


@dataclass(frozen=True, slots=True)
class WantedReports:
    """Where each report goes, relative to the current directory; None for those not wanted."""

    html: Path | None = None
    cobertura: Path | None = None
    lcov: Path | None = None
    junit: Path | None = None

    @property
    def of_coverage(self) -> bool:
        """Whether some report needs coverage to be measured."""
        return any((self.html, self.cobertura, self.lcov))

    @property
    def places(self) -> tuple[tuple[str, Path], ...]:
        """What is written where, in words."""
        every = (
            ("coverage pages", self.html and self.html / "index.html"),
            ("Cobertura XML", self.cobertura),
            ("LCOV trace", self.lcov),
            ("JUnit XML", self.junit),
        )
        return tuple((what, path) for what, path in every if path is not None)

    def files(
        self, product: Product, report: TestReport, covered: Covered | None
    ) -> Mapping[Path, bytes]:
        """The contents of the wanted files, but for the pages."""
        # most runs write no files, and need nothing of this
        from hansa.cli.reports.cobertura import cobertura_xml
        from hansa.cli.reports.junit import junit_xml
        from hansa.cli.reports.lcov import lcov_trace
        from hansa.cli.reports.paths import report_paths
        from hansa.ops.clock import now

        paths, moment = report_paths(product.label), now()
        found: dict[Path, bytes] = {}
        if self.junit is not None:
            found[self.junit] = junit_xml(product.name, report, paths, moment)
        if covered is None:
            return found
        if self.cobertura is not None:
            found[self.cobertura] = cobertura_xml(covered.report, paths, moment)
        if self.lcov is not None:
            found[self.lcov] = lcov_trace(covered.report, paths)
        return found

    def pages(self, product: Product, report: TestReport, covered: Covered) -> Mapping[str, bytes]:
        """The files of the folder of pages, by name."""
        # templates take their time to load, and most runs write no pages
        from hansa.cli.reports.html import coverage_pages

        return coverage_pages(product, report, covered)
