"""Checks the prover on many random pairs of queries; ends with 1 when it was ever wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.sql.canonical.soundness import check_pairs  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", action="store_true", help="show what was not recognised")
    options = parser.parse_args()
    report = check_pairs(options.pairs, options.seed)
    print(f"{report.pairs} pairs, {len(report.failures)} proven equal although they differ")
    print(f"{report.recognised} of {report.preserving} meaning-preserving edits recognised", end="")
    print(f" ({100 * report.share:.1f} %)")
    print(f"{report.proven_changes} other edits proven to keep the rows; {report.opaque} opaque")
    print(f"{report.broken} runs that failed in the engine")
    for name, missed in report.missed.most_common():
        print(f"  {name}: {missed} of {report.tried[name]} not recognised")
        if options.examples and name in report.examples:
            print("    old:", report.examples[name][0], "\n    new:", report.examples[name][1])
    for failure in report.failures[:10]:
        print(f"\nWRONG ({', '.join(failure.edits)}): {failure.what}")
        print(f"  old: {failure.old}\n  new: {failure.new}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
