"""From addresses to registries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hansa.registry.errors import RegistryKindUnsupported
from hansa.registry.open import default_registry, open_registry


@pytest.mark.parametrize(
    ("address", "directory"),
    [
        ("registry", "{base}/registry"),
        ("./a b/ü", "{base}/a b/ü"),
        ("/srv/registry", "/srv/registry"),
        ("file:///srv/my%20registry", "/srv/my registry"),
        ("FILE://localhost/srv/registry", "/srv/registry"),
    ],
)
def test_addresses(address: str, directory: str, tmp_path: Path) -> None:
    opened = open_registry(address, tmp_path)
    assert opened.url == directory.format(base=tmp_path)
    assert open_registry(opened.url, Path("/elsewhere")).url == opened.url
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    ["https://registry.example.com", "http://localhost:1", "s3://bucket/x", "file://host/share"],
)
def test_kinds_to_come(address: str, tmp_path: Path) -> None:
    with pytest.raises(RegistryKindUnsupported) as caught:
        open_registry(address, tmp_path)
    assert str(caught.value) == (
        f"registries such as `{address}` are not yet supported by this version of hansa"
    )
    assert caught.value.hint == "name a directory, as a path or as a file:// URL"


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, "/home/ada/.local/share/hansa/registry"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/hansa/registry"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/ada/.local/share/hansa/registry"),
        ("darwin", {}, "/home/ada/Library/Application Support/hansa/registry"),
        ("win32", {}, "/home/ada/AppData/Local/hansa/registry"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/hansa/registry"),
    ],
)
def test_the_default(platform: str, environ: dict[str, str], expected: str) -> None:
    assert default_registry(environ, Path("/home/ada"), platform) == expected


def test_opening_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from hansa.registry.open import open_registry; "
        f"open_registry('r', Path({str(tmp_path)!r})); "
        "print([m for m in ('sqlalchemy', 'alembic', 'obstore', 'zstandard') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_path()
    )
    assert done.stdout == "[]\n"


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
