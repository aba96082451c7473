"""Coverage as pages for a browser: an index, and a page a model with its SQL marked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

from hansa import __version__
from hansa.cli.coverage import percent_words
from hansa.cli.reports.marks import Mark, MarkedLine, find_marks, mark_lines
from hansa.core.product import Product
from hansa.ops.coverage import Covered
from hansa.sql.coverage.extents import Extents
from hansa.testing.change_coverage import ChangedModel
from hansa.testing.contexts import Context
from hansa.testing.coverage import Coverage, ModelCoverage
from hansa.testing.runner import TestReport

_FOLDER = files("hansa.cli.reports") / "pages"
_TEMPLATES = ("base.html", "index.html", "model.html")
_ASSETS = ("coverage.css", "coverage.js")
_SIGNS = {Coverage.MET: "✓", Coverage.UNMET: "✗", Coverage.UNMEASURABLE: "?"}
_WORDS = {
    Coverage.MET: "met",
    Coverage.UNMET: "not met",
    Coverage.UNMEASURABLE: "not measurable",
}
# control characters as the pictures that Unicode has for them
_PICTURES = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)}


@dataclass(frozen=True)
class ModelPage:
    """What the page of one model shows; `change` is there when its file has new lines."""

    coverage: ModelCoverage
    text: str
    dialect: str
    change: ChangedModel | None = None

    @property
    def file(self) -> str:
        """The page's file name: safe in every file system and URL, one for each model."""
        name = self.coverage.model
        plain = re.sub(r"[^a-z0-9_]", "-", name.lower())
        if plain != name:
            digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
            plain = f"{plain}-{digest[:8]}"
        return f"model-{plain}.html"

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        if not self.coverage.obligations:
            return ()
        return find_marks(self.coverage, Extents(self.text, self.dialect))

    @property
    def changed(self) -> frozenset[int]:
        """The lines that are new or changed."""
        return self.change.file.lines if self.change else frozenset()

    @cached_property
    def lines(self) -> tuple[MarkedLine, ...]:
        text = self.text[:-1] if self.text.endswith("\n") else self.text
        return mark_lines(text, self.marks)


def coverage_pages(product: Product, report: TestReport, covered: Covered) -> Mapping[str, bytes]:
    """The files of the report by name; a browser needs nothing beside them."""
    change = covered.change
    changed = {one.coverage.model: one for one in change.models} if change else {}
    pages = [
        ModelPage(model, product.models[model.model].sql, product.dialect, changed.get(model.model))
        for model in covered.report.models
    ]
    templates = _templates()
    shared = {"product": product, "version": __version__, "change": change}
    found = {
        "index.html": templates.get_template("index.html").render(
            **shared, pages=pages, covered=covered.report, tests=_tests(report, covered.contexts)
        )
    }
    for page in pages:
        found[page.file] = templates.get_template("model.html").render(**shared, page=page)
    found |= {name: (_FOLDER / name).read_text(encoding="utf-8") for name in _ASSETS}
    return {name: text.encode("utf-8", "replace") for name, text in found.items()}


def _tests(report: TestReport, contexts: Sequence[Context] | None) -> list[tuple[Context, str]]:
    """Each test with how it ended."""
    ended = {one.name: str(one.status) for one in report.results}
    return [(context, ended.get(context.test, "")) for context in contexts or ()]


def _templates() -> Environment:
    sources = {name: (_FOLDER / name).read_text(encoding="utf-8") for name in _TEMPLATES}
    made = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "sign": _SIGNS.__getitem__,
        "words": _WORDS.__getitem__,
        "percent": percent_words,
        "visible": lambda text: text.translate(_PICTURES),
        "label": _label,
    }
    return made


def _label(mark: Mark) -> str:
    """A mark in words: `where: true met; null not met`."""
    by_kind: dict[str, list[str]] = {}
    for one in mark.outcomes:
        words = f"{one.obligation.outcome} {_WORDS[one.status]}"
        by_kind.setdefault(one.obligation.kind, []).append(words)
    return ". ".join(f"{kind}: {', '.join(found)}" for kind, found in by_kind.items())
