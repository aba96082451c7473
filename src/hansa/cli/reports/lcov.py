"""Coverage as an LCOV trace: obligations are the branches of the lines where they start."""

from __future__ import annotations

import re

from hansa.cli.reports.lines import Line, count_lines, count_met
from hansa.cli.reports.paths import ReportPaths
from hansa.testing.coverage import CoverageReport, ModelCoverage

_LINE_BREAKS = re.compile(r"[\r\n\x00]")


def lcov_trace(report: CoverageReport, paths: ReportPaths) -> bytes:
    """The file: one record for each model that has obligations."""
    records = [_record(model, paths) for model in report.models if model.obligations]
    return "".join(records).encode("utf-8", "surrogateescape")


def _record(model: ModelCoverage, paths: ReportPaths) -> str:
    lines = count_lines(model)
    # the format has no way to write a line break in a name
    name = _LINE_BREAKS.sub("?", paths.name(model.path))
    rows = ["TN:", f"SF:{name}"]
    for line in lines:
        rows += _branches(line)
    rows.append(f"BRF:{len(model.obligations)}")
    rows.append(f"BRH:{count_met(model.obligations)}")
    rows += [f"DA:{line.number},{line.hits}" for line in lines]
    rows.append(f"LF:{len(lines)}")
    rows.append(f"LH:{sum(line.hits > 0 for line in lines)}")
    rows.append("end_of_record")
    return "".join(f"{row}\n" for row in rows)


def _branches(line: Line) -> list[str]:
    """`-` says that no test met anything on the line, 0 that none met this outcome."""
    return [
        f"BRDA:{line.number},{block},{branch},{len(one.tests) if line.hits else '-'}"
        for block, outcomes in enumerate(line.branches)
        for branch, one in enumerate(outcomes)
    ]
