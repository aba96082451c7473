"""The entries of packages.yml that stand for required products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hansa.projects.roundtrip import edit_document, quote_scalar

PACKAGES_FILE = "packages.yml"
DEPENDENCIES_FILE = "dependencies.yml"


def set_local_packages(text: str, file: str, folder: str, paths: Sequence[str]) -> str:
    """The file with one `local:` entry for each path, and no other below `folder`.

    Everything else stays as it is written. Raises UneditableFile.
    """
    wanted = list(dict.fromkeys(paths))
    present = [path for path in local_packages(text, file) if _is_below(path, folder)]
    if sorted(present) == sorted(wanted):
        return text
    if not lists_packages(text, file):
        head = text if not text or text.endswith("\n") else f"{text}\n"
        return head + "packages:\n" + "".join(f"  - local: {quote_scalar(one)}\n" for one in wanted)

    def change(data: Any) -> None:
        listed = data.get("packages") or []
        for place in range(len(listed) - 1, -1, -1):
            path = _local(listed[place])
            if path is not None and _is_below(path, folder) and path not in wanted:
                del listed[place]
        known = [_local(entry) for entry in listed]
        for path in wanted:
            if path not in known:
                listed.append({"local": path})
        data["packages"] = listed

    return edit_document(text, file, change)


def local_packages(text: str, file: str) -> list[str]:
    """The paths of the `local:` entries. Raises UneditableFile."""
    found: list[str] = []

    def look(data: Any) -> None:
        listed = data.get("packages") if hasattr(data, "get") else None
        found.extend(path for entry in listed or () if (path := _local(entry)) is not None)

    edit_document(text, file, look)
    return found


def lists_packages(text: str, file: str) -> bool:
    """Whether the file has the key `packages`. Raises UneditableFile."""
    found: list[bool] = []
    edit_document(text, file, lambda data: found.append("packages" in data))
    return found == [True]


def _local(entry: Any) -> str | None:
    path = entry.get("local") if hasattr(entry, "get") else None
    return path if isinstance(path, str) else None


def _is_below(path: str, folder: str) -> bool:
    return path.removeprefix("./").startswith(f"{folder.removeprefix('./')}/")
