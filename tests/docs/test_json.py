"""docs/json.md against what the verbs print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.json_samples import collect, key_paths

from hansa.cli.app import PANELS

PAGE = (Path(__file__).parents[2] / "docs/json.md").read_text(encoding="utf-8")
# verbs that print what another one prints
LIKE = {"update": "lock", "add": "lock", "remove": "lock"}
# not sampled here: half a minute of all the others
APART = {"demo"}
# documents of another standard, whose keys this page leaves to it
FOREIGN = {"events[]"}
# keys that only some of the values of a shape have
SOMETIMES = ("on ", "with ", "after ")
DEEPEST = 4


def read_tables() -> dict[str, dict[str, str]]:
    """Each section's keys with their meaning."""
    tables = {}
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        tables[title] = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", body, re.MULTILINE))
    return tables


TABLES = read_tables()


def documented(title: str, prefix: str = "", depth: int = 0) -> dict[str, str]:
    """The key paths of a section with their meaning; a linked shape's keys stand below."""
    found: dict[str, str] = {}
    for key, meaning in TABLES[title].items():
        path = f"{prefix}{key}"
        found[path] = meaning
        shape = re.match(r"\[(\w+)\]\(#\1\)", meaning)
        if shape and depth < DEEPEST:
            found |= documented(shape[1], f"{path}.", depth + 1)
    for path in list(found):
        parts = path.split(".")
        for count in range(1, len(parts)):
            found.setdefault(".".join(parts[:count]), "")
    for path in list(found):
        found.setdefault(path.removesuffix("[]"), "")
    return found


def expected(path: str, meanings: dict[str, str]) -> bool:
    """Whether a printed key is on the page."""
    patterns = (re.escape(row).replace(r"\*", r"[^.]+") for row in meanings)
    return any(re.fullmatch(pattern, path) for pattern in patterns)


def always(path: str, meanings: dict[str, str], printed: set[str]) -> bool:
    """Whether a key of the page has to be printed, because its siblings are."""
    if meanings[path].startswith(SOMETIMES) or path.endswith("[]") or "*" in path:
        return False
    parent = path.rpartition(".")[0]
    return not parent or any(one.rpartition(".")[0] == parent for one in printed)


def test_the_page_lists_the_keys_that_verbs_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANSA_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("HANSA_TRACEBACK", "1")
    wrong = {}
    for verb, documents in collect(tmp_path).items():
        meanings = documented(LIKE.get(verb, verb))
        printed = {path for document in documents for path in key_paths(document)}
        printed = {path for path in printed if path.split(".")[0] not in FOREIGN}
        missing = {path for path in meanings if always(path, meanings, printed)} - printed
        unknown = {path for path in printed if not expected(path, meanings)}
        if missing or unknown:
            wrong[verb] = {"not printed": sorted(missing), "not on the page": sorted(unknown)}
    assert wrong == {}


def test_the_page_has_a_table_for_every_verb() -> None:
    verbs = {verb for panel in PANELS.values() for verb in panel}
    titles = {title.split()[0] for title in TABLES}
    assert verbs - {LIKE.get(title, title) for title in titles} == set(LIKE)


def test_every_verb_is_sampled() -> None:
    from tests.docs.json_samples import COMMANDS

    sampled = {verb for verb, *_ in COMMANDS} - {"edit"}
    shapes = PAGE.split("## Shapes")[1].split("\n## ")[0]
    of_verbs = {title for title in TABLES if f"### {title}\n" not in shapes}
    assert of_verbs | set(LIKE) == sampled | APART
