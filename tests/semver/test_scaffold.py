"""The script that makes a new rule's files."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from scripts import new_rule

from hansa.core.version import Level
from hansa.projects.contract import read_contract


def test_a_new_rule_has_its_file_and_its_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_rule, "RULES", tmp_path / "rules")
    monkeypatch.setattr(new_rule, "CORPUS", tmp_path / "corpus")
    written = [path.relative_to(tmp_path).as_posix() for path in new_rule.scaffold("seat_moved")]
    assert written == [
        "rules/seat_moved.toml",
        "corpus/seat_moved/old/contract.yaml",
        "corpus/seat_moved/new/contract.yaml",
        "corpus/seat_moved/near_miss/contract.yaml",
    ]
    rule = tomllib.loads((tmp_path / "rules" / "seat_moved.toml").read_text())
    assert Level.parse(rule["level"]) is Level.MAJOR
    assert sorted(rule["example"]) == ["new", "old"]
    for path in tmp_path.glob("corpus/*/*/contract.yaml"):
        assert read_contract(path.read_bytes(), "contract.yaml").product == "flights"
    assert new_rule.scaffold("seat_moved") == []


@pytest.mark.parametrize("name", ["Seat", "seat", "../seat_moved", "seat-moved"])
def test_a_rule_needs_an_id_of_two_words(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["new_rule.py", name])
    with pytest.raises(SystemExit):
        new_rule.main()
    assert "write words in lower case joined by _" in capsys.readouterr().err
