"""Files of a git commit, read through git itself."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from hansa.projects.errors import NotARepository, UnknownRevision

_REGULAR_MODES = frozenset({b"100644", b"100755"})


def list_blobs(directory: Path, revision: str, subdir: str | None = None) -> dict[str, str]:
    """The regular files below a directory at a revision: path relative to it, and blob id.

    `subdir` is relative to the repository's root; without it, the directory's own place in
    the work tree is meant. Raises NotARepository and UnknownRevision.
    """
    prefix = _prefix(directory) if subdir is None else f"{subdir.strip('/')}/".lstrip("/")
    commit = _commit(directory, revision)
    arguments = ["ls-tree", "-r", "-z", "--full-tree", commit]
    listed = _git(directory, *arguments, *(["--", prefix] if prefix else []))
    if listed is None:
        raise UnknownRevision(revision)
    blobs = {}
    for line in listed.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if facts[:6] in _REGULAR_MODES:
            name = path.decode("utf-8", "surrogateescape")
            blobs[name.removeprefix(prefix)] = facts.split()[2].decode("ascii")
    return blobs


def read_blobs(directory: Path, blobs: Mapping[str, str]) -> dict[str, bytes]:
    """The contents of those blobs by path, through one process."""
    if not blobs:
        return {}
    asked = "".join(f"{blob}\n" for blob in blobs.values()).encode("ascii")
    answer = _git(directory, "cat-file", "--batch", given=asked)
    if answer is None:
        raise NotARepository(str(directory))
    contents, at = {}, 0
    for path in blobs:
        end = answer.index(b"\n", at)
        header = answer[at:end].split()
        if len(header) != 3:
            # a shallow or damaged repository lacks the blob
            raise NotARepository(str(directory))
        size = int(header[2])
        contents[path] = answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents


def commit_of(directory: Path, revision: str) -> str:
    """The commit that a revision names. Raises NotARepository and UnknownRevision."""
    return _commit(directory, revision)


def _prefix(directory: Path) -> str:
    shown = _git(directory, "rev-parse", "--show-prefix")
    if shown is None:
        raise NotARepository(str(directory))
    return shown.decode("utf-8", "surrogateescape").rstrip("\n")


def _commit(directory: Path, revision: str) -> str:
    if _git(directory, "rev-parse", "--git-dir") is None:
        raise NotARepository(str(directory))
    wanted = f"{revision}^{{commit}}"
    found = None
    if revision and "\0" not in revision:
        found = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    lines = (found or b"").decode("ascii", "replace").split()
    if not lines:
        raise UnknownRevision(revision)
    return lines[-1]


def _git(directory: Path, *arguments: str, given: bytes | None = None) -> bytes | None:
    """What git prints; None when it fails or is not installed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            input=given,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
