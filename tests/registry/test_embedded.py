"""A registry's directory when it is missing, full, locked or damaged."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.registry.builders import bundle, publish_all, registry

from hansa.core.release import Deprecation, ReleaseName
from hansa.errors import HansaError
from hansa.registry import embedded
from hansa.registry.blobs import DirectoryBlobs, blob_path
from hansa.registry.bundle import digest
from hansa.registry.embedded import EmbeddedRegistry
from hansa.registry.errors import (
    BundleInvalid,
    DigestMismatch,
    RegistryBusy,
    RegistryDamaged,
    RegistryNotFound,
    RegistryTooNew,
    RegistryUnreadable,
    RegistryUnwritable,
)

ONE = ReleaseName.parse("flights@1.0.0")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def target(tmp_path: Path) -> EmbeddedRegistry:
    """A registry with one release."""
    target = registry(tmp_path / "registry")
    publish_all(target, "flights@1.0.0")
    return target


def blob(target: EmbeddedRegistry) -> Path:
    return Path(target.url) / "blobs" / blob_path(target.release(ONE).digest)


READS: list[Callable[[EmbeddedRegistry], object]] = [
    lambda target: target.products(),
    lambda target: target.releases("flights"),
    lambda target: target.release(ONE),
    lambda target: target.fetch(ONE),
    lambda target: target.deprecations("flights"),
    lambda target: target.dependents("flights"),
]
WRITES: list[Callable[[EmbeddedRegistry], object]] = [
    lambda target: target.yank(ONE, None),
    lambda target: target.unyank(ONE),
    lambda target: target.deprecate(Deprecation("flights", "1")),
    lambda target: target.undeprecate("flights", "1"),
]


@pytest.mark.parametrize("call", READS + WRITES)
def test_a_registry_that_was_named_must_be_there(
    call: Callable[[EmbeddedRegistry], object], tmp_path: Path
) -> None:
    with pytest.raises(RegistryNotFound) as caught:
        call(registry(tmp_path / "typo"))
    assert str(caught.value) == f"there is no registry at `{tmp_path / 'typo'}`"
    assert caught.value.hint == (
        "check `registry` in product.yaml; a first `hansa publish` creates the directory"
    )
    assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_the_default_registry_comes_into_being(tmp_path: Path) -> None:
    target = registry(tmp_path / "a" / "b", create=True)
    assert target.products() == []
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == ["registry.db"]


def test_a_refused_bundle_creates_no_registry(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid):
        registry(tmp_path / "registry").publish(b"nonsense")
    assert list(tmp_path.iterdir()) == []


def test_the_directory_after_publishing(target: EmbeddedRegistry) -> None:
    root = Path(target.url)
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    value = target.release(ONE).digest.removeprefix("sha256:")
    assert files == [f"blobs/sha256/{value[:2]}/{value}.tar.zst", "registry.db"]


def test_a_registry_that_went_away_is_noticed(target: EmbeddedRegistry) -> None:
    shutil.rmtree(target.url)
    with pytest.raises(RegistryNotFound):
        target.products()
    publish_all(target, "flights@2.0.0")
    assert [str(each.name) for each in target.releases("flights")] == ["flights@2.0.0"]


def test_a_file_where_the_directory_should_be(tmp_path: Path) -> None:
    (tmp_path / "registry").write_text("I am a file")
    target = registry(tmp_path / "registry")
    with pytest.raises(RegistryUnwritable) as caught:
        target.publish(bundle("flights@1.0.0"))
    assert str(caught.value) == f"the registry `{target.url}` cannot be written: file exists"
    assert caught.value.hint == (
        "free space, or ask for the right to write there; nothing was changed"
    )
    assert caught.value.exit_code == 3
    with pytest.raises(RegistryNotFound):
        target.products()


def test_a_file_where_the_blobs_should_be(tmp_path: Path) -> None:
    target = registry(tmp_path)
    (tmp_path / "blobs").write_text("I am a file")
    with pytest.raises(RegistryUnwritable) as caught:
        target.publish(bundle("flights@1.0.0"))
    assert str(caught.value) == f"the registry `{target.url}` cannot be written: file exists"
    assert target.products() == []


def test_a_blob_that_a_killed_publish_left_is_used(target: EmbeddedRegistry) -> None:
    data = bundle("flights@1.1.0")
    DirectoryBlobs(Path(target.url) / "blobs").put(digest(data), data)
    assert target.publish(data).digest == digest(data)


def test_a_blob_that_was_damaged_before_it_was_recorded_is_replaced(
    target: EmbeddedRegistry,
) -> None:
    data = bundle("flights@1.1.0")
    place = Path(target.url) / "blobs" / blob_path(digest(data))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"half")
    target.publish(data)
    assert target.fetch(ReleaseName.parse("flights@1.1.0")) == data


def test_a_changed_blob_is_refused(target: EmbeddedRegistry) -> None:
    expected = target.release(ONE).digest
    blob(target).write_bytes(b"evil")
    with pytest.raises(DigestMismatch) as caught:
        target.fetch(ONE)
    assert caught.value.expected == expected
    assert caught.value.exit_code == 1


def test_a_lost_blob_is_damage(target: EmbeddedRegistry) -> None:
    blob(target).unlink()
    expected = f"the registry `{target.url}` is damaged: the bundle of `flights@1.0.0` is missing"
    with pytest.raises(RegistryDamaged) as caught:
        target.fetch(ONE)
    assert str(caught.value) == expected
    shutil.rmtree(Path(target.url) / "blobs")
    with pytest.raises(RegistryDamaged) as caught:
        target.fetch(ONE)
    assert str(caught.value) == expected
    assert caught.value.hint == (
        "restore the directory from a backup; releases that are intact stay readable"
    )


def test_a_lost_database_is_not_made_anew(target: EmbeddedRegistry) -> None:
    (Path(target.url) / "registry.db").unlink()
    for call in (target.products, lambda: target.publish(bundle("flights@1.1.0"))):
        with pytest.raises(RegistryDamaged) as caught:
            call()
        assert str(caught.value) == (
            f"the registry `{target.url}` is damaged: it has bundles, but `registry.db` is missing"
        )


def change(target: EmbeddedRegistry, *statements: str) -> EmbeddedRegistry:
    """Edits the database behind the registry's back, and opens the registry anew."""
    with closing(sqlite3.connect(Path(target.url) / "registry.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return registry(Path(target.url))


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE releases SET version = 'new'", "`new` is not a semantic version"),
        ("UPDATE releases SET published_at = 'soon'", "invalid isoformat string: 'soon'"),
        ("DROP TABLE releases", "no such table: releases"),
        ("ALTER TABLE locks RENAME COLUMN digest TO d", "no such column: locks.digest"),
    ],
)
def test_rows_that_no_publish_wrote(target: EmbeddedRegistry, statement: str, reason: str) -> None:
    with pytest.raises(RegistryDamaged) as caught:
        change(target, statement).release(ONE)
    assert reason.casefold() in str(caught.value).casefold()


@pytest.mark.parametrize(
    "content", [b"this is no database " * 100, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_a_file_that_is_no_database(target: EmbeddedRegistry, content: bytes) -> None:
    (Path(target.url) / "registry.db").write_bytes(content)
    fresh = registry(Path(target.url))
    for call in (fresh.products, lambda: fresh.publish(bundle("flights@1.1.0"))):
        with pytest.raises(RegistryDamaged) as caught:
            call()
        assert str(caught.value) == (
            f"the registry `{target.url}` is damaged: file is not a database"
        )


def test_pages_that_were_overwritten(target: EmbeddedRegistry) -> None:
    file = Path(target.url) / "registry.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(RegistryDamaged) as caught:
        registry(Path(target.url)).products()
    assert str(caught.value) == (
        f"the registry `{target.url}` is damaged: database disk image is malformed"
    )


def test_a_registry_of_a_newer_hansa(target: EmbeddedRegistry) -> None:
    fresh = change(target, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RegistryTooNew) as caught:
        fresh.products()
    assert str(caught.value) == (
        f"the registry `{target.url}` was written by a newer hansa: its layout is 9999"
    )
    assert caught.value.hint == "upgrade hansa"


def test_readers_go_on_while_somebody_writes(
    target: EmbeddedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "BUSY_SECONDS", 0.05)
    fresh = registry(Path(target.url))
    with closing(sqlite3.connect(Path(target.url) / "registry.db")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE releases SET yanked = 1")
        assert not fresh.release(ONE).yanked
        assert fresh.fetch(ONE) == bundle("flights@1.0.0")
        with pytest.raises(RegistryBusy) as caught:
            fresh.yank(ONE, None)
    assert str(caught.value) == (
        f"the registry `{target.url}` is busy: others held its lock for 0 seconds"
    )
    assert caught.value.hint == (
        "try again; if nobody else publishes, look for a process that hangs"
    )


def in_subprocess(program: str, *arguments: str) -> dict[str, str]:
    """Runs a program that prints one JSON object, in a process that limits itself.

    Without `-B` a process that may not write whole files would leave cut bytecode behind, in
    the environment that all other processes import from.
    """
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, str] = json.loads(done.stdout)
    return result


LIMITED = """
import json, resource, sys
from pathlib import Path
from tests.registry.builders import bundle, registry
from hansa.errors import HansaError
import random
data = bundle("flights@2.0.0", files={"data.csv": random.Random(1).randbytes(int(sys.argv[3]))})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    registry(Path(sys.argv[1])).publish(data)
    print(json.dumps({"slug": "none"}))
except HansaError as error:
    print(json.dumps({"slug": error.slug, "error": str(error)}))
"""


@pytest.mark.parametrize(
    ("limit", "size", "reason"),
    [
        pytest.param(100_000, 500_000, "file too large", id="the blob does not fit"),
        pytest.param(4096, 10, "disk I/O error", id="the rows do not fit"),
    ],
)
def test_a_full_disk_changes_nothing(
    target: EmbeddedRegistry, limit: int, size: int, reason: str
) -> None:
    result = in_subprocess(LIMITED, target.url, str(limit), str(size))
    assert result == {
        "slug": "registry-unwritable",
        "error": f"the registry `{target.url}` cannot be written: {reason}",
    }
    assert [str(each.name) for each in target.releases("flights")] == ["flights@1.0.0"]
    target.publish(bundle("flights@2.0.0"))
    assert target.fetch(ReleaseName.parse("flights@2.0.0")) == bundle("flights@2.0.0")


def test_a_full_disk_leaves_no_half_registry(tmp_path: Path) -> None:
    result = in_subprocess(LIMITED, str(tmp_path / "registry"), "8192", "10")
    assert result["slug"] == "registry-unwritable"
    target = registry(tmp_path / "registry")
    publish_all(target, "flights@1.0.0")
    assert target.products() == ["flights"]


AS_NOBODY = """
import json, os, sys
from pathlib import Path
from tests.registry.builders import bundle, publish_all, registry
from hansa.core.release import ReleaseName
from hansa.errors import HansaError
place, other = Path(sys.argv[1]), Path(sys.argv[2])
publish_all(registry(other), "flights@1.0.0")   # imports all there is
os.setgid(65534); os.setuid(65534)
target = registry(place)
name = ReleaseName.parse("flights@1.0.0")
result = {}
def attempt(label, call):
    try:
        result[label] = str(call())
    except HansaError as error:
        result[label] = f"{error.slug}: {error}"
attempt("products", target.products)
attempt("fetch", lambda: len(target.fetch(name)))
attempt("publish", lambda: target.publish(bundle("flights@2.0.0")))
attempt("yank", lambda: target.yank(name, None))
print(json.dumps(result))
"""


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become nobody"
)
class TestWithoutRights:
    """Root may do everything, so these run as nobody in another process."""

    @pytest.fixture
    def place(self) -> Iterator[Path]:
        """A directory that everybody may enter, unlike those of pytest."""
        with TemporaryDirectory() as directory:
            Path(directory).chmod(0o755)
            yield Path(directory)

    @pytest.fixture
    def target(self, place: Path) -> EmbeddedRegistry:
        target = registry(place / "registry")
        publish_all(target, "flights@1.0.0")
        return target

    def test_reading_needs_no_right_to_write(self, target: EmbeddedRegistry, place: Path) -> None:
        result = in_subprocess(AS_NOBODY, target.url, str(place / "other"))
        refused = f"registry-unwritable: the registry `{target.url}` cannot be written: "
        assert result == {
            "products": "['flights']",
            "fetch": str(len(bundle("flights@1.0.0"))),
            "publish": refused + "permission denied",
            "yank": refused + "attempt to write a readonly database",
        }
        assert [str(each.name) for each in target.releases("flights")] == ["flights@1.0.0"]

    def test_no_right_to_read(self, target: EmbeddedRegistry, place: Path) -> None:
        (Path(target.url) / "registry.db").chmod(0o600)
        blob(target).chmod(0o600)
        result = in_subprocess(AS_NOBODY, target.url, str(place / "other"))
        unreadable = f"registry-unreadable: the registry `{target.url}` cannot be read: "
        unwritable = f"registry-unwritable: the registry `{target.url}` cannot be written: "
        assert result == {
            "products": unreadable + "unable to open database file",
            "fetch": unreadable + "unable to open database file",
            "publish": unwritable + "unable to open database file",
            "yank": unwritable + "unable to open database file",
        }

    def test_no_right_to_read_one_bundle(self, target: EmbeddedRegistry, place: Path) -> None:
        blob(target).chmod(0o600)
        result = in_subprocess(AS_NOBODY, target.url, str(place / "other"))
        assert result["fetch"] == (
            f"registry-unreadable: the registry `{target.url}` cannot be read: permission denied"
        )


def test_every_error_of_a_registry_is_worded(tmp_path: Path) -> None:
    """The slots that only a server will use are worded like the others."""
    for kind in (RegistryUnreadable, RegistryUnwritable, RegistryBusy):
        error: HansaError = kind(str(tmp_path), "why")
        assert str(error).startswith(f"the registry `{tmp_path}` ")
        assert str(error).endswith(": why")
