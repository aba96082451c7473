"""Whether suites of tests with higher coverage kill more mutants, over the example products.

Draws random parts of the tests of each product, measures coverage and the share of mutants that
each part kills, and keeps every point, the rank correlation and a plot: the points as
docs/correlation.csv, the plot as docs/correlation.svg. What one test shows and kills is measured
once, as a part of the tests shows and kills what any of its tests does.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from scatter import Point, write_scatter
from unit_test_projects import Analysed, analyse_examples

from hansa.testing.coverage import CoverageRecorder
from hansa.testing.mutation import Fate, Sample, measure_mutation
from hansa.testing.runner import run_tests

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "correlation.json"
DATA = ROOT / "docs" / "correlation.csv"
PLOT = ROOT / "docs" / "correlation.svg"


@dataclass(frozen=True)
class Known:
    """What each test of a product shows and kills by itself, as numbers, and how many there are."""

    product: str
    shows: list[frozenset[int]]
    kills: list[frozenset[int]]
    obligations: int
    mutants: int


def know(found: Analysed, size: int, seed: int) -> Known:
    """Every test alone on all obligations and on one sample of mutants."""
    recorder = CoverageRecorder(found.product, found.facts, found.interfaces, contexts=True)
    run_tests(found.product, found.facts, found.interfaces, observe=recorder)
    measured = [one for model in recorder.report().models for one in model.obligations]
    sample = Sample(size=size, seed=seed)
    whole = measure_mutation(found.product, found.facts, found.interfaces, sample=sample)
    counting = {
        one.mutant: number
        for number, one in enumerate(one for model in whole.models for one in model.mutants)
        if one.fate in (Fate.KILLED, Fate.SURVIVED)
    }
    shows, kills = [], []
    for test in found.product.tests:
        alone = replace(found.product, tests=(test,))
        report = measure_mutation(alone, found.facts, found.interfaces, sample=sample)
        judged = [one for model in report.models for one in model.mutants]
        killed = {counting[one.mutant] for one in judged if one.fate is Fate.KILLED}
        kills.append(frozenset(killed))
        shown = (at for at, one in enumerate(measured) if test.name in one.tests)
        shows.append(frozenset(shown))
    return Known(found.product.name, shows, kills, len(measured), len(counting))


def draw(known: Known, suites: int, chance: random.Random) -> list[Point]:
    """Random parts of a product's tests, of every size alike, each as one point."""
    points = []
    for _ in range(suites):
        size = chance.randint(1, len(known.shows))
        chosen = chance.sample(range(len(known.shows)), size)
        shown = frozenset[int]().union(*(known.shows[at] for at in chosen))
        killed = frozenset[int]().union(*(known.kills[at] for at in chosen))
        points.append(
            Point(
                known.product,
                size,
                round(100 * len(shown) / known.obligations, 2),
                round(100 * len(killed) / known.mutants, 2),
            )
        )
    return points


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Spearman's: the correlation of ranks, where equal values share the mean of theirs."""
    one, other = _ranks([x for x, _ in pairs]), _ranks([y for _, y in pairs])
    means = sum(one) / len(one), sum(other) / len(other)
    cross = sum((x - means[0]) * (y - means[1]) for x, y in zip(one, other, strict=True))
    spread = sum((x - means[0]) ** 2 for x in one) * sum((y - means[1]) ** 2 for y in other)
    return cross / spread**0.5 if spread else float("nan")


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda at: values[at])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for at in order[start:end]:
            ranks[at] = (start + end - 1) / 2
        start = end
    return ranks


def within_sizes(points: Sequence[Point]) -> float:
    """The mean rank correlation among suites of one product and one size, by their number.

    Larger suites have more coverage and kill more; here the size is the same.
    """
    groups: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for one in points:
        groups.setdefault((one.product, one.tests), []).append((one.coverage, one.killed))
    found = [(rank_correlation(group), len(group)) for group in groups.values() if len(group) > 2]
    known = [(value, count) for value, count in found if value == value]  # NaN is not itself
    return sum(value * count for value, count in known) / sum(count for _, count in known)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suites", type=int, default=60, help="parts drawn of each product")
    parser.add_argument("--mutants", type=int, default=80, help="mutants tried of each product")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    points: list[Point] = []
    by_product = {}
    for found in analyse_examples():
        known = know(found, arguments.mutants, arguments.seed)
        drawn = draw(known, arguments.suites, chance)
        by_product[known.product] = round(
            rank_correlation([(one.coverage, one.killed) for one in drawn]), 3
        )
        print(f"{known.product}: {by_product[known.product]}", flush=True)
        points += drawn
    overall = rank_correlation([(one.coverage, one.killed) for one in points])
    with DATA.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("product", "tests", "coverage", "killed"))
        writer.writerows((one.product, one.tests, one.coverage, one.killed) for one in points)
    PLOT.write_text(write_scatter(points), encoding="utf-8")
    document = {
        "command": f"python benchmarks/bench_correlation.py --suites {arguments.suites} "
        f"--mutants {arguments.mutants} --seed {arguments.seed}",
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "suites": len(points),
        "rank_correlation": round(overall, 3),
        "rank_correlation_within_equal_sizes": round(within_sizes(points), 3),
        "by_product": by_product,
    }
    print(json.dumps(document, indent=2))
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
