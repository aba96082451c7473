"""The manifest of a bundle: what a release says about itself, strictly validated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from hansa import __version__
from hansa.core.product import Product
from hansa.core.release import Figures, Locked, Lockfile, ReleaseName
from hansa.core.version import Constraint, Version
from hansa.errors import HansaError
from hansa.registry.errors import BundleInvalid

MANIFEST = "manifest.json"
FORMAT = 1

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}\Z")]
_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Text = Annotated[str, msgspec.Meta(max_length=100_000)]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")]
_Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
_VersionText = Annotated[str, msgspec.Meta(min_length=5, max_length=100)]


@dataclass(frozen=True, slots=True)
class PublicTable:
    """One public table of a release, as search and dependents show it."""

    name: str
    kind: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit a release was made from; `dirty` when the working tree differed from it."""

    commit: str
    dirty: bool = False

    def __str__(self) -> str:
        return f"{self.commit}-dirty" if self.dirty else self.commit


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says about itself; everything a registry records comes from here."""

    name: str
    version: Version
    dialect: str = "duckdb"
    description: str | None = None
    team: str | None = None
    contact: str | None = None
    requires: Mapping[str, Constraint] = field(default_factory=dict)
    locked: Mapping[str, Locked] = field(default_factory=dict)
    tables: tuple[PublicTable, ...] = ()
    origin: Origin | None = None
    hansa: str = __version__
    figures: Figures | None = None

    @property
    def release(self) -> ReleaseName:
        return ReleaseName(self.name, self.version)


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    """The base of everything in the JSON: no key that we do not know."""


class _Owner(_Document):
    team: _Short | None
    contact: _Short | None


class _Locked(_Document):
    version: _VersionText
    digest: _Digest


class _Table(_Document):
    name: _Short
    kind: _Short | None
    description: _Text | None


class _Origin(_Document):
    commit: _Short
    dirty: bool


class _Figures(_Document):
    coverage: _Percent
    asserted: _Percent
    mutation: _Percent | None


class _Manifest(_Document):
    format: int
    name: _Name
    version: _VersionText
    description: _Text | None
    owner: _Owner
    dialect: _Short
    requires: dict[_Name, _Short]
    locked: dict[_Name, _Locked]
    tables: list[_Table]
    origin: _Origin | None
    hansa: _Short
    figures: _Figures | None = None


def describe(
    product: Product,
    lockfile: Lockfile,
    origin: Origin | None = None,
    figures: Figures | None = None,
) -> Manifest:
    """The manifest of the release that this product is about to become."""
    return Manifest(
        name=product.name,
        version=product.version,
        dialect=product.dialect,
        description=product.description,
        team=product.owner.team,
        contact=product.owner.contact,
        requires={each.product: each.constraint for each in product.requires},
        locked=dict(lockfile.locked),
        tables=tuple(
            PublicTable(table.name, table.kind, table.description)
            for table in product.contract.tables
        ),
        origin=origin,
        figures=figures,
    )


def write_manifest(manifest: Manifest) -> bytes:
    """The one text of a manifest: fixed key order, sorted names. Raises BundleInvalid."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": manifest.name,
        "version": str(manifest.version),
        "description": manifest.description,
        "owner": {"team": manifest.team, "contact": manifest.contact},
        "dialect": manifest.dialect,
        "requires": {name: str(each) for name, each in sorted(manifest.requires.items())},
        "locked": {
            name: {"version": str(each.version), "digest": each.digest}
            for name, each in sorted(manifest.locked.items())
        },
        "tables": [_table_document(table) for table in manifest.tables],
        "origin": manifest.origin
        and {"commit": manifest.origin.commit, "dirty": manifest.origin.dirty},
        "hansa": manifest.hansa,
    }
    if manifest.figures is not None:  # releases from before there were figures stay readable
        document["figures"] = _figures_document(manifest.figures)
    try:
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        raise BundleInvalid("holds text that is not Unicode", MANIFEST) from None


def read_manifest(data: bytes) -> Manifest:
    """The manifest in that text.

    Raises BundleInvalid for anything that `write_manifest` would not write.
    """
    _check_format(data)
    try:
        manifest = _manifest_of(msgspec.json.decode(data, type=_Manifest, strict=True))
    except msgspec.MsgspecError as error:
        raise BundleInvalid(f"is not valid: {_lowered(error)}", MANIFEST) from None
    except UnicodeDecodeError:
        raise BundleInvalid("is not UTF-8", MANIFEST) from None
    except HansaError as error:
        raise BundleInvalid(f"is not valid: {error}", MANIFEST) from None
    if write_manifest(manifest) != data:
        raise BundleInvalid("is not in canonical form", MANIFEST)
    _check_sense(manifest)
    return manifest


def _check_format(data: bytes) -> None:
    """Newer formats are told apart first, so that their unknown keys are not blamed."""

    class Format(msgspec.Struct):
        format: int

    try:
        found = msgspec.json.decode(data, type=Format, strict=True).format
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return
    if found > FORMAT:
        raise BundleInvalid(f"has format {found}, newer than {FORMAT}", MANIFEST, "upgrade hansa")
    if found < FORMAT:
        raise BundleInvalid(f"has format {found}, which never existed", MANIFEST)


def _check_sense(manifest: Manifest) -> None:
    if manifest.requires.keys() != manifest.locked.keys():
        odd = ", ".join(sorted(manifest.requires.keys() ^ manifest.locked.keys()))
        raise BundleInvalid(
            f"does not lock exactly what it requires: {odd}", MANIFEST, "run `hansa lock`"
        )
    if manifest.name in manifest.requires:
        raise BundleInvalid("requires the product itself", MANIFEST)
    for name, locked in manifest.locked.items():
        constraint = manifest.requires[name]
        if not constraint.admits(locked.version):
            raise BundleInvalid(
                f"locks {name} {locked.version}, which {constraint} does not admit",
                MANIFEST,
                "run `hansa lock`",
            )
    names = [table.name.casefold() for table in manifest.tables]
    if len(set(names)) < len(names):
        raise BundleInvalid("lists a table twice", MANIFEST)


def _manifest_of(document: _Manifest) -> Manifest:
    origin = document.origin
    return Manifest(
        name=document.name,
        version=Version.parse(document.version),
        dialect=document.dialect,
        description=document.description,
        team=document.owner.team,
        contact=document.owner.contact,
        requires={name: Constraint.parse(text) for name, text in document.requires.items()},
        locked={
            name: Locked(Version.parse(each.version), each.digest)
            for name, each in document.locked.items()
        },
        tables=tuple(PublicTable(t.name, t.kind, t.description) for t in document.tables),
        origin=Origin(origin.commit, origin.dirty) if origin else None,
        hansa=document.hansa,
        figures=_figures_of(document.figures),
    )


def _figures_of(document: _Figures | None) -> Figures | None:
    if document is None:
        return None
    return Figures(document.coverage, document.asserted, document.mutation)


def _figures_document(figures: Figures) -> dict[str, float | None]:
    mutation = None if figures.mutation is None else float(figures.mutation)
    return {
        "coverage": float(figures.coverage),
        "asserted": float(figures.asserted),
        "mutation": mutation,
    }


def _table_document(table: PublicTable) -> dict[str, Any]:
    return {"name": table.name, "kind": table.kind, "description": table.description}


def _lowered(error: Exception) -> str:
    text = str(error)
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
