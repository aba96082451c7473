"""Bundles: a release as one deterministic archive, read back without trusting it."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from hansa.registry.errors import BundleInvalid
from hansa.registry.manifest import MANIFEST, Manifest, read_manifest, write_manifest

MEBIBYTE = 1024 * 1024
COMPRESSED_LIMIT = 64 * MEBIBYTE
EXPANDED_LIMIT = 256 * MEBIBYTE
FILE_LIMIT = 20_000
PATH_LIMIT = 240  # in UTF-8 bytes; leaves room for a directory before it on every system
MANIFEST_LIMIT = 4 * MEBIBYTE

# A part of the format: another level gives other bytes, hence other digests.
_LEVEL = 12
_WINDOW_LIMIT = 8 * MEBIBYTE
_DRIVE = re.compile(r"[A-Za-z]:")
_RENAME = "rename the file"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A release taken apart; `files` maps paths to bytes, the manifest left out."""

    manifest: Manifest
    files: Mapping[str, bytes]


def digest(data: bytes) -> str:
    """What identifies a bundle: `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def pack(files: Mapping[str, bytes], manifest: Manifest) -> bytes:
    """The bundle of these files: the same input gives the same bytes.

    Raises BundleInvalid when a path or the manifest would be refused by `unpack`.
    """
    import zstandard

    described = write_manifest(manifest)
    read_manifest(described)
    if MANIFEST in files:
        raise BundleInvalid("is the name of the manifest", MANIFEST, _RENAME)
    _check_paths([MANIFEST, *files])
    archive = _write_tar({MANIFEST: described, **{path: files[path] for path in sorted(files)}})
    if len(archive) > EXPANDED_LIMIT:
        raise BundleInvalid(_too_big("expands", EXPANDED_LIMIT), hint="leave large files out")
    compressor = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, window_log=23, write_content_size=1, write_checksum=1, threads=0
        )
    )
    data = compressor.compress(archive)
    if len(data) > COMPRESSED_LIMIT:
        raise BundleInvalid(_too_big("packs", COMPRESSED_LIMIT), hint="leave large files out")
    return data


def unpack(data: bytes) -> Bundle:
    """The content of a bundle that anybody may have made.

    Raises BundleInvalid when it is too big, holds anything but plain files under safe paths,
    or is not exactly what `pack` makes of its content.
    """
    archive = _expand(data)
    files = _read_tar(archive)
    if next(iter(files), None) != MANIFEST:
        raise BundleInvalid(f"it does not begin with `{MANIFEST}`")
    # Whatever two tar readers could disagree on (padding, repeated headers, hidden bytes after
    # the end) shows here, because an archive has only one canonical form.
    if list(files)[1:] != sorted(list(files)[1:]) or _write_tar(files) != archive:
        raise BundleInvalid("it is not in canonical form")
    manifest = read_manifest(files.pop(MANIFEST))
    return Bundle(manifest, files)


def _expand(data: bytes) -> bytes:
    import zstandard

    if len(data) > COMPRESSED_LIMIT:
        raise BundleInvalid(_too_big("is", COMPRESSED_LIMIT))
    try:
        frame = zstandard.get_frame_parameters(data)
        if frame.content_size > EXPANDED_LIMIT:  # also when the size is not told
            raise BundleInvalid(_too_big("expands", EXPANDED_LIMIT))
        decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_LIMIT)
        # The output buffer has the size that the frame tells, so a bomb that lies about its
        # size ends in an error and not in memory.
        return decompressor.decompress(data, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError) as error:
        raise BundleInvalid(f"it is not one whole zstandard frame ({error})") from None


def _read_tar(archive: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:", encoding="utf-8") as tar:
            while (member := tar.next()) is not None:
                _check_member(member, files)
                reader = tar.extractfile(member)
                files[member.name] = reader.read() if reader else b""
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise BundleInvalid(f"it is not a tar archive ({error})") from None
    _check_paths(files)
    return files


def _check_member(member: tarfile.TarInfo, files: Mapping[str, bytes]) -> None:
    if not member.isreg() or member.issparse():
        raise BundleInvalid("is not a plain file", member.name)
    if member.name in files:
        raise BundleInvalid("is there twice", member.name)
    if len(files) >= FILE_LIMIT:
        raise BundleInvalid(f"it holds more than {FILE_LIMIT} files")
    if member.name == MANIFEST and member.size > MANIFEST_LIMIT:
        raise BundleInvalid(f"is larger than {MANIFEST_LIMIT // MEBIBYTE} MiB", MANIFEST)
    reason = _path_fault(member.name)
    if reason:
        raise BundleInvalid(reason, member.name)


def _write_tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _check_paths(paths: Iterable[str]) -> None:
    """Raises BundleInvalid for the first path that some system could not unpack safely."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for count, path in enumerate(paths, 1):
        if count > FILE_LIMIT:
            raise BundleInvalid(f"it holds more than {FILE_LIMIT} files", hint="leave files out")
        reason = _path_fault(path)
        if reason:
            raise BundleInvalid(reason, path, _RENAME)
        folded = _folded(path)
        if folded in seen:
            raise BundleInvalid(f"differs from `{seen[folded]}` only by case", path, _RENAME)
        seen[folded] = path
        for parent in PurePosixPath(path).parents:
            folders.setdefault(_folded(str(parent)), path)
    for folded in folders.keys() & seen.keys():
        raise BundleInvalid("is a file and a folder at once", seen[folded], _RENAME)


def _path_fault(path: str) -> str | None:
    """Why this path may not be in a bundle; None when it may."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    parts = path.split("/")
    faults = {
        "is absolute": path.startswith("/"),
        "names a drive": bool(_DRIVE.match(path)),
        "has a backslash in its name": "\\" in path,
        f"has a name of more than {PATH_LIMIT} bytes": size > PATH_LIMIT,
        "leaves the bundle": ".." in parts,
        "has an empty part in its name": "" in parts or "." in parts,
        "has a control character in its name": any(
            unicodedata.category(character) == "Cc" for character in path
        ),
    }
    return next((reason for reason, found in faults.items() if found), None)


def _folded(path: str) -> str:
    """Paths with equal results are one file on some file system."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _too_big(verb: str, limit: int) -> str:
    joint = "" if verb == "is" else " to"
    return f"it {verb}{joint} more than {limit // MEBIBYTE} MiB"
