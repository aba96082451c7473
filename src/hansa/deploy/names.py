"""The names of schemas and relations that hansa makes in a target."""

from __future__ import annotations

import re
from hashlib import sha256

from hansa.core.version import Version, line_name
from hansa.sql.dialects import LOWERCASING

STATE_SCHEMA = "hansa"

# the schema that stands for a numbered input in stored SQL
INPUT_SCHEMA = "input"

# what a name may grow by while its relation is built: the longest of the suffixes below
NEW_SUFFIX = "__new"
DELTA_SUFFIX = "__delta"

# and what is kept of the last run: the rows that it replaced, and those that it took in
PREVIOUS_SUFFIX = "__prev"
TAKEN_SUFFIX = "__took"
_ROOM = max(map(len, (NEW_SUFFIX, DELTA_SUFFIX, PREVIOUS_SUFFIX, TAKEN_SUFFIX)))

# in these, names of relations without quotes are lower case, however they are written
_LOWER_RELATIONS = LOWERCASING | {"spark"}

_HASH_LENGTH = 10
_UNSAFE = re.compile(r"[^0-9a-z]+")


def store_schema(product: str, limit: int) -> str:
    """`flights__store`: stored tables, read by nobody but hansa."""
    return shorten(f"{product}__store", limit)


def interface_schema(product: str, version: Version, limit: int) -> str:
    """`flights__v1_4_0`: the views of one live release.

    Two versions never share a name: where a prerelease has letters that are not safe in every
    engine (capitals, hyphens), a hash of the version is added.
    """
    return shorten(f"{product}__v{_version_part(version)}", limit)


def line_schema(product: str, line: tuple[int, ...], limit: int) -> str:
    """`flights__v1`, or `flights__v0_3` before 1.0.0: the newest live release of that line."""
    return shorten(f"{product}__v{line_name(line).replace('.', '_')}", limit)


def relation_name(name: str, dialect: str, limit: int) -> str:
    """What readers call a public table in a target of that dialect.

    In lower case where that is what they read without quotes, and shortened where it is too long.
    """
    return shorten(name.lower() if dialect in _LOWER_RELATIONS else name, limit)


def store_name(label: str, fingerprint: str, limit: int) -> str:
    """`fct_flights__a1b2c3d4e5`: what a computation is stored as, with room for a suffix."""
    ending = f"__{fingerprint[:_HASH_LENGTH]}"
    return _cut(label.lower(), limit - _ROOM - len(ending)) + ending


def shorten(name: str, limit: int) -> str:
    """The name itself if it has at most `limit` bytes, else its beginning and a hash of it."""
    if len(name.encode()) <= limit:
        return name
    ending = f"_{_hash(name)}"
    return _cut(name, limit - len(ending)) + ending


def _cut(name: str, limit: int) -> str:
    return name.encode()[:limit].decode(errors="ignore")


def _version_part(version: Version) -> str:
    text = str(version)
    numbers, _, prerelease = text.partition("-")
    part = numbers.replace(".", "_")
    if not prerelease:
        return part
    safe = _UNSAFE.sub("_", prerelease.lower()).strip("_")
    part = f"{part}_{safe}" if safe else part
    if re.fullmatch(r"[0-9a-z.]+", prerelease):
        return part
    return f"{part}_{_hash(text)}"


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
