"""Folds many random pairs of versions; ends with 1 when one was ever not restored exactly."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.sql.fold.soundness import check_pairs  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", action="store_true", help="show what was stored apart")
    options = parser.parse_args()
    report = check_pairs(options.pairs, options.seed)
    print(f"{report.pairs} pairs, {len(report.failures)} folded and not restored exactly")
    print(f"{report.folded} folded, {report.merged} of them into a query of their own, ", end="")
    print(f"{report.flagged} with flags for rows", end="")
    print(f"; {report.broken} runs of versions that failed in the engine")
    for name, apart in report.apart.most_common():
        print(f"  {name}: {apart} of {report.tried[name]} stored apart")
        if options.examples and name in report.examples:
            print("    old:", report.examples[name][0], "\n    new:", report.examples[name][1])
    for reason, count in report.reasons.most_common(20):
        print(f"  {count} because {reason}")
    for failure in report.failures[:10]:
        print(f"\nWRONG (`{failure.label}`): {failure.what}")
        print("  " + "\n  ".join(failure.versions) + f"\n  folded: {failure.folded}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
