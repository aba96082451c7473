"""A scatter plot as SVG: coverage of suites of tests against the mutants that they kill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 480
LEFT, TOP, SIDE = 70, 30, 390
# told apart by colour and by shape, for those who see no difference of colours
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#6b5b00")


@dataclass(frozen=True)
class Point:
    """One suite: a part of a product's tests, its coverage and the mutants killed, in percent."""

    product: str
    tests: int
    coverage: float
    killed: float


def write_scatter(points: Sequence[Point]) -> str:
    """The plot, readable on light and on dark ground."""
    return "\n".join(_lines(points)) + "\n"


def _lines(points: Sequence[Point]) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'role="img" aria-labelledby="title" font-family="sans-serif" font-size="13">'
    )
    yield '<title id="title">Coverage of suites of tests, and the mutants that they kill</title>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    yield from _axes()
    names = list(dict.fromkeys(one.product for one in points))
    for number, name in enumerate(names):
        yield f'<g fill="{_COLORS[number]}" fill-opacity="0.55">'
        for one in points:
            if one.product == name:
                yield _mark(number, _x(one.coverage), _y(one.killed))
        yield "</g>"
    yield from _legend(names)
    yield "</svg>"


def _axes() -> Iterator[str]:
    for value in range(0, 101, 20):
        x, y = _x(value), _y(value)
        yield f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{TOP + SIDE}" stroke="#dddddd"/>'
        yield f'<line x1="{LEFT}" y1="{y}" x2="{LEFT + SIDE}" y2="{y}" stroke="#dddddd"/>'
        yield f'<text x="{x}" y="{TOP + SIDE + 20}" text-anchor="middle">{value}%</text>'
        yield f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{value}%</text>'
    middle = LEFT + SIDE / 2
    yield f'<text x="{middle}" y="{TOP + SIDE + 45}" text-anchor="middle">obligations met</text>'
    turned = TOP + SIDE / 2
    yield (
        f'<text x="18" y="{turned}" text-anchor="middle" transform="rotate(-90 18 {turned})">'
        "mutants killed</text>"
    )


def _legend(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        y = TOP + 20 + 26 * number
        x = LEFT + SIDE + 40
        yield f'<g fill="{_COLORS[number]}">{_mark(number, x, y)}</g>'
        yield f'<text x="{x + 16}" y="{y + 5}">{escape(name)}</text>'


def _mark(number: int, x: float, y: float) -> str:
    if number % 3 == 0:
        return f'<circle cx="{x}" cy="{y}" r="4.5"/>'
    if number % 3 == 1:
        return f'<rect x="{x - 4}" y="{y - 4}" width="8" height="8"/>'
    return f'<path d="M{x} {y - 5.5}L{x + 5} {y + 4}L{x - 5} {y + 4}Z"/>'


def _x(percent: float) -> float:
    return round(LEFT + SIDE * percent / 100, 1)


def _y(percent: float) -> float:
    return round(TOP + SIDE * (1 - percent / 100), 1)
