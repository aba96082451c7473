"""Scaffold a rule about changes: its file, and its folder in the corpus.

python scripts/new_rule.py column_removed   a new rule file, an old and new contract, a near miss
python scripts/new_rule.py --snapshots      record what all rules find in the corpus now
python scripts/new_rule.py --page           write docs/rules.md anew
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

RULES = ROOT / "src" / "hansa" / "semver" / "rules" / "change"
CORPUS = ROOT / "tests" / "semver" / "corpus"
PAGE = ROOT / "docs" / "rules.md"

RULE = """title = "What happened, as a sentence without full stop"
level = "major"
why = "Which reader relies on what, and how that breaks."
message = "column `{{column}}` of `{{table}}` was {{old}} and is {{new}}; say what breaks for whom"
mend = "say which edit or command does without the finding"

[example]
old = '''
properties:
  - {{name: seats}}
'''
new = '''
properties:
  - {{name: seats}}
'''
"""

CONTRACT = """{comment}apiVersion: v3.2.0
kind: DataContract
id: flights
dataProduct: flights
version: 1.0.0
status: active
schema:
  - name: routes
    physicalType: table
    properties:
      - name: seats
        logicalType: integer
        physicalType: integer
"""


def scaffold(rule: str) -> list[Path]:
    """The files of a new rule; those that exist are left as they are."""
    texts = {RULES / f"{rule}.toml": RULE.format()}
    for label in ("old", "new", "near_miss"):
        comment = "# Near miss: say why the rule must not fire.\n" if label == "near_miss" else ""
        texts[CORPUS / rule / label / "contract.yaml"] = CONTRACT.format(comment=comment)
    written = [path for path in texts if not path.exists()]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    return written


def write_snapshots() -> None:
    from tests.semver.pairs import rules, write_snapshot

    for rule in rules():
        write_snapshot(rule)


def write_page() -> None:
    from hansa.semver.page import rules_page

    PAGE.write_text(rules_page(), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rule", nargs="?", help="the new rule's id: item, then what happened")
    parser.add_argument("--snapshots", action="store_true", help="record the corpus's findings")
    parser.add_argument("--page", action="store_true", help="write docs/rules.md")
    options = parser.parse_args()
    if options.rule:
        if not re.fullmatch(r"[a-z]+(_[a-z]+)+", options.rule):
            parser.error(f"`{options.rule}` is no id; write words in lower case joined by _")
        for path in scaffold(options.rule):
            print(path.relative_to(ROOT))
        print("then detect the change under src/hansa/semver, and run with --snapshots --page")
    if options.snapshots:
        write_snapshots()
    if options.page:
        write_page()
    if not (options.rule or options.snapshots or options.page):
        parser.error("name a rule, or give --snapshots or --page")
    return 0


if __name__ == "__main__":
    sys.exit(main())
