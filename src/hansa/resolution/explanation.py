"""Why no choice of releases is possible, as a chain that a person can follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hansa.core.release import Release
from hansa.core.suggestion import did_you_mean
from hansa.core.version import Version, line_name
from hansa.resolution.errors import ResolutionFailed
from hansa.resolution.problem import Candidate, Problem
from hansa.resolution.reach import Fault, Line, Path

Solve = Callable[[Problem], Mapping[str, Candidate] | None]
_Group = tuple[tuple[str, Line], ...]  # the contested lines that a release brings
_Groups = dict[_Group, list[Candidate]]

_SHOWN = 3


def explain(problem: Problem, solve: Solve) -> ResolutionFailed:
    """The error for a problem that `solve` found to have no solution.

    A requirement that fails on its own is told first; else the fewest requirements that
    exclude each other, and nothing of the others.
    """
    for product in sorted(problem.requires):
        failure = _explain_alone(problem, product)
        if failure:
            return failure
    members = _smallest_conflict(problem, solve)
    conflict = problem.restricted(members)
    return _explain_conflict(problem, conflict, _contested(conflict, solve), solve)


def _explain_alone(problem: Problem, product: str) -> ResolutionFailed | None:
    """Why no release of this product can be chosen at all; None when one can."""
    root, constraint = problem.root, problem.requires[product]
    requirement = f"`{root}` requires `{product} {constraint}`"
    known = problem.catalogue.newest_first(product)
    if product == root:
        conclusion = f"`{root}` would require itself"
        hint = f"remove `{product}` from `requires` in product.yaml"
        return ResolutionFailed(root, [product], [requirement], conclusion, hint)
    if not known:
        reason = f"{requirement} and no product `{product}` is in the registry"
        near = did_you_mean(product, problem.catalogue.products())
        hint = near or "check the name, and `registry` in product.yaml"
        return _cannot_lock(root, product, reason, hint)
    fitting = problem.fitting(product)
    if not fitting:
        fact, hint = _nothing_fits(problem, product)
        return _cannot_lock(root, product, f"{requirement} and {fact}", hint)
    candidates = [problem.candidate(release) for release in fitting]
    if all(candidate.reach.fault for candidate in candidates):
        return _explain_faults(problem, product, requirement, candidates)
    return None


def _cannot_lock(root: str, product: str, reason: str, hint: str | None) -> ResolutionFailed:
    return ResolutionFailed(root, [product], [reason], f"`{root}` cannot be locked", hint)


def _nothing_fits(problem: Problem, product: str) -> tuple[str, str]:
    """What there is instead of a release that may be chosen, and how to require it."""
    constraint = problem.requires[product]
    known = problem.catalogue.newest_first(product)
    plain = [each for each in known if not (each.yanked or each.name.version.prerelease)]
    hint = f"ask the owner of `{product}` for a release"
    if plain:
        hint = f"require a release that may be chosen, such as `{product}: {_caret(plain[0])}`"
    admitted = [release for release in known if constraint.admits(release.name.version)]
    if admitted:
        told = ", ".join(_yank_of(release) for release in admitted[:_SHOWN])
        if len(admitted) > _SHOWN:
            told += f" and {len(admitted) - _SHOWN} more"
        return f"all its releases in `{constraint}` are yanked ({told})", hint
    early = [
        release
        for release in known
        if release.name.version.prerelease
        and not release.yanked
        and constraint.admits(_finished(release.name.version))
    ]
    if early:
        version = early[0].name.version
        hint = f"a prerelease is chosen only when it is named: `{product}: ^{version}`"
        return f"`{product}` has only prereleases in `{constraint}` (newest is `{version}`)", hint
    newest = known[0].name.version
    return f"`{product}` has no release in `{constraint}` (newest is `{newest}`)", hint


def _explain_faults(
    problem: Problem, product: str, requirement: str, candidates: list[Candidate]
) -> ResolutionFailed:
    faults = [candidate.reach.fault for candidate in candidates if candidate.reach.fault]
    told = [_fault_words(fault) for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        others = len(faults) - _SHOWN
        told.append(f"{others} older release{'s are' if others > 1 else ' is'} no better")
    reason = f"{requirement} and {', and '.join(told)}"
    if all(fault.kind == Fault.CYCLE for fault in faults):
        conclusion = f"`{problem.root}` would require itself"
        hint = f"remove `{product}` from `requires` in product.yaml, or from what it requires"
        return ResolutionFailed(problem.root, [product], [reason], conclusion, hint)
    hint = f"ask the owner of `{product}` to lock and publish it again in this registry"
    return _cannot_lock(problem.root, product, reason, hint)


def _fault_words(fault: Fault) -> str:
    end = {
        Fault.CYCLE: "",
        Fault.MISSING: ", which is not in the registry",
        Fault.CHANGED: ", which has another digest in the registry",
    }
    return _path_words(fault.path) + end[fault.kind]


def _smallest_conflict(problem: Problem, solve: Solve) -> frozenset[str]:
    """Requirements of which none can be left out without making the rest possible."""
    members = frozenset(problem.requires)
    for product in sorted(members):
        fewer = members - {product}
        if solve(problem.restricted(fewer)) is None:
            members = fewer
    return members


def _contested(conflict: Problem, solve: Solve) -> frozenset[str]:
    """Products whose lines alone make the conflict: one if possible, else as few as can be."""
    candidates = [
        conflict.candidate(release)
        for product in conflict.requires
        for release in conflict.fitting(product)
    ]
    lines: dict[str, set[Line]] = {}
    for candidate in candidates:
        for product, line in candidate.signature:
            lines.setdefault(product, set()).add(line)
    contested = frozenset(product for product, found in lines.items() if len(found) > 1)
    for product in sorted(contested):
        if solve(conflict.limited(frozenset({product}))) is None:
            return frozenset({product})
    for product in sorted(contested):
        fewer = contested - {product}
        if solve(conflict.limited(fewer)) is None:
            contested = fewer
    return contested


def _explain_conflict(
    problem: Problem, conflict: Problem, contested: frozenset[str], solve: Solve
) -> ResolutionFailed:
    members = sorted(conflict.requires)
    groups = {product: _groups(conflict, product, contested) for product in members}
    reasons = [
        f"`{problem.root}` requires `{product} {conflict.requires[product]}` "
        f"and {_groups_words(groups[product])}"
        for product in members
    ]
    return ResolutionFailed(
        problem.root,
        members,
        reasons,
        _conclusion(problem.root, contested, groups),
        _way_out(problem, members, contested, solve),
    )


def _groups(conflict: Problem, product: str, contested: frozenset[str]) -> _Groups:
    """The releases that a requirement admits, by what they bring of the contested products."""
    groups: _Groups = {}
    for release in conflict.fitting(product):
        candidate = conflict.candidate(release)
        if candidate.reach.fault is None:
            group = tuple(sorted(each for each in candidate.signature if each[0] in contested))
            groups.setdefault(group, []).append(candidate)
    return groups


def _groups_words(groups: _Groups) -> str:
    told = [_group_words(group, found) for group, found in list(groups.items())[:_SHOWN]]
    if len(groups) > _SHOWN:
        told.append("older releases differ in other ways")
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])}, while {told[-1]}"


def _group_words(group: _Group, candidates: list[Candidate]) -> str:
    preferred = candidates[0]
    paths = [preferred.reach.lines[product][line] for product, line in group]
    told = [_path_end(path) for path in sorted(paths, key=len)[:_SHOWN]]
    if len(paths) > _SHOWN:
        told.append(f"{len(paths) - _SHOWN} more that conflict")
    words = f"`{preferred.release.name}` {', and '.join(told)}"
    others = len(candidates) - 1
    if others and len(group) == 1:
        brought = _line_words(*group[0])
        words += f" ({others} more release{'s bring' if others > 1 else ' brings'} {brought} too)"
    elif others:
        words += f" ({others} more release{'s do' if others > 1 else ' does'} alike)"
    return words


def _path_end(path: Path) -> str:
    """What a release does to bring the end of the path."""
    if len(path) > 1:
        return f"pins {_tail_words(path)}"
    return f"is of major line {line_name(path[0].version.line)}"


def _conclusion(root: str, contested: frozenset[str], groups: Mapping[str, _Groups]) -> str:
    met = sorted({each for found in groups.values() for group in found for each in group})
    if len(contested) == 1 and all(len(found) == 1 for found in groups.values()):
        return f"{_listed([_line_words(*each) for each in met])} would meet in `{root}`"
    names = _listed([f"`{product}`" for product in sorted(contested)])
    each = " each" if len(contested) > 1 else ""
    return f"no choice of releases keeps `{root}` to one major line{each} of {names}"


def _way_out(problem: Problem, members: list[str], contested: frozenset[str], solve: Solve) -> str:
    names = _listed([f"`{product}`" for product in sorted(contested)])
    skew = f"add `allow_skew: [{', '.join(sorted(contested))}]` to product.yaml"
    for product in members:
        solution = solve(problem.relaxed(product))
        if solution:
            fitting = f"{product}: {_caret(solution[product].release)}"
            return f"require `{fitting}`, or {skew} if lines of {names} may be joined"
    return f"{skew} if lines of {names} may be joined, or ask the owners to agree on one"


def _path_words(path: Path) -> str:
    """`a@1.0.0` pins `b@1.0.0`, which pins `c@1.0.0`."""
    return f"`{path[0]}` pins {_tail_words(path)}"


def _tail_words(path: Path) -> str:
    return ", which pins ".join(f"`{name}`" for name in path[1:])


def _line_words(product: str, line: Line) -> str:
    return f"`{product}` {line_name(line)}"


def _yank_of(release: Release) -> str:
    version = f"`{release.name.version}`"
    return f"{version}: {release.yank_reason}" if release.yank_reason else version


def _caret(release: Release) -> str:
    """The constraint that people write for a release and what follows it."""
    version = release.name.version
    return f"^{version}" if version.prerelease else f"^{version.major}.{version.minor}"


def _finished(version: Version) -> Version:
    return Version.parse(f"{version.major}.{version.minor}.{version.patch}")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
