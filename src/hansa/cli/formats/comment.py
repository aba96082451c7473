"""A check as the Markdown of a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from hansa.cli.formats.findings import verdict_sentence
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level
from hansa.ops.check_result import CheckResult
from hansa.ops.propagation import ReachedRelease
from hansa.semver.changelog import sentence

MARKER = "hansa check of"
# GitHub takes 65,536 characters, GitLab more
_LONGEST = 60_000
_MOST = 50
_SPECIAL = re.compile(r"([\\*_\[\]<>|#~!@$&])")
_CODE = re.compile(r"(`[^`\n]*`)")


def comment_marker(product: str) -> str:
    """The first line of a comment, by which the next run finds it again."""
    return f"<!-- {MARKER} {re.sub('[^a-z0-9_]', '', product)} -->"


def comment_text(
    result: CheckResult,
    findings: Sequence[Diagnostic],
    describe: Callable[[ReachedRelease], Iterable[str]],
) -> str:
    """Findings, verdict, and who is concerned, in as many words as a comment may have.

    `describe` tells of a release that is reached, and of its tables, in lines.
    """
    lines = [comment_marker(result.product), f"## {_escape(result.product)} {result.version}", ""]
    lines += _verdict(result)
    lines += _findings(findings)
    lines += _dependents(result, describe)
    return _shortened(lines)


def unreadable_text(product: str, findings: Sequence[Diagnostic]) -> str:
    """The same for a product whose files cannot be read."""
    lines = [comment_marker(product), f"## {_escape(product)}", ""]
    lines += ["**The product cannot be read.**", "", *_findings(findings)]
    return _shortened(lines)


def _verdict(result: CheckResult) -> Iterator[str]:
    mark = "passed" if result.passed else "not passed"
    yield f"**hansa check: {mark}.**"
    if result.comparison:
        yield _escape(sentence(verdict_sentence(result.comparison), capital=False))
    elif result.unreachable:
        reason = _escape(result.unreachable)
        yield f"Not compared with the newest release: {reason}."
    else:
        yield "There is no release to compare with."
    yield ""


def _findings(findings: Sequence[Diagnostic]) -> Iterator[str]:
    if not findings:
        yield "No findings."
        yield ""
        return
    yield "| | finding | place |"
    yield "|---|---|---|"
    ordered = sorted(findings, key=_gravity)
    for finding in ordered[:_MOST]:
        hint = f"<br>{_escape(finding.hint)}" if finding.hint and not finding.waived else ""
        if finding.waived:
            hint = f"<br>waived: {_escape(finding.reason or '')}"
        place = _escape(str(finding.place)) if finding.place else ""
        text = _escape(finding.message)
        yield f"| {_word(finding)} | {text}{hint}<br>`{finding.rule}` | {place} |"
    if len(ordered) > _MOST:
        yield ""
        yield f"And {len(ordered) - _MOST} more, see `hansa check`."
    yield ""


def _gravity(finding: Diagnostic) -> tuple[bool, int]:
    level = finding.level if finding.level is not None else None
    if level is None:
        return finding.waived, 0 if finding.severity is Severity.ERROR else 2
    return finding.waived, {Level.MAJOR: 1, Level.MINOR: 3}.get(level, 4)


def _word(finding: Diagnostic) -> str:
    word = str(finding.level) if finding.level is not None else finding.severity.value
    return f"~~{word}~~" if finding.waived else f"**{word}**"


def _dependents(
    result: CheckResult, describe: Callable[[ReachedRelease], Iterable[str]]
) -> Iterator[str]:
    reached = result.reached.releases if result.reached else ()
    if not result.broken and not reached:
        return
    yield "### Dependents"
    yield ""
    named = set()
    for broken in result.broken:
        release = broken.dependent.release
        named.add(release.name)
        owner = f", owned by {_escape(release.team)}" if release.team else ""
        contact = f" ({_escape(release.contact)})" if release.contact else ""
        uses = ", ".join(f"`{use}`" for use in broken.uses)
        reads = f"it reads {uses}" if uses else "its SQL fails"
        pinned = broken.dependent.pinned or broken.dependent.constraint
        yield f"- **breaks {_escape(str(release.name))}**{owner}{contact}: {reads};"
        yield f"  it stays on {_escape(str(pinned))} until it updates"
    for one in reached:
        lines = list(describe(one))
        word = "impact on" if one.dependent.release.name in named else "reaches"
        yield f"- {word} {_escape(lines[0])}"
        yield from _details(lines[1:])
    for lost in result.reached.unreadable if result.reached else ():
        name = _escape(str(lost.dependent.release.name))
        yield f"- not known whether it breaks {name}: {_escape(lost.reason)}"
    yield ""


def _details(lines: Iterable[str]) -> Iterator[str]:
    found = [line.strip() for line in lines]
    if not found:
        return
    yield ""
    yield "  <details><summary>tables and columns</summary>"
    yield ""
    yield from (f"  - {_escape(line)}" for line in found[:_MOST])
    if len(found) > _MOST:
        yield f"  - and {len(found) - _MOST} more, see `hansa impact`"
    yield ""
    yield "  </details>"
    yield ""


def _escape(text: str) -> str:
    """A text that means nothing but itself; what stands in backticks stays code.

    An at sign would call people whom a name in somebody's data happens to be like.
    """
    flat = " ".join(text.split())
    parts = _CODE.split(flat)
    return "".join(
        part.replace("|", "\\|") if _CODE.fullmatch(part) else _escape_prose(part) for part in parts
    )


def _escape_prose(text: str) -> str:
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;"}
    return _SPECIAL.sub(lambda match: entities.get(match[1], f"\\{match[1]}"), text)


def _shortened(lines: Iterable[str]) -> str:
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > _LONGEST:
            kept += ["", "The rest does not fit into a comment: see `hansa check`."]
            break
        kept.append(line)
    return "\n".join(kept).rstrip() + "\n"
