"""Bundles: one form for one content, and nothing else is read."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.registry.builders import FILES, bundle, manifest

from hansa.registry import bundle as bundles
from hansa.registry.bundle import Bundle, digest, pack, unpack
from hansa.registry.errors import BundleInvalid
from hansa.registry.manifest import write_manifest

MANIFEST = manifest("flights@1.0.0")
PREFIX = "the bundle is not valid: "

part = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="/\\:"),
    min_size=1,
    max_size=12,
).filter(lambda text: text not in (".", ".."))
paths = st.lists(part, min_size=1, max_size=3).map("/".join)
contents = st.dictionaries(paths, st.binary(max_size=200), max_size=6)


@settings(deadline=None, max_examples=60)
@given(contents, st.randoms())
@example({"ü" * 60 + "/" + "x" * 110: b"", "a" * 230: b"1"}, None)
def test_the_same_content_gives_the_same_bytes_and_comes_back(
    files: dict[str, bytes], random: Any
) -> None:
    shuffled = list(files.items())
    if random is not None:
        random.shuffle(shuffled)
    try:
        data = pack(files, MANIFEST)
    except BundleInvalid as error:
        # Names may clash by case, or as a file and a folder; nothing else may go wrong.
        if not ("only by case" in error.reason or "at once" in error.reason):
            raise
        return
    assert pack(dict(shuffled), MANIFEST) == data
    assert unpack(data) == Bundle(MANIFEST, files)


def test_the_form_does_not_change_between_versions() -> None:
    """Another form would give the same content another digest; raise the format for that."""
    assert digest(raw(bundle("flights@1.0.0"))) == (
        "sha256:40632b20868e0b3b94c95d89e4c9cbc3e69a5efe44242a66e3f30c8a7568593d"
    )


def packed(archive: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(archive)


def member(name: str, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode = 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def archive(*members: tarfile.TarInfo, first: bool = True) -> bytes:
    """A bundle with a good manifest, and then these members."""
    buffer = io.BytesIO()
    text = write_manifest(MANIFEST)
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        if first:
            tar.addfile(member("manifest.json", size=len(text)), io.BytesIO(text))
        for info in members:
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    return packed(buffer.getvalue())


def raw(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data)


def frame_of_size(size: int) -> bytes:
    """The head of a zstandard frame that tells a content size, and nothing behind it."""
    return b"\x28\xb5\x2f\xfd\xe0" + size.to_bytes(8, "little")


def lying_frame() -> bytes:
    """A frame of ten million zeros that tells it has 300 bytes."""
    good = zstandard.ZstdCompressor().compress(b"\0" * 10_000_000)
    # Behind the magic number stand the descriptor, the window and the size, of four bytes.
    assert int.from_bytes(good[6:10], "little") == 10_000_000
    return good[:6] + (300).to_bytes(4, "little") + good[10:]


LONG = "x" * 241
UNSAFE: dict[str, tuple[Callable[[], bytes], str]] = {
    "absolute": (lambda: archive(member("/etc/passwd")), "`/etc/passwd` is absolute"),
    "parent": (lambda: archive(member("a/../../b")), "`a/../../b` leaves the bundle"),
    "parent alone": (lambda: archive(member("..")), "`..` leaves the bundle"),
    "backslash": (
        lambda: archive(member("a\\b")),
        "`a\\b` has a backslash in its name",
    ),
    "drive": (lambda: archive(member("C:evil")), "`C:evil` names a drive"),
    "empty part": (lambda: archive(member("a//b")), "`a//b` has an empty part in its name"),
    "dot": (lambda: archive(member("./a")), "`./a` has an empty part in its name"),
    "control": (
        lambda: archive(member("a\x1b[2Jb")),
        "`a\\x1b[2Jb` has a control character in its name",
    ),
    "long": (lambda: archive(member(LONG)), f"`{LONG}` has a name of more than 240 bytes"),
    "not utf-8": (
        lambda: archive(member("a\udcffb")),
        "`a\\udcffb` has a name that is not UTF-8",
    ),
    "symbolic link": (
        lambda: archive(member("a", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        "`a` is not a plain file",
    ),
    "hard link": (
        lambda: archive(member("a", type=tarfile.LNKTYPE, linkname="manifest.json")),
        "`a` is not a plain file",
    ),
    "device": (lambda: archive(member("a", type=tarfile.CHRTYPE)), "`a` is not a plain file"),
    "pipe": (lambda: archive(member("a", type=tarfile.FIFOTYPE)), "`a` is not a plain file"),
    "folder": (lambda: archive(member("a", type=tarfile.DIRTYPE)), "`a` is not a plain file"),
    "twice": (lambda: archive(member("a"), member("a")), "`a` is there twice"),
    "two manifests": (
        lambda: archive(member("manifest.json")),
        "`manifest.json` is there twice",
    ),
    "case": (
        lambda: archive(member("A"), member("a")),
        "`a` differs from `A` only by case",
    ),
    "composition": (
        lambda: archive(member("e\u0301"), member("\u00e9")),
        "`\u00e9` differs from `e\u0301` only by case",
    ),
    "file and folder": (
        lambda: archive(member("a"), member("a/b")),
        "`a` is a file and a folder at once",
    ),
    "no manifest": (
        lambda: archive(member("a"), first=False),
        "it does not begin with `manifest.json`",
    ),
    "nothing": (lambda: archive(first=False), "it does not begin with `manifest.json`"),
    "unsorted": (lambda: archive(member("b"), member("a")), "it is not in canonical form"),
    "with a time": (lambda: archive(member("b", mtime=1)), "it is not in canonical form"),
    "executable": (lambda: archive(member("b", mode=0o755)), "it is not in canonical form"),
    "with an owner": (lambda: archive(member("b", uid=7)), "it is not in canonical form"),
    "with a note": (
        lambda: archive(member("b", pax_headers={"comment": "x"})),
        "it is not in canonical form",
    ),
    "garbage in the tail": (
        lambda: packed(raw(archive()) + b"hidden"),
        "it is not in canonical form",
    ),
    "second archive": (
        lambda: packed(raw(archive()) + raw(archive(member("b")))),
        "it is not in canonical form",
    ),
    "no tar": (
        lambda: packed(b"x" * 2000),
        "it is not a tar archive (invalid header)",
    ),
    "cut tar": (
        lambda: packed(raw(archive(member("b", size=9000)))[:4096]),
        "it is not a tar archive (unexpected end of data)",
    ),
    "garbage behind the frame": (
        lambda: archive() + b"hidden",
        "it is not one whole zstandard frame (compressed input contains 6 bytes of unused data, "
        "which is disallowed)",
    ),
    "second frame": (
        lambda: archive() + packed(b""),
        "it is not one whole zstandard frame (compressed input contains 9 bytes of unused data, "
        "which is disallowed)",
    ),
    "cut frame": (
        lambda: bundle("flights@1.0.0")[:-1],
        "it is not one whole zstandard frame (decompression error: did not decompress full frame)",
    ),
    "empty": (
        lambda: b"",
        "it is not one whole zstandard frame (not enough data for frame parameters; need 5 bytes)",
    ),
    "text": (
        lambda: b"hello, this is no archive",
        "it is not one whole zstandard frame (cannot get frame parameters: "
        "Unknown frame descriptor)",
    ),
    "bomb": (lambda: frame_of_size(2**40), "it expands to more than 256 MiB"),
    "bomb just too big": (
        lambda: frame_of_size(256 * 1024 * 1024 + 1),
        "it expands to more than 256 MiB",
    ),
    "bomb without a size": (
        lambda: zstandard.ZstdCompressor(write_content_size=False).compress(b"\0" * 1000),
        "it expands to more than 256 MiB",
    ),
    "bomb that lies": (
        lying_frame,
        "it is not one whole zstandard frame "
        "(decompression error: Destination buffer is too small)",
    ),
    "big": (lambda: b"\0" * (64 * 1024 * 1024 + 1), "it is more than 64 MiB"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_an_unsafe_bundle_is_refused(case: str) -> None:
    make, reason = UNSAFE[case]
    with pytest.raises(BundleInvalid) as caught:
        unpack(make())
    assert str(caught.value) == PREFIX + reason


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = archive(*[member(f"f{number:02}") for number in range(12)])
    monkeypatch.setattr(bundles, "FILE_LIMIT", 10)
    with pytest.raises(BundleInvalid, match="it holds more than 10 files"):
        unpack(data)
    with pytest.raises(BundleInvalid, match="it holds more than 10 files"):
        pack({f"f{number}": b"" for number in range(12)}, MANIFEST)


def test_a_huge_manifest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MANIFEST_LIMIT", 10)
    with pytest.raises(BundleInvalid, match=r"`manifest\.json` is larger than 0 MiB"):
        unpack(archive())


def test_what_is_too_large_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "EXPANDED_LIMIT", 1024 * 1024)
    with pytest.raises(BundleInvalid) as caught:
        pack({"data.csv": b"\0" * 1024 * 1024}, MANIFEST)
    assert str(caught.value) == PREFIX + "it expands to more than 1 MiB"
    assert caught.value.hint == "leave large files out"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../x", "`../x` leaves the bundle"),
        ("a\\b", "`a\\b` has a backslash in its name"),
        ("readme.MD", "`readme.MD` differs from `README.md` only by case"),
        ("README.md/x", "`README.md` is a file and a folder at once"),
        ("manifest.json", "`manifest.json` is the name of the manifest"),
        ("MANIFEST.json", "`MANIFEST.json` differs from `manifest.json` only by case"),
    ],
)
def test_what_would_be_refused_is_not_packed(path: str, reason: str) -> None:
    with pytest.raises(BundleInvalid) as caught:
        pack({**FILES, path: b""}, MANIFEST)
    assert str(caught.value) == PREFIX + reason
    assert caught.value.hint == "rename the file"


GOOD = bundle("flights@1.0.0")
GOOD_ARCHIVE = raw(GOOD)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_damaged_bundle_is_refused(position: int, change: int) -> None:
    data = bytearray(GOOD)
    data[position] ^= change
    _unpack_or_refuse(bytes(data))


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 3 * 1024), st.binary(min_size=1, max_size=12))
def test_a_damaged_archive_is_refused(position: int, change: bytes) -> None:
    """Without the frame's checksum in the way, so that the tar reader meets the damage."""
    data = GOOD_ARCHIVE[:position] + change + GOOD_ARCHIVE[position + len(change) :]
    _unpack_or_refuse(packed(data))


def _unpack_or_refuse(data: bytes) -> None:
    try:
        read = unpack(data)
    except BundleInvalid:
        return
    # Damage may hit a file's content or a text of the manifest; then the bundle is as good as
    # any other, and only its digest tells that it is not the one that was published.
    assert raw(pack(read.files, read.manifest)) == raw(data)
