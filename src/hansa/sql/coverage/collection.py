"""Obligations as they are found, each with the condition that shows it and where it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlglot import exp

from hansa.sql.coverage.obligations import Obligation
from hansa.sql.coverage.places import Places
from hansa.sql.coverage.records import Records

_NO_COVER = re.compile(r"--\s*hansa:\s*no cover\s*$")


class Stage(Enum):
    """The rows for which a condition is asked."""

    FROM = "before WHERE"
    ROWS = "after WHERE"
    GROUPS = "after GROUP BY"
    GROUPED = "after HAVING"
    CLOSED = "none: the condition holds queries of its own"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where conditions are asked: one query, one stage, and the relations that are joined.

    `pairs` narrows FROM to the first joins, of which the last is asked by these conditions.
    """

    query: exp.Query
    stage: Stage
    pairs: int | None = None
    on: exp.Expr | None = None

    @property
    def key(self) -> tuple[int, Stage, int | None]:
        return id(self.query), self.stage, self.pairs


@dataclass(frozen=True, slots=True)
class Check:
    """One obligation, and the condition of the scene that is true of a row showing it."""

    obligation: Obligation
    scene: Scene
    condition: exp.Expr | None


class Gathering:
    """Gathers checks; constructs whose place is unknown are put where their query starts."""

    def __init__(self, text: str, places: Places, records: Records) -> None:
        self.places = places
        self.records = records
        self.checks: list[Check] = []
        self.excluded = 0
        self.layers: dict[tuple[object, ...], list[list[exp.Alias]]] = {}
        self._named = 0
        self.skipped_lines: frozenset[int] = frozenset(
            number
            for number, line in enumerate(text.split("\n"), 1)
            if _NO_COVER.search(line.rstrip("\r"))
        )

    def name(self, body: exp.Expr, scene: Scene, layer: int) -> exp.Column:
        """A name for a part of conditions of a scene, which a layer of its probe computes.

        Parts refer to names of the layers below; those of layer 0 are computed on the scene.
        """
        layers = self.layers.setdefault(scene.key, [])
        layers += [[] for _ in range(layer + 1 - len(layers))]
        name = exp.to_identifier(f"hansa_c{self._named}", quoted=True)
        self._named += 1
        layers[layer].append(exp.Alias(this=body.copy(), alias=name))
        return exp.Column(this=name.copy())

    def add(
        self,
        kind: str,
        offset: int | None,
        scene: Scene,
        outcomes: Sequence[tuple[str, exp.Expr | None]],
    ) -> None:
        """Add the outcomes of one construct; without a condition they cannot be measured."""
        if offset is None:
            offset = self.places.start(scene.query) or 0
        line, column = self.places.at(offset)
        if line in self.skipped_lines:
            self.excluded += len(outcomes)
            return
        for outcome, condition in outcomes:
            obligation = Obligation(line, column, kind, outcome)
            self.checks.append(Check(obligation, scene, condition))
