"""From the address of a registry to the registry."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hansa.registry.client import Registry
from hansa.registry.embedded import EmbeddedRegistry
from hansa.registry.errors import RegistryKindUnsupported

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def open_registry(url_or_path: str, base: Path, *, create: bool = False) -> Registry:
    """The registry at a `file://` URL or a path, relative to `base`; nothing is touched yet.

    `create` is for the default registry: it comes into being when it is first used, where one
    that was named must be there (or be published to). Raises RegistryKindUnsupported.
    """
    directory = Path(os.path.realpath(base / _path_of(url_or_path).expanduser()))
    return EmbeddedRegistry(directory, actor=_user(), clock=_now, create=create)


def default_registry(environ: Mapping[str, str], home: Path, platform: str = sys.platform) -> str:
    """The directory in the user's data folder that serves when no registry is named.

    Open it with `create=True`.
    """
    if platform == "win32":
        data = environ.get("LOCALAPPDATA") or str(home / "AppData" / "Local")
    elif platform == "darwin":
        data = str(home / "Library" / "Application Support")
    else:
        data = environ.get("XDG_DATA_HOME") or ""
        if not Path(data).is_absolute():  # the specification says to ignore relative ones
            data = str(home / ".local" / "share")
    return str(Path(data) / "hansa" / "registry")


def _path_of(address: str) -> Path:
    if not _SCHEME.match(address):
        return Path(address)
    parts = urlsplit(address)
    if parts.scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        raise RegistryKindUnsupported(address)
    return Path(unquote(parts.path))


def _now() -> datetime:
    return datetime.now(UTC)


def _user() -> str:
    """Who is logged; a machine without accounts still has a registry."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
