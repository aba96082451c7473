"""The rules as data: one file each, read when first asked for and once per process."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from hansa.core.suggestion import did_you_mean
from hansa.core.version import Level
from hansa.errors import InvalidInput

_NOTHING = "nothing to mend"


class UnknownRule(InvalidInput):
    """No rule has that id."""

    slug = "unknown-rule"

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.hint = did_you_mean(rule, rule_ids()) or "see docs/rules.md for all rules"

    def __str__(self) -> str:
        return f"there is no rule `{self.rule}`"


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule says instead when `condition` holds: another level, other words, or both."""

    condition: str
    level: Level | None = None
    message: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its file has it.

    A rule about changes has a `level`; a rule that `hansa check` applies to one product has
    none. `why` says what breaks for whom, `mend` how to do without the finding. `examples` are
    labelled snippets in order: old and new, or wrong and right. `message` is a template over
    the words of a `Change`.
    """

    id: str
    title: str
    why: str
    mend: str
    level: Level | None = None
    message: str | None = None
    examples: tuple[tuple[str, str], ...] = ()
    cases: tuple[Case, ...] = ()

    @property
    def harmless(self) -> bool:
        """Whether there is nothing to mend, so that findings need no hint."""
        return self.mend.startswith(_NOTHING)

    def level_when(self, conditions: Iterable[str]) -> Level:
        """The level under these conditions; the first case in the file that holds decides."""
        holding = set(conditions)
        for case in self.cases:
            if case.level is not None and case.condition in holding:
                return case.level
        return self.level if self.level is not None else Level.NONE

    def message_when(self, conditions: Iterable[str]) -> str:
        """The message's template under these conditions."""
        holding = set(conditions)
        for case in self.cases:
            if case.message is not None and case.condition in holding:
                return case.message
        return self.message or self.title


def rule_ids(kind: str | None = None) -> tuple[str, ...]:
    """The ids of all rules, sorted; or those of one kind, `change` or `check`."""
    kinds = [kind] if kind else ["change", "check"]
    return tuple(sorted(rule for one in kinds for rule in _files(one)))


def find_rule(rule: str) -> Rule:
    """The rule of that id, `_` or `-` between its words; raises UnknownRule with the nearest."""
    rule = rule.replace("-", "_")
    for kind in ("change", "check"):
        file = _files(kind).get(rule)
        if file is not None:
            return _read(kind, rule)
    raise UnknownRule(rule)


@cache
def _files(kind: str) -> dict[str, Traversable]:
    folder = files("hansa.semver").joinpath("rules", kind)
    return {
        file.name.removesuffix(".toml"): file
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }


@cache
def _read(kind: str, rule: str) -> Rule:
    data = tomllib.loads(_files(kind)[rule].read_text(encoding="utf-8"))
    return Rule(
        id=rule,
        title=data["title"],
        why=_flow(data["why"]),
        mend=_flow(data["mend"]),
        level=Level.parse(data["level"]) if "level" in data else None,
        message=data.get("message"),
        examples=tuple((label, text.strip("\n")) for label, text in data["example"].items()),
        cases=tuple(_read_case(case) for case in data.get("when", [])),
    )


def _read_case(data: dict[str, str]) -> Case:
    level = Level.parse(data["level"]) if "level" in data else None
    return Case(data["condition"], level, data.get("message"), data.get("note"))


def _flow(text: str) -> str:
    """Paragraphs without the file's line breaks."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
