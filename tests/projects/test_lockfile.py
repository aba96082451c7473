from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.core.release import Locked, Lockfile
from hansa.core.version import Version
from hansa.projects.errors import LockfileInvalid
from hansa.projects.lockfile import read_lockfile, write_lockfile

DIGEST = "sha256:" + "ab" * 32
TEXT = f"""\
# Written by `hansa lock`. Change product.yaml instead, and commit this file.
format: 1
locked:
  flights:
    constraint: '>=1.2 <3'
    version: 1.4.0
    digest: {DIGEST}
  weather:
    version: 2.0.0-rc.1
    digest: {DIGEST}
"""
LOCKFILE = Lockfile(
    {
        "weather": Locked(Version.parse("2.0.0-rc.1"), DIGEST),
        "flights": Locked(Version.parse("1.4.0"), DIGEST),
    },
    {"flights": ">=1.2 <3"},
)


def test_a_lockfile_is_written_in_the_order_of_names() -> None:
    assert write_lockfile(LOCKFILE) == TEXT


def test_a_lockfile_is_read_as_it_was_written() -> None:
    assert read_lockfile(TEXT.encode(), "hansa.lock") == LOCKFILE
    assert read_lockfile(write_lockfile(Lockfile()).encode(), "hansa.lock") == Lockfile()


_VERSIONS = st.builds(lambda a, b, c: Version.parse(f"{a}.{b}.{c}"), *[st.integers(0, 99)] * 3)
_DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64).map(lambda d: f"sha256:{d}")
_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,20}", fullmatch=True)


@settings(deadline=None)
@given(
    st.dictionaries(_NAMES, st.builds(Locked, _VERSIONS, _DIGESTS)),
    st.sampled_from(["^1.2", "~1", "1.2", "it's", ">=1 <2", "*", "1", "null"]),
)
def test_writing_and_reading_gives_the_same(pins: dict[str, Locked], constraint: str) -> None:
    lockfile = Lockfile(pins, dict.fromkeys(pins, constraint))
    text = write_lockfile(lockfile)
    assert read_lockfile(text.encode(), "f") == lockfile
    assert write_lockfile(Lockfile(dict(reversed(pins.items())), lockfile.constraints)) == text


INVALID = {
    "conflict markers": (
        TEXT.replace("format", "<<<<<<< HEAD\nformat"),
        "hansa.lock:2:1 the lockfile is not valid: the file holds the marks of a merge conflict",
    ),
    "empty": (
        "",
        "hansa.lock:1:1 the lockfile is not valid: the lockfile is a mapping of keys, and "
        "this is empty",
    ),
    "newer format": (
        TEXT.replace("format: 1", "format: 2\nnew: 1"),
        "hansa.lock:2:9 the lockfile is not valid: it has the format 2, and this version reads 1",
    ),
    "short digest": (
        TEXT.replace(DIGEST, "sha256:ab"),
        "hansa.lock:7:13 the lockfile is not valid: a digest is `sha256:` and 64 hexadecimal "
        "digits",
    ),
    "no version": (
        TEXT.replace("    version: 1.4.0\n", ""),
        "hansa.lock:5:5 the lockfile is not valid: a locked release has no `version`",
    ),
    "wrong name": (
        TEXT.replace("flights:", "../flights:"),
        "hansa.lock:4:3 the lockfile is not valid: `../flights` is not a valid name: a product's "
        "name has lower-case letters, digits and single underscores, begins with a letter, and is "
        "at most 63 long",
    ),
    "binary": ("\0", "hansa.lock:1 the lockfile is not valid: the file holds NUL characters"),
}


@pytest.mark.parametrize("case", INVALID)
def test_a_damaged_lockfile_is_refused(case: str) -> None:
    text, expected = INVALID[case]
    with pytest.raises(LockfileInvalid) as caught:
        read_lockfile(text.encode(), "hansa.lock")
    assert f"{caught.value.place} {caught.value}" == expected
    assert caught.value.hint == (
        "restore hansa.lock from version control, or delete it and run `hansa lock`"
    )
